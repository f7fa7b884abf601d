"""Singer tap that reads HubSpot."""
