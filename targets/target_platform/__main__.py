"""`python -m target_platform`."""

from target_platform.target import TargetPlatform

TargetPlatform.cli()
