"""Hooks that the engine calls during a run: through the target, into a portal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stagedoor.engine.transforming import Transforms
from stagedoor.plugins import load_plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica
from stagedoor.streams import STREAMS
from stagedoor.sync import absorption
from support.messages import CHANGED, customer, lines, schema, state
from support.project import Portal, Project

TRANSFORMS = """
from stagedoor import NewRecord, hookimpl

@hookimpl
def transform_records(batch):
    if batch.stream != "customers":
        return None
    kept = [r for r in batch.records if not r["email"].startswith("test")]
    changed = [{**r, "city": r["city"].strip().title()} if r.get("city") else r for r in kept]
    partner = NewRecord(customer_id="partner", email="partner@example.com",
                        updated_at="2026-11-01T10:00:00+00:00")
    return [*changed, partner]
"""

SPOILS = """
from stagedoor import hookimpl

@hookimpl
def transform_records(batch):
    if batch.stream == "customers":
        return [{**r, "created_at": "yesterday", "marketing_consent": True}
                if r["customer_id"] == "1" else
                {**r, "marketing_consent": "of course"}
                if r["customer_id"] == "2" else r for r in batch.records]
"""

HARMLESS = """
from stagedoor import hookimpl

@hookimpl
def transform_records(batch):
    if batch.stream == "customers":
        return [{**r, "marketing_consent": True} for r in batch.records]
"""

RAISES = """
from stagedoor import hookimpl

@hookimpl
def transform_records(batch):
    if batch.stream == "customers":
        return [int(r["city"]) for r in batch.records]
"""

OBSERVES = """
import json
from pathlib import Path
from stagedoor import hookimpl

@hookimpl
def after_settle(outcomes):
    with Path("seen.jsonl").open("a") as file:
        for o in outcomes:
            file.write(json.dumps([str(o.ref), o.status, bool(o.hubspot_id)]) + "\\n")
"""

FAILS = """
from stagedoor import hookimpl

@hookimpl
def after_settle(outcomes):
    raise OSError(f"cannot tell of {outcomes[0].ref}")
"""

PEOPLE = lines(
    schema("customers"), customer(1, city=" CLUJ "), customer(2), customer(3, email="test@x.com")
)


def use(project: Project, folder: Path, **plugins: str) -> None:
    """Name single-file plugins in the project's settings."""
    for name, code in plugins.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    paths = [str(folder / f"{name}.py") for name in plugins]
    project.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps(paths)


