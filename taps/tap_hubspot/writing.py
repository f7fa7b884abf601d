"""Writes Singer messages: records by the page, everything else at once."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter, enc_hook
from singer_sdk.singerlib import Message

_ENOUGH = 1 << 16
"""Bytes at which records are written out."""


class LineWriter(MsgSpecWriter):
    """Gathers the lines of records; any other message writes them out before itself.

    A target must not wait for a line of which half lies in a buffer: records leave in whole
    pages, and always before the STATE that says that they were given.
    """

    def __init__(self) -> None:
        """Begin with nothing gathered."""
        super().__init__()
        self._lines = bytearray()
        self._encoder = msgspec.json.Encoder(enc_hook=enc_hook, decimal_format="number")

    def write_record(self, stream: str, record: dict[str, Any], extracted: str) -> None:
        """Gather a RECORD message."""
        message = {
            "type": "RECORD",
            "stream": stream,
            "record": record,
            "time_extracted": extracted,
        }
        lines = self._lines
        self._encoder.encode_into(message, lines, -1)
        lines += b"\n"
        if len(lines) >= _ENOUGH:
            self.write_out()

    def write_out(self) -> None:
        """Write what was gathered."""
        if self._lines:
            sys.stdout.buffer.write(self._lines)
            self._lines.clear()

    def write_message(self, message: Message) -> None:
        """Write a message, after the records that were gathered."""
        self.write_out()
        super().write_message(message)
