"""Singer tap that reads an event-ticketing platform."""
