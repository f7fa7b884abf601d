"""Ways of reading a ticketing platform."""
