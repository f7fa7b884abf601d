"""What HubSpot's records are and which values they take; pure."""
