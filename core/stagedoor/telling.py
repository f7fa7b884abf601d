"""The last word of a command to its user."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from stagedoor.errors import StagedoorError


@contextmanager
def telling_errors() -> Iterator[None]:
    """Turn an error of ours into one line on standard error and its exit code."""
    try:
        yield
    except StagedoorError as error:
        end(error.code, str(error), error.exit_code)


def end(code: str, message: str, exit_code: int) -> NoReturn:
    """End the process with a code and a sentence."""
    sys.stderr.write(f"{code}: {message}\n")
    sys.exit(exit_code)
