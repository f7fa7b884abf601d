"""Reads what hints name, live: changed objects, merges, and what became of the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from stagedoor.hubspot.ahead import ahead
from stagedoor.hubspot.merged import PROPERTY as MERGED
from stagedoor.hubspot.merged import merges_of
from stagedoor.hubspot.polling import moment
from stagedoor.hubspot.reading import Item, Reading
from stagedoor.hubspot.records import Record
from stagedoor.sync.hints import Hints


@dataclass
class HintedReading:
    """What the hints of one run lead to; ask for objects, then merges, then deletions."""

    reading: Reading
    hints: Hints
    merged: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Objects that became part of others, by type: they are told of as merged, not as deleted."""

    def objects(
        self,
        object_type: str,
        names: Sequence[str],
        *,
        history: Sequence[str] = (),
        known: Collection[str] = (),
    ) -> Iterator[list[Item]]:
        """Yield the changed objects as they are now, and note which are not there any more.

        Those that are `known` to be there, as they were read already, are left out.
        """
        hinted = self.hints.of(object_type)
        if hinted is None:
            return
        there = hinted.changed & set(known)
        ids = sorted(hinted.changed - there, key=by_number)
        for items in ahead(self.reading.live(object_type, ids, names, history=history)):
            there.update(item["id"] for item in items)
            yield items
        self.hints.read(object_type, there)

    def merges(self, object_type: str) -> Iterator[Record]:
        """Yield the merges that hints tell of, as the winners tell them."""
        hinted = self.hints.of(object_type)
        if hinted is not None and hinted.winners:
            self.merged[object_type] |= hinted.merged
            yield from self.merges_into(object_type, sorted(hinted.winners, key=by_number))

    def merges_into(
        self, object_type: str, winners: Iterable[str], since: str | None = None
    ) -> Iterator[Record]:
        """Yield what became part of some objects, at or after `since`."""
        for items in self.reading.live(object_type, winners, (MERGED,), history=(MERGED,)):
            for item in items:
                for record in merges_of(object_type, item, since):
                    self.merged[object_type].add(record["merged_id"])
                    yield record

    def deletions(self, object_type: str) -> Iterator[Record]:
        """Yield what became of the changed objects that are not there any more."""
        hinted = self.hints.of(object_type)
        if hinted is None or not hinted.changed:
            return
        if self.hints.missing(object_type) is None:
            self.hints.read(object_type, self._there(object_type, hinted.changed))
        missing = self.hints.missing(object_type) or set()
        found = self._bin(object_type, missing)
        deleted = set[str]()
        for object_id in sorted(missing, key=by_number):
            if object_id in hinted.erased:
                at, kind = hinted.erased[object_id], "privacy"
            elif at := found.get(object_id) or hinted.deleted.get(object_id) or "":
                kind = "archived"
            else:
                continue
            deleted.add(object_id)
            yield from self.gone(object_type, object_id, moment(at), kind)
        self.hints.settle(object_type, deleted)

    def gone(self, object_type: str, object_id: str, at: str, kind: str) -> Iterator[Record]:
        """Yield an object that is gone, unless it became part of another."""
        if object_id not in self.merged[object_type]:
            yield {"object_type": object_type, "id": object_id, "deleted_at": at, "kind": kind}

    def _there(self, object_type: str, ids: Iterable[str]) -> set[str]:
        live = self.reading.live(object_type, ids, ("hs_object_id",))
        return {item["id"] for items in live for item in items}

    def _bin(self, object_type: str, ids: Iterable[str]) -> dict[str, str]:
        """Return when objects came into the bin; those that are not in it are absent."""
        pages = self.reading.live(object_type, sorted(ids), ("hs_object_id",), archived=True)
        return {item["id"]: str(item.get("archivedAt") or "") for page in pages for item in page}


def by_number(object_id: str) -> tuple[int, str]:
    """Return by what ids are ordered."""
    return (int(object_id), "") if object_id.isdecimal() else (0, object_id)
