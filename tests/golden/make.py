"""Writes the message files of this folder: `python tests/golden/make.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from support.messages import customer, lines, record, schema  # noqa: E402 - path comes first

GOOD = (customer(1, first_name="Ana"), customer(2, first_name="Ștefan"))
START = schema("customers")
AROUND = (START, GOOD[0])

wider = json.loads(START)
wider["schema"]["properties"]["loyalty"] = {"type": ["string", "null"]}

FILES = {
    "record_before_schema": (record("orders", order_id="1"), *AROUND, GOOD[1]),
    "missing_key": (*AROUND, record("customers", email="p9@example.com"), GOOD[1]),
    "null_key": (*AROUND, customer(9).replace('"9"', "null"), GOOD[1]),
    "wrong_type": (*AROUND, customer(9, marketing_consent="perhaps"), GOOD[1]),
    "long_string": (*AROUND, customer(9, city="x" * 1_000_000), GOOD[1]),
    "invalid_email": (*AROUND, customer(9, email="ana@@example"), GOOD[1]),
    "unknown_enumeration": (
        *AROUND,
        schema("support_requests"),
        record("support_requests", support_request_id="9", subject="Hi", status="new",
               priority="catastrophic", email="p1@example.com"),
        GOOD[1],
    ),
    "impossible_date": (*AROUND, customer(9, created_at="2026-02-31T10:00:00Z"), GOOD[1]),
    "nan": (
        *AROUND,
        schema("orders"),
        record("orders", order_id="9", total_amount=float("nan")),
        GOOD[1],
    ),
    "duplicate_keys": (START, customer(1, first_name="Old"), *GOOD),
    "schema_change": (
        *AROUND,
        json.dumps(wider),
        customer(9, loyalty="gold"),
        GOOD[1],
    ),
    "truncated_last_line": (START, *GOOD, customer(9)[:-20]),
    "not_json": (*AROUND, "Traceback (most recent call last):", GOOD[1]),
    "unknown_message": (*AROUND, '{"type": "GREETING", "text": "hello"}', GOOD[1]),
}  # fmt: skip


def main() -> None:
    """Write each file."""
    for name, messages in FILES.items():
        text = lines(*messages)
        if name == "truncated_last_line":
            text = text.rstrip("\n")
        (HERE / "messages" / f"{name}.singer").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
