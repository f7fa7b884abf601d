"""Plugins: found, checked, and collected into one value."""

from stagedoor.plugins.loading import load_plugins
from stagedoor.plugins.registry import Plugins

__all__ = ["Plugins", "load_plugins"]
