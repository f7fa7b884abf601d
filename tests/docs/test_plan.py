"""The schema of the plan's lines: the document's examples fit it, and nothing else does."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from stagedoor.engine import explain
from stagedoor.engine.plan import AssociationPhase, ObjectPhase, Plan, SchemaStep
from stagedoor.engine.removal import Leaving, Reason, Removal, RemovalPhase
from stagedoor.model import Action, AssociationType, Change, ObjectRef

DOCS = Path(__file__).resolve().parents[2] / "docs"
LINE = jsonschema_rs.validator_for(json.loads((DOCS / "plan.schema.json").read_text("utf-8")))
EXAMPLES = [
    json.loads(line)
    for block in re.findall(
        r"^```json\n(.*?)^```$", (DOCS / "plan.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for line in block.splitlines()
]
REF = ObjectRef("contacts", "customer:1")


def whole_plan() -> Plan:
    """Return a plan that has a step of every kind."""
    changes = [
        Change(
            REF, action, "email", "a@example.com", hubspot_id, {"city": None}, {"city": "x"}, "h"
        )
        for action, hubspot_id in ((Action.CREATE, None), (Action.UPDATE, "501"))
    ]
    objects = [ObjectPhase("contacts", c.action, 1, partial(iter, [c])) for c in changes]
    kind = AssociationType("deals_to_contacts", "deals", "contacts", 3)
    removals = [
        RemovalPhase(
            "contacts",
            "contacts",
            removal,
            1,
            partial(
                iter,
                [Leaving(REF, "501", "email", "a@example.com", removal, reason, {"city": "x"})],
            ),
        )
        for removal in Removal
        for reason in (Reason.DELETED, Reason.ANONYMISED)
    ]
    return Plan(
        objects=tuple(objects),
        associations=tuple(
            AssociationPhase(kind, remove=remove, count=1, pairs=lambda: iter(()))
            for remove in (True, False)
        ),
        unchanged={"contacts": 3},
        removals=tuple(removals),
        schema=(SchemaStep("group", "deals", "stagedoor"), SchemaStep("property", "deals", "x")),
    )


def test_every_line_of_a_plan_fits_the_schema() -> None:
    told = explain.json_lines(whole_plan(), lambda _phase: iter([("order:1", "customer:1")]))
    lines = [json.loads(line) for line in told]
    assert [line for line in lines if not LINE.is_valid(line)] == []
    actions = [line.get("action") for line in lines]
    assert actions[:2] == ["make", "make"]
    assert actions[2:6] == ["create", "update", "dissociate", "associate"]
    assert set(actions[6:-1]) == {"clear", "archive", "erase"}
    assert "totals" in lines[-1]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: str(e.get("action", "totals")))
def test_the_examples_of_the_document_fit_the_schema(example: dict[str, Any]) -> None:
    assert LINE.is_valid(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: str(e.get("action", "totals")))
def test_the_schema_refuses_lines_without_a_field_or_with_a_strange_one(
    example: dict[str, Any],
) -> None:
    for name in example:
        assert not LINE.is_valid({n: v for n, v in example.items() if n != name}), name
    assert not LINE.is_valid({**example, "strange": 1})


def test_the_document_names_every_action() -> None:
    text = (DOCS / "plan.md").read_text("utf-8")
    for action in (*Action, *Removal, "make", "associate", "dissociate"):
        assert f"`{action}`" in text


def test_the_words_tell_the_same_steps_in_the_same_order() -> None:
    told = list(explain.lines(whole_plan(), lambda _phase: iter([("order:1", "customer:1")])))
    steps = [line.split()[0] for line in told if not line.startswith(" ") and ":" not in line[:9]]
    assert steps[:6] == ["make", "make", "create", "update", "dissociate", "associate"]
    assert "archive contacts customer:1: the platform deleted it" in told
    assert "schema: 1 group to make, 1 property to make" in told
