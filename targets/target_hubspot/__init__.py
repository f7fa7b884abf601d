"""Singer target that keeps HubSpot in step with a ticketing platform."""
