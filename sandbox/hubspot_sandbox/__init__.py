"""A local portal that behaves like HubSpot's CRM API, for tests and for trying things out.

It imports nothing of Stagedoor, so that the two cannot be wrong together.
"""
