"""Calls into plugins, so that an error names the plugin and its line, and nobody's data."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

PLUGIN_ERRORS = (Exception, SystemExit)
"""What a plugin may raise; `SystemExit` too, since ending the process is not its business."""


def told(error: BaseException, function: Callable[..., Any]) -> str:
    """Return the kind of `error` and the line of the plugin that it comes from.

    Its text is left out: it may repeat what a record holds.
    """
    frames = traceback.extract_tb(error.__traceback__)
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [frame for frame in frames if frame.filename == file] or list(frames)
    kind = type(error).__name__
    return f"{kind} at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else kind
