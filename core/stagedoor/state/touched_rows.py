"""What the statements of kept relations read besides streams: numbered rows, and touched ones."""

from __future__ import annotations

from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import quoted
from stagedoor.state.sightings import seen_rows
from stagedoor.streams import STREAMS


def number_rows(database: StateDatabase) -> None:
    """Make a view `<stream>:numbered` of each stream with a `_number`: another for each row.

    It is where the row stands, which costs nothing to know, and holds until the next checkpoint.
    """
    for stream in STREAMS:
        sql = seen_rows(database, stream, "rowid AS _number, *")
        database.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(f'{stream}:numbered')} AS {sql}")


def show_touched(database: StateDatabase, stream: str) -> None:
    """Make a table `<stream>:touched` of the rows of a stream that are named in `touched`.

    Rows are written to the end of their table and noted each time, so that they are among as
    many last ones as there are notes. Only those that were changed where they stand, or that
    have vanished, are looked for everywhere.
    """
    shown, key = quoted(f"{stream}:touched"), quoted(STREAMS[stream].key)
    noted, last = database.rows(
        "SELECT (SELECT count(*) FROM ledger.touched WHERE stream = ?), "
        f"(SELECT coalesce(max(rowid), 0) FROM replica.{quoted(stream)})",
        [stream],
    )[0]
    latest = seen_rows(database, stream, where=f"rowid > {last - noted}")
    keys = f"SELECT row_key FROM touched WHERE stream = '{stream}'"
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE {shown} AS SELECT * FROM ({latest}) WHERE {key} IN ({keys})"
    )
    elsewhere = f"({keys}) EXCEPT SELECT {key} FROM {shown}"
    if database.scalar(f"SELECT count(*) FROM ({elsewhere})"):
        everywhere = seen_rows(database, stream)
        database.execute(
            f"INSERT INTO {shown} SELECT * FROM ({everywhere}) WHERE {key} IN ({elsewhere})"
        )
