"""From a platform row to HubSpot's canonical text: the mapping document and what applies it."""
