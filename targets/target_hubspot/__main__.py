"""Runs the target: `python -m target_hubspot`."""

from target_hubspot.target import TargetHubSpot

TargetHubSpot.cli()
