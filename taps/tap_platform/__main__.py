"""Runs the tap: `python -m tap_platform`."""

from tap_platform.tap import TapPlatform

TapPlatform.cli()
