"""The service: HTTP API, webhook receivers, scheduler and workers around the engine."""
