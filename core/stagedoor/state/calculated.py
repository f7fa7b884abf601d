"""Python calculators: called again only for keys whose input rows changed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pyarrow as pa

from stagedoor.extension import Calculator
from stagedoor.state.database import StateDatabase

logger = logging.getLogger(__name__)

_CHUNK = 50_000


def calculate(database: StateDatabase, calculator: Calculator, table: str) -> list[tuple[str, str]]:
    """Make `table` (key, value) from the temporary table `inputs`; return failures.

    Results are kept in the ledger with a hash of their inputs. A key whose function raises gets
    no new value; it is returned with the error's sentence.
    """
    identity = [calculator.object_type, calculator.name]
    _hash_inputs(database, calculator)
    failures = []
    for results in _chunked(_called(database, calculator)):
        good = [(key, h, value) for key, h, value, error in results if error is None]
        failures += [(key, error) for key, _, _, error in results if error is not None]
        _keep(database, identity, good)
    failed = pa.table({"key": pa.array([key for key, _ in failures], pa.string())})
    with database.registered("failed", failed):
        database.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT c.key, c.value "
            "FROM ledger.calculated c JOIN (SELECT DISTINCT key FROM hashed) USING (key) "
            "WHERE c.object_type = ? AND c.calculator = ? AND c.value IS NOT NULL "
            "AND c.key NOT IN (SELECT key FROM failed)",
            identity,
        )
    database.execute("DROP TABLE hashed; DROP TABLE inputs")
    return failures


def _hash_inputs(database: StateDatabase, calculator: Calculator) -> None:
    """Make `hashed` (key, input_hash): one row per key of `inputs`, in any row order."""
    names = [row[0] for row in database.rows("SELECT column_name FROM (DESCRIBE inputs)")]
    texts = ", ".join(f'coalesce("{name}"::VARCHAR, chr(0))' for name in names)
    database.execute(
        "CREATE OR REPLACE TEMP TABLE hashed AS SELECT key, "
        "md5(? || string_agg(row_hash, '' ORDER BY row_hash)) AS input_hash "
        f"FROM (SELECT key, md5(concat_ws(chr(31), {texts})) AS row_hash FROM inputs) "
        "GROUP BY key",
        [hashlib.sha256(f"{calculator.name}:{calculator.version}".encode()).hexdigest()],
    )


def _called(
    database: StateDatabase, calculator: Calculator
) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield key, input hash, value and error for each key whose inputs changed."""
    if calculator.function is None:
        return
    rows = database.execute(
        "SELECT i.*, h.input_hash AS _input_hash FROM inputs i JOIN hashed h USING (key) "
        "WHERE NOT EXISTS (SELECT 1 FROM ledger.calculated c WHERE c.object_type = ? "
        "AND c.calculator = ? AND c.key = h.key AND c.input_hash = h.input_hash) "
        "ORDER BY i.key, i.rowid",
        [calculator.object_type, calculator.name],
    )
    names = [column[0] for column in rows.description]
    everything = (dict(zip(names, row, strict=True)) for row in rows.fetchall())
    for key, group in groupby(everything, key=lambda row: str(row["key"])):
        members = list(group)
        input_hash = str(members[0]["_input_hash"])
        try:
            value = calculator.function(members)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it costs one property
            logger.debug("Calculator %s raised %s", calculator.name, type(error).__name__)
            yield key, input_hash, None, f"{type(error).__name__}: {error}"
        else:
            yield key, input_hash, None if value is None else str(value), None


def _chunked(items: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _keep(
    database: StateDatabase, identity: list[str], results: list[tuple[str, str, str | None]]
) -> None:
    if not results:
        return
    keys, hashes, values = zip(*results, strict=True)
    table = pa.table(
        {
            "key": pa.array(keys, pa.string()),
            "input_hash": pa.array(hashes, pa.string()),
            "value": pa.array(values, pa.string()),
        }
    )
    with database.registered("results", table), database.transaction():
        database.execute(
            "DELETE FROM ledger.calculated c USING results r "
            "WHERE c.key = r.key AND c.object_type = ? AND c.calculator = ?",
            identity,
        )
        database.execute(
            "INSERT INTO ledger.calculated SELECT ?, ?, key, input_hash, value FROM results",
            identity,
        )
