"""HubSpot's HTTP: paths, envelopes, errors."""