def contacts(portal: Portal) -> dict[str, dict[str, str]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"]["contacts"]}


def letters(project: Project) -> list[dict[str, Any]]:
    listed = project.stagedoor("dead-letters", "list", "--json").stdout
    return [json.loads(line) for line in listed.splitlines()]


def test_records_are_changed_left_out_and_added_before_the_replica_takes_them(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    use(project, tmp_path, tidy=TRANSFORMS)
    told = project.target(PEOPLE).stderr
    there = contacts(portal)
    assert set(there) == {"p1@example.com", "p2@example.com", "partner@example.com"}
    assert there["p1@example.com"]["city"] == "Cluj"
    assert "transformed customers: 1 changed, 1 added, 1 left out" in told


def test_batch_files_go_through_the_same_transforms(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    use(project, tmp_path, tidy=TRANSFORMS)
    rows = [
        {"customer_id": "1", "email": "p1@example.com", "city": " IAȘI ", "updated_at": CHANGED},
        {"customer_id": "2", "email": "test2@example.com", "city": None, "updated_at": CHANGED},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "customers.parquet")
    batch = {
        "type": "BATCH",
        "stream": "customers",
        "encoding": {"format": "parquet"},
        "manifest": [(tmp_path / "customers.parquet").as_uri()],
    }
    project.target(lines(schema("customers"), json.dumps(batch)))
    there = contacts(portal)
    assert set(there) == {"p1@example.com", "partner@example.com"}
    assert there["p1@example.com"]["city"] == "Iași"


def test_what_a_plugin_spoils_waits_as_the_tap_sent_it_until_the_plugin_is_mended(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    use(project, tmp_path, consent=SPOILS)
    project.target(lines(schema("customers"), *(customer(n, first_name="Ana") for n in (1, 2, 3))))
    assert set(contacts(portal)) == {"p3@example.com"}
    buried = letters(project)
    assert [(b["code"], b["key"], b["properties"]) for b in buried] == [
        ("INVALID_TRANSFORM", "2", ["marketing_consent"]),
        ("INVALID_TRANSFORM", "1", ["created_at"]),
    ]
    shown = project.stagedoor("dead-letters", "show", str(buried[0]["id"])).stdout
    assert "consent.py' made a customers record" in shown
    assert "of course" not in shown.partition("record  ")[2]
    use(project, tmp_path, consent=HARMLESS)
    project.stagedoor("dead-letters", "replay", "--all")
    project.stagedoor("push")
    assert set(contacts(portal)) == {f"p{n}@example.com" for n in (1, 2, 3)}
    assert letters(project) == []


def test_a_spoilt_record_ends_the_run_where_bad_records_do(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    use(project, tmp_path, consent=SPOILS)
    project.settings["TARGET_HUBSPOT_BAD_RECORDS"] = "stop"
    done = project.target(lines(schema("customers"), customer(2)), check=False)
    assert done.returncode == 2
    assert "consent.py' made a customers record" in done.stderr
    assert portal.stats()["write"] == 0


def test_a_plugin_that_raises_stops_the_run_and_nothing_is_lost(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    use(project, tmp_path, number=RAISES)
    done = project.target(PEOPLE + state(), check=False)
    assert done.returncode == 2
    assert "number.py' failed in transform_records" in done.stderr
    assert "ValueError at number.py:7" in done.stderr
    assert "CLUJ" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert portal.stats() == {"read": 0, "write": 0, "provision": 0}
    use(project, tmp_path)
    project.target(PEOPLE + state())
    assert len(contacts(portal)) == 3


def test_observers_learn_what_became_of_objects_and_a_failing_one_costs_nothing(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    use(project, tmp_path, broken=FAILS, tally=OBSERVES)
    people = [customer(n) for n in range(1, 151)]
    told = project.target(lines(schema("customers"), *people)).stderr
    seen = [json.loads(line) for line in (project.path / "seen.jsonl").read_text().splitlines()]
    assert len(contacts(portal)) == 150
    assert sorted(seen) == sorted(
        [f"contacts customer:{n}", "created", True] for n in range(1, 151)
    )
    assert told.count("failed in after_settle: OSError at broken.py:6") == 1
    assert "cannot tell" not in told


def test_observers_hear_nothing_of_a_dry_run_or_of_what_needed_nothing(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    use(project, tmp_path, tally=OBSERVES)
    project.settings["TARGET_HUBSPOT_DRY_RUN"] = "true"
    project.target(PEOPLE)
    assert not (project.path / "seen.jsonl").exists()
    project.settings["TARGET_HUBSPOT_DRY_RUN"] = "false"
    project.target(PEOPLE)
    (project.path / "seen.jsonl").unlink()
    project.target(PEOPLE)
    assert not (project.path / "seen.jsonl").exists()


@pytest.mark.parametrize("hook", ["transform_records", "resolve_conflict", "after_settle"])
def test_a_wrapper_that_would_never_be_called_is_refused_at_the_start(
    hook: str, tmp_path: Path, project: Project, portal: Portal
) -> None:
    argument = {"transform_records": "batch", "resolve_conflict": "conflict"}.get(hook, "outcomes")
    code = f"""
from stagedoor import hookimpl

@hookimpl(wrapper=True)
def {hook}({argument}):
    return (yield)
"""
    use(project, tmp_path, wraps=code)
    done = project.stagedoor("plan", check=False)
    assert done.returncode == 2
    assert f"wraps.py' wraps {hook}" in done.stderr


def test_plugins_transform_in_the_order_in_which_they_are_listed(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    template = """
from stagedoor import hookimpl

@hookimpl{options}
def transform_records(batch):
    if batch.stream == "customers":
        return [{{**r, "city": (r.get("city") or "") + "{letter}"}} for r in batch.records]
"""
    options = {"a": "(trylast=True)", "b": "", "c": "", "d": "(tryfirst=True)"}
    plugins = {n: template.format(letter=n, options=o) for n, o in options.items()}
    use(project, tmp_path, **plugins)
    project.target(lines(schema("customers"), customer(1)))
    assert contacts(portal)["p1@example.com"]["city"] == "dbca"


def test_a_parquet_stream_that_no_plugin_asks_for_never_becomes_python_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("the rows became Python objects")

    monkeypatch.setattr(absorption, "_records", read)
    (tmp_path / "tidy.py").write_text(TRANSFORMS)
    plugins = load_plugins([str(tmp_path / "tidy.py")])
    transforms = Transforms(plugins.callers("transform_records"))
    database = StateDatabase(tmp_path / "state.duckdb")
    replica, events = Replica(database), STREAMS["events"]
    absorber = absorption.StreamAbsorber(
        replica, lambda _letters: None, "events", events.json_schema(), [events.key], transforms
    )
    absorber.absorb_table(pa.table({"event_id": ["1", "2"], "updated_at": [CHANGED, CHANGED]}))
    database.close()
    assert absorber.changed == 2
