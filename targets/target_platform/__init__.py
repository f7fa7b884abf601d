"""Singer target that writes edits made in HubSpot back to a ticketing platform."""
