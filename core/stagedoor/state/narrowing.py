"""Narrows a run that is about a few objects to these, in the SQL that computes them.

Nothing is computed otherwise than in a run over everything: the same SELECTs get one condition
more. What the ids name is the same as `engine.scope.Scope` takes; see docs/adr/0001.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from stagedoor.extension import AssociationSource
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import literal, quoted

MOST = 500
"""Ids of a narrowed run; with more of them it computes everything."""

_IDS = "getvariable('narrow_ids')::VARCHAR[]"
_KEYS = "getvariable('narrow_keys')::VARCHAR[]"
_MATCHES = "getvariable('narrow_matches')::VARCHAR[]"


@dataclass
class Narrowing:
    """The ids that a run is about: keys, what follows in them, match values, HubSpot's ids."""

    database: StateDatabase
    ids: Collection[str]

    def __post_init__(self) -> None:
        """Let conditions know the ids."""
        self._tell("narrow_ids", self.ids)

    def _tell(self, variable: str, texts: Collection[str]) -> None:
        listed = ", ".join(map(literal, sorted(texts)))
        self.database.execute(f"SET VARIABLE {variable} = [{listed}]::VARCHAR[]")

    def condition(self, entry: str, match_column: str | None, also: Collection[str] = ()) -> str:
        """Return the condition that a row of an object type's SQL is about these ids.

        What the ledger knows under them counts too, also when its row has another key now, and
        so do the keys in `also`.
        """
        known = self.database.rows(
            f"SELECT key, match_value FROM ledger.objects WHERE object_type = ? AND ("
            f"list_contains({_IDS}, hubspot_id) OR list_contains({_IDS}, match_value))",
            [entry],
        )
        self._tell("narrow_keys", {*(key for key, _ in known), *also})
        self._tell("narrow_matches", {match_value for _, match_value in known})
        conditions = [_named("key"), f"list_contains({_KEYS}, key)"]
        if match_column is not None:
            value = f"{quoted(match_column)}::VARCHAR"
            conditions.append(f"list_contains({_IDS}, lower(trim({value})))")
            conditions.append(f"list_contains({_MATCHES}, {value})")
        return f"({' OR '.join(conditions)})"

    def former(self, entry: str, match_column: str | None) -> set[str]:
        """Return other keys under which the ledger has what `source` has now, by match value."""
        if match_column is None:
            return set()
        rows = self.database.rows(
            f"SELECT o.key FROM ledger.objects o JOIN source s "
            f"ON s.{quoted(match_column)}::VARCHAR = o.match_value "
            "WHERE o.object_type = ? AND o.key NOT IN (SELECT key FROM source)",
            [entry],
        )
        return {str(key) for (key,) in rows}

    def pairs(self, source: AssociationSource, chosen: Collection[tuple[str, str]]) -> str:
        """Return the condition that one end of a pair is about these ids, or among `chosen`."""
        conditions = [_named("from_key"), _named("to_key")]
        for side, end in (("from_key", source.from_end), ("to_key", source.to_end)):
            listed = ", ".join(sorted(literal(key) for entry, key in chosen if entry == end))
            conditions += [f"{side} IN ({listed})"] if listed else []
        return f"({' OR '.join(conditions)})"


def _named(column: str) -> str:
    """Return the condition that a key, or what follows in it, is among the ids."""
    following = f"substr({column}, instr({column}, ':') + 1)"
    return f"(list_contains({_IDS}, {column}) OR list_contains({_IDS}, {following}))"
