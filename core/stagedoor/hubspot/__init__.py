"""HubSpot's API: pure requests and responses, and the one client that sends them."""
