"""The last word of a command to its user."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stagedoor.errors import StagedoorError


@contextmanager
def telling_errors() -> Iterator[None]:
    """Turn an error of ours into one line on standard error and its exit code."""
    try:
        yield
    except StagedoorError as error:
        print(f"{error.code}: {error}", file=sys.stderr)  # noqa: T201 - the last word to the user
        sys.exit(error.exit_code)
