"""What happens in a portal, told to apps: pushed to their addresses, or kept for them to read."""
