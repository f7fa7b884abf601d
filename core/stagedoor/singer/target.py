"""What every target of ours is: it keeps what comes, and decides at the end of the input."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any, ClassVar

from pydantic import BaseModel
from singer_sdk import Target
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities

from stagedoor.config import HubSpotSettings, load_settings
from stagedoor.logs import follow_level, quiet_libraries
from stagedoor.singer.reader import LenientReader
from stagedoor.store.dead_letters import DeadLetter
from stagedoor.sync.session import Session, open_session
from stagedoor.telling import telling_errors

FLUSH_ROWS = 5_000
"""Sinks are drained at a STATE message when at least this many records wait."""


class StagedoorTarget(Target):
    """A Singer target with a session on the portal's state."""

    purpose: ClassVar[str]
    """What the session says it is for to who waits for the portal."""
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, **options: Any) -> None:
        """Take the SDK's options; nothing is opened before the first message."""
        reader = LenientReader(self._on_bad_line)
        # The settings model validates, in one sentence and with what the SDK's schema cannot say.
        super().__init__(**{**options, "message_reader": reader, "validate_config": False})
        self.max_parallelism = 1  # one DuckDB connection
        self._open = ExitStack()
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """Return the run's session, opened at first use."""
        if self._session is None:
            os.umask(0o077)
            quiet_libraries()
            settings = load_settings(self.given(HubSpotSettings))
            purpose = "dry run" if settings.dry_run else self.purpose
            opened = open_session(settings, purpose=purpose, takes_input=True)
            self._session = self._open.enter_context(opened)
        return self._session

    def given(self, model: type[BaseModel]) -> dict[str, object]:
        """Return those settings of the config that a model has."""
        return {k: v for k, v in self.config.items() if k in model.model_fields}

    def bury_line(self, what: str, problem: str, content: str) -> None:
        """Keep a part of the input that says nothing as a dead letter."""
        letter = DeadLetter(
            stage="record",
            object_type="(input)",
            key=what,
            code="INVALID_LINE",
            message=f"The {what} of the input was left out: {problem}.",
            advice="Look at what the tap writes to standard output; run the tap again.",
            record=content,
        )
        self.session.letters.bury([letter])

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        """Remember the state, and let it out when enough records before it wait."""
        super()._process_state_message(message_dict)
        if sum(sink.current_size for sink in self._sinks_active.values()) >= FLUSH_ROWS:
            self.drain_all()

    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Emit state, except in a dry run, which changes nothing."""
        if not self.session.dry_run:
            super()._write_state_message(state)

    def _on_bad_line(self, number: int, line: str, problem: str) -> None:
        """Keep an input line that is no Singer message as a dead letter."""
        self.logger.warning("Line %d of the input was left out; see the dead letters.", number)
        self.bury_line(f"line {number}", problem, line)

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run the target; end with the exit code of the error, and its sentence."""
        follow_level(cls.name)
        with telling_errors():
            super().invoke(**options)
