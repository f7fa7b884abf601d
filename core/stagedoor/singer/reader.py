"""Reads Singer messages so that a bad line costs that line and nothing else."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import IO, Any

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader

Callbacks = dict[str, Callable[[dict[str, Any]], None]]

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_REQUIRED = {
    "RECORD": ("stream", "record"),
    "SCHEMA": ("stream", "schema"),
    "STATE": ("value",),
    "BATCH": ("stream", "encoding", "manifest"),
    "ACTIVATE_VERSION": ("stream", "version"),
}


class LenientReader(GenericSingerReader[str]):
    """Hands good messages on; reports lines that are none through `on_bad_line`."""

    default_input = sys.stdin

    def __init__(self, on_bad_line: Callable[[int, str, str], None]) -> None:
        """Report number (from 1), text and problem of each bad line."""
        super().__init__()
        self._on_bad_line = on_bad_line

    def process_lines(self, file_input: IO[str] | None, callbacks: Callbacks) -> Counter[str]:
        """Give each message to its callback; return how many of each kind came."""
        counts: Counter[str] = Counter()
        for number, line in enumerate(file_input or self.default_input, start=1):
            if not line.strip():
                continue
            try:
                message = self.deserialize_json(line)
                kind = _checked(message)
            except ValueError as error:
                self._on_bad_line(number, line, str(error))
                continue
            callbacks[kind](message)
            counts[kind] += 1
        return counts

    def deserialize_json(self, line: str) -> dict[str, Any]:
        """Return the message on one line.

        Raises:
            ValueError: The line is not JSON; the sentence does not repeat the line.
        """
        try:
            message = _decoder.decode(line)
        except msgspec.DecodeError as error:
            end = "" if line.endswith("\n") else ", and the input ends within it"
            raise ValueError(f"it is not JSON ({error}){end}") from error
        if not isinstance(message, dict):
            raise ValueError("it is JSON, but not an object")  # noqa: TRY004 - a bad value
        return message


def _checked(message: dict[str, Any]) -> str:
    """Return the kind of a message that has all its parts."""
    kind = message.get("type")
    required = _REQUIRED.get(str(kind))
    if required is None:
        raise ValueError(f"it has the type {kind!r}, which is not a Singer message")
    missing = [part for part in required if part not in message]
    if missing:
        raise ValueError(f"it is a {kind} message without {', '.join(missing)}")
    return str(kind)
