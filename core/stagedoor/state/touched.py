"""How many existing objects a plan touches, by property, and which objects have two writers."""

from __future__ import annotations

from stagedoor.model import Action
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import quoted


def touched(database: StateDatabase, object_type: str) -> dict[str, int]:
    """Return how many planned updates write each property."""
    rows = database.rows(
        "SELECT name, count(*) FROM (SELECT unnest(json_keys(payload, '$.after')) AS name "
        "FROM planned WHERE object_type = ? AND action = ?) GROUP BY 1 ORDER BY 2 DESC, 1",
        [object_type, Action.UPDATE.value],
    )
    return {str(name): int(number) for name, number in rows}


def in_both(database: StateDatabase, one: str, other: str) -> list[tuple[str, str]]:
    """Return the keys of objects that two entries find in HubSpot by the same match value."""
    return database.rows(
        "WITH found AS ("
        "SELECT object_type, key, payload->>'match_value' AS match_value FROM planned "
        "UNION ALL SELECT o.object_type, o.key, o.match_value FROM ledger.objects o "
        "ANTI JOIN planned p ON p.object_type = o.object_type AND p.key = o.key) "
        "SELECT a.key, b.key FROM found a JOIN found b ON b.match_value = a.match_value "
        f"SEMI JOIN {quoted('desired_' + one)} da ON da.key = a.key "
        f"SEMI JOIN {quoted('desired_' + other)} db ON db.key = b.key "
        "WHERE a.object_type = ? AND b.object_type = ? ORDER BY 1, 2",
        [one, other],
    )
