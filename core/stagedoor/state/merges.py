"""Records that were merged in HubSpot, and where the links of the merged ones lead since."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from stagedoor.engine.inbound import DOUBTED
from stagedoor.model import ObjectRef
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import PAIRS_BY_ID
from stagedoor.state.links import Held, HeldObject, Links
from stagedoor.state.moments import in_utc

_FILLING = (
    "SELECT object_type, key, hubspot_id, match_value, false AS is_held FROM ledger.objects "
    "UNION ALL SELECT object_type, key, hubspot_id, match_value, true "
    "FROM inbound.held WHERE reason <> 'merged'"
)
"""SQL of the objects that fill a record, or would if it were not deleted."""


class Merge(NamedTuple):
    """One record that became part of another."""

    merged_id: str
    winner_id: str
    merged_at: datetime | None = None
    """Nothing where HubSpot does not tell: then older reads of the winner cannot be told."""


class Merges:
    """The merges of one portal; durable on return."""

    def __init__(self, database: StateDatabase, links: Links) -> None:
        """Move what `links` knows, too."""
        self._database = database
        self._links = links

    def absorb(self, hubspot_type: str, merged: Sequence[Merge]) -> None:
        """Keep merges until `follow` has followed them."""
        if not merged:
            return
        moments = [merge.merged_at and in_utc(merge.merged_at) for merge in merged]
        table = pa.table(
            {
                "loser": [merge.merged_id for merge in merged],
                "winner": [merge.winner_id for merge in merged],
                "merged_at": pa.array(moments, pa.timestamp("us")),
            }
        )
        with self._database.registered("told", table), self._database.transaction():
            self._database.execute(
                "UPDATE inbound.merges m SET merged_at = t.merged_at FROM told t "
                "WHERE m.hubspot_type = ? AND m.merged_id = t.loser AND m.winner_id = t.winner "
                "AND m.merged_at IS NULL AND t.merged_at IS NOT NULL",
                [hubspot_type],
            )
            # One that has been followed already is not news.
            self._database.execute(
                "CREATE OR REPLACE TEMP TABLE fresh_merges AS SELECT loser, winner, "
                "min(merged_at) AS merged_at FROM told t WHERE loser <> winner "
                "AND NOT EXISTS (SELECT 1 FROM inbound.merges m WHERE m.hubspot_type = ? "
                "AND m.merged_id = t.loser AND m.winner_id = t.winner) "
                "GROUP BY ALL",
                [hubspot_type],
            )
            self._database.execute(
                "DELETE FROM inbound.merges m USING fresh_merges f "
                "WHERE m.hubspot_type = ? AND m.merged_id = f.loser",
                [hubspot_type],
            )
            self._database.execute(
                "INSERT INTO inbound.merges "
                "SELECT ?, loser, winner, false, merged_at FROM fresh_merges",
                [hubspot_type],
            )

    def follow(self, hubspot_type: str, entries: Iterable[str]) -> list[HeldObject]:
        """Let the links of merged records follow to the winners.

        Where the winner is linked already, both are one record now: the merged one's object is
        held, since two rows of the platform cannot both fill it. Returns those, and those that
        give way to another since their record is restored with that one's address.
        """
        names = list(entries)
        self._forget_reads(hubspot_type)
        held: list[HeldObject] = []
        winners = self._winners(hubspot_type)
        for loser, winner in self._in_order(hubspot_type, winners, names):
            with self._database.transaction():
                held += self._hold_twins(loser, winner, names)
                self._link_to(loser, winner, names)
                self._database.execute(
                    "UPDATE inbound.merges SET followed = true "
                    "WHERE hubspot_type = ? AND merged_id = ?",
                    [hubspot_type, loser],
                )
        return [*held, *self._give_way(hubspot_type, names)]

    def _forget_reads(self, hubspot_type: str) -> None:
        """Forget what was read before a merge, of who is part of another, and of the other.

        What the winner held then is no edit of what the merged one held; a later read comes.
        """
        self._database.execute(
            "DELETE FROM inbound.seen s USING inbound.merges m WHERE s.hubspot_type = ? "
            "AND m.hubspot_type = s.hubspot_type AND (s.hubspot_id = m.merged_id "
            "OR s.hubspot_id = m.winner_id AND s.updated_at < m.merged_at)",
            [hubspot_type],
        )

    def _give_way(self, hubspot_type: str, entries: list[str]) -> list[HeldObject]:
        """Let a record that was deleted before it was seen be filled by whose address it has."""
        rows = self._database.rows(
            "SELECT object_type, a.key, m.key, hubspot_id, lower(a.match_value), "
            "lower(m.match_value), lower(s.properties) FROM inbound.held a "
            "JOIN inbound.held m USING (object_type, hubspot_id) "
            "JOIN inbound.seen s USING (hubspot_id) "
            "WHERE a.reason = 'archived' AND m.reason = 'merged' AND s.hubspot_type = ? "
            "AND NOT s.archived AND list_contains(?::VARCHAR[], object_type) ORDER BY ALL",
            [hubspot_type, entries],
        )
        found: dict[str, HeldObject] = {}
        for object_type, key, other, hubspot_id, mine, theirs, told in rows:
            values = json.loads(told).values()
            if hubspot_id in found or mine in values or theirs not in values:
                continue
            found[hubspot_id] = HeldObject(ObjectRef(object_type, key), hubspot_id, Held.MERGED)
            for one, reason in ((key, Held.MERGED), (other, Held.ARCHIVED)):
                self._database.execute(
                    "UPDATE inbound.held SET reason = ? WHERE object_type = ? AND key = ?",
                    [reason.value, object_type, one],
                )
        return list(found.values())

    def _winners(self, hubspot_type: str) -> dict[str, str]:
        """Return what each merged record is part of now, in the order in which it was told."""
        told = dict(
            self._database.rows(
                "SELECT merged_id, winner_id FROM inbound.merges WHERE hubspot_type = ? "
                "ORDER BY rowid",
                [hubspot_type],
            )
        )
        return {loser: _last_winner(loser, told) for loser in told}

    def _in_order(
        self, hubspot_type: str, winners: Mapping[str, str], entries: list[str]
    ) -> list[tuple[str, str]]:
        """Return the merges to follow, of each winner the record first whose address it has.

        Both records may have become a third one. Who of them was the first shows by what that one
        holds; until it is seen, they wait. A merged record may be linked after its merge was told.
        """
        linked = self._database.rows(
            f"SELECT DISTINCT m.merged_id, o.match_value FROM inbound.merges m "
            f"JOIN ({_FILLING}) o ON o.hubspot_id = m.merged_id "
            "WHERE m.hubspot_type = ? AND list_contains(?::VARCHAR[], o.object_type)",
            [hubspot_type, entries],
        )
        fresh = self._database.rows(
            "SELECT merged_id FROM inbound.merges WHERE hubspot_type = ? AND NOT followed",
            [hubspot_type],
        )
        addresses = {loser: value for loser, value in linked if value}
        rivals = Counter(winners[loser] for loser, _ in linked)
        held = {w: self._values(hubspot_type, w) for w, many in rivals.items() if many > 1}
        unknown = {w for w, values in held.items() if values is None and not self._is_known(w)}
        due = {loser for loser, _ in linked} | {loser for (loser,) in fresh}
        order = [(loser, w) for loser, w in winners.items() if loser in due and w not in unknown]
        return sorted(
            order, key=lambda pair: addresses.get(pair[0]) not in (held.get(pair[1]) or ())
        )

    def _values(self, hubspot_type: str, hubspot_id: str) -> set[object] | None:
        """Return the values that were seen of a record, if any."""
        told = self._database.scalar(
            "SELECT properties FROM inbound.seen WHERE hubspot_type = ? AND hubspot_id = ?",
            [hubspot_type, hubspot_id],
        )
        return None if told is None else set(json.loads(told).values())

    def _is_known(self, hubspot_id: str) -> bool:
        """Whether an object is linked to a record, or was, or the record is gone."""
        return bool(
            self._database.scalar(
                "SELECT count(*) FROM (SELECT hubspot_id FROM ledger.objects UNION ALL "
                "SELECT hubspot_id FROM inbound.held UNION ALL "
                "SELECT hubspot_id FROM inbound.deletions) WHERE hubspot_id = ?",
                [hubspot_id],
            )
        )

    def _hold_twins(self, loser: str, winner: str, entries: list[str]) -> list[HeldObject]:
        """Hold the objects of a merged record where others fill the winner; return them."""
        rows = self._database.rows(
            f"SELECT l.object_type, l.key, l.is_held FROM ({_FILLING}) l "
            f"SEMI JOIN ({_FILLING}) w ON w.object_type = l.object_type AND w.hubspot_id = ? "
            "WHERE l.hubspot_id = ? AND list_contains(?::VARCHAR[], l.object_type) ORDER BY ALL",
            [winner, loser, entries],
        )
        found: list[HeldObject] = []
        for object_type, key, is_held in rows:
            found.append(HeldObject(ObjectRef(object_type, key), winner, Held.MERGED))
            if is_held:
                self._database.execute(
                    "UPDATE inbound.held SET hubspot_id = ?, reason = ? "
                    "WHERE object_type = ? AND key = ?",
                    [winner, Held.MERGED.value, object_type, key],
                )
            else:
                self._links.hold(found[-1])
        return found

    def _link_to(self, loser: str, winner: str, entries: list[str]) -> None:
        self._database.execute(
            f"UPDATE ledger.objects SET hubspot_id = ?, source_hash = '{DOUBTED}' "
            "WHERE hubspot_id = ? AND list_contains(?::VARCHAR[], object_type)",
            [winner, loser, entries],
        )
        self._database.execute(
            "UPDATE inbound.held SET hubspot_id = ? "
            "WHERE hubspot_id = ? AND list_contains(?::VARCHAR[], object_type)",
            [winner, loser, entries],
        )
        for side in ("from", "to"):
            for table in PAIRS_BY_ID:
                self._database.execute(
                    f"UPDATE {table} SET {side}_id = ? WHERE {side}_id = ? AND {side}_key IN "
                    "(SELECT key FROM ledger.objects WHERE hubspot_id = ?)",
                    [winner, loser, winner],
                )


def _last_winner(loser: str, winners: Mapping[str, str]) -> str:
    """Return what a merged record is part of now: its winner may have been merged, too."""
    seen = {loser}
    winner = winners[loser]
    while winner in winners and winner not in seen:
        seen.add(winner)
        winner = winners[winner]
    return winner
