"""The service's HTTP: routes that hold no decisions."""
