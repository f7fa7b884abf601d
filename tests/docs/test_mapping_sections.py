"""What docs/mapping.md says of pipelines, associations and the life cycle is so."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stagedoor.mapping.fitting import EARLIEST, LATEST
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.sections import Lifecycle
from stagedoor.plugins import load_plugins
from stagedoor.state.columns import columns_of
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import Ledger
from stagedoor.state.replica import Replica
from stagedoor.streams import STREAMS
from stagedoor.sync.planning import Planner

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mapping.md").read_text("utf-8")
EXAMPLES: list[str] = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PLUGINS = load_plugins()


def example(section: str) -> str:
    (text,) = [text for text in EXAMPLES if re.search(rf"^{section}:", text, re.MULTILINE)]
    return text


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[1].strip())
def test_every_example_makes_a_plan(text: str, tmp_path: Path) -> None:
    database = StateDatabase(tmp_path / "state.duckdb")
    replica = Replica(database)
    for name, spec in STREAMS.items():
        replica.prepare(name, columns_of(spec.json_schema()))
    document = assemble(
        PLUGINS.object_types,
        PLUGINS.calculators,
        text,
        rules=PLUGINS.list_rules,
        bundles=PLUGINS.bundles,
    )
    now = datetime(2026, 11, 24, tzinfo=UTC)
    planner = Planner(database, Ledger(database, "run"), PLUGINS, document, now)
    plan = planner.plan().plan
    assert not any(phase.count for phase in plan.objects)
    assert not any(phase.count for phase in plan.associations)
    assert not any(phase.count for phase in plan.labels)
    database.close()


def test_the_table_has_every_association_and_whether_it_is_on() -> None:
    rows = re.findall(r"^\| `(\w+_to_\w+)` \|.*\| (on|off) \|$", PAGE, re.MULTILINE)
    sources = [s for o in PLUGINS.object_types.values() for s in o.associations]
    assert dict(rows) == {s.type.name: "on" if s.on else "off" for s in sources}


def test_the_rules_that_are_shown_are_those_of_an_empty_section() -> None:
    shown = assemble(PLUGINS.object_types, PLUGINS.calculators, example("lifecycle"))
    assert shown.lifecycle == Lifecycle()


def test_the_stages_of_the_shipped_mapping_are_those_of_the_table() -> None:
    document = assemble(PLUGINS.object_types, PLUGINS.calculators)
    shipped = {
        **(document.objects["deals"].properties["dealstage"].values or {}),
        **(document.objects["tickets"].properties["hs_pipeline_stage"].values or {}),
    }
    (table,) = re.findall(r"\| order \| stage of the deal .*?\n\n", PAGE, re.DOTALL)
    for line in table.strip().splitlines()[2:]:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        for states, stage in ((cells[0], cells[1]), (cells[3], cells[4])):
            for state in re.findall(r"`(\w+)`", states):
                assert f"`{shipped.pop(state)}`" in stage
    assert shipped == {}


def test_the_years_of_close_dates_are_those_of_the_code() -> None:
    assert f"from {EARLIEST.year} to {LATEST.year - 1}" in PAGE
