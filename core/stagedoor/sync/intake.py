"""Takes in what the tap saw in HubSpot: records, merges and deletions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from stagedoor.mapping.document import MappingDocument
from stagedoor.state.links import Held, Links
from stagedoor.state.merges import Merge, Merges
from stagedoor.state.seen import SeenObject, SeenObjects
from stagedoor.store.dead_letters import DeadLetter
from stagedoor.sync.session import Session

logger = logging.getLogger("stagedoor")

Record: TypeAlias = Mapping[str, Any]


def wanted_properties(document: MappingDocument) -> dict[str, set[str]]:
    """Return the properties that go back, with match keys, by HubSpot's object type."""
    wanted: dict[str, set[str]] = {}
    for name, mapping in document.objects.items():
        if mapping.two_way:
            names = wanted.setdefault(mapping.object_type or name, set())
            names |= {*mapping.two_way, mapping.match_key}
    return wanted


class Intake:
    """What one run is told of HubSpot; every record is durable when it is taken."""

    def __init__(self, session: Session) -> None:
        """Keep what concerns the two-way properties of the session's mapping."""
        self._session = session
        self._wanted = wanted_properties(session.document)
        self._seen = SeenObjects(session.database)
        self._links = Links(session.database, session.run_id)
        self._merged = Merges(session.database, self._links)
        self._told: set[str] = set()

    def absorber(self, stream: str) -> Callable[[Sequence[Record]], None]:
        """Return what takes the records of a stream."""
        if stream == "merges":
            return self._merges
        if stream == "deletions":
            return self._deletions
        if stream in self._wanted:
            return lambda records: self._objects(stream, records)
        return lambda _records: None

    def _objects(self, hubspot_type: str, records: Sequence[Record]) -> None:
        now = datetime.now(UTC)
        read = list(self._read(hubspot_type, records))
        gone = [(s.hubspot_id, Held.ARCHIVED, s.updated_at) for s in read if s.archived]
        self._links.absorb_deletions(hubspot_type, gone, now)
        seen = [s for s in read if not s.archived]
        read_names = {name for s in seen for name in s.properties}
        for name in sorted(self._wanted[hubspot_type] - read_names) if seen else ():
            self._tell(
                f"{hubspot_type}.{name}",
                f"The tap does not read {name} of {hubspot_type}, which goes both ways. Select it.",
            )
        # Merges first: a record of a new id is nobody's, unless it is known who became it.
        self._merged.absorb(hubspot_type, [m for record in records for m in merges_in(record)])
        self._seen.absorb(hubspot_type, seen, now)

    def _read(self, hubspot_type: str, records: Sequence[Record]) -> Iterator[SeenObject]:
        wanted = self._wanted[hubspot_type]
        for record in records:
            try:
                yield seen_object(record, wanted)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._bury(hubspot_type, record, type(error).__name__)

    def _merges(self, records: Sequence[Record]) -> None:
        by_type: dict[str, list[Merge]] = {}
        for record in records:
            try:
                at = moment(record.get("merged_at"))
                one = Merge(str(record["merged_id"]), str(record["id"]), at)
                by_type.setdefault(str(record["object_type"]), []).append(one)
            except (KeyError, ValueError) as error:
                self._bury("merges", record, str(error))
        for hubspot_type, merged in by_type.items():
            self._merged.absorb(hubspot_type, merged)

    def _deletions(self, records: Sequence[Record]) -> None:
        by_type: dict[str, list[tuple[str, Held, datetime | None]]] = {}
        for record in records:
            try:
                kind = Held.PRIVACY if record.get("kind") == "privacy" else Held.ARCHIVED
                one = (str(record["id"]), kind, moment(record.get("deleted_at")))
                by_type.setdefault(str(record["object_type"]), []).append(one)
            except (KeyError, ValueError) as error:
                self._bury("deletions", record, type(error).__name__)
        for hubspot_type, deleted in by_type.items():
            self._links.absorb_deletions(hubspot_type, deleted, datetime.now(UTC))

    def _tell(self, about: str, sentence: str) -> None:
        if about not in self._told:
            self._told.add(about)
            logger.warning(sentence)

    def _bury(self, stream: str, record: Record, problem: str) -> None:
        letter = DeadLetter(
            stage="record",
            object_type=stream,
            key=str(record.get("id", "")),
            code="INVALID_RECORD",
            message=f"A {stream} record is not as tap-hubspot sends it: {problem}.",
            advice="Look at what the tap writes to standard output; run the tap again.",
        )
        self._session.letters.bury([letter])


def seen_object(record: Record, wanted: set[str]) -> SeenObject:
    """Return what a record of an object stream says of `wanted` properties.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: It is no such record.
    """
    properties, times = record["properties"], record.get("property_times") or {}
    return SeenObject(
        hubspot_id=str(record["id"]),
        updated_at=moment(record.get("updated_at")),
        archived=bool(record.get("archived")),
        properties={name: value for name, value in properties.items() if name in wanted},
        times={
            name: at
            for name, text in times.items()
            if name in wanted and (at := moment(text)) is not None
        },
    )


def merges_in(record: Record) -> Iterator[Merge]:
    """Yield what a record of an object stream says of others that became part of it."""
    for merged_id in record.get("merged_ids") or ():
        yield Merge(str(merged_id), str(record["id"]))


def moment(text: object) -> datetime | None:
    """Return an instant; without a time zone it is UTC.

    Raises:
        ValueError: The text is none.
    """
    if text is None:
        return None
    parsed = datetime.fromisoformat(str(text))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
