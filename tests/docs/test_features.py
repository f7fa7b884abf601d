"""`docs/features.md` names everything that there is, and a test that is there for each."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from stagedoor import hookspecs
from stagedoor.cli import cli
from stagedoor.config import HubSpotSettings
from stagedoor.mapping.document import MappingDocument, ObjectMapping, WhenAnonymised, WhenDeleted
from stagedoor.mapping.lists import ListMapping
from stagedoor.mapping.properties import NullPolicy, Property, UpdateMode
from stagedoor.model import Owner
from stagedoor.plugins import load_plugins
from tap_hubspot.settings import CONFIG_JSONSCHEMA as OF_TAP_HUBSPOT
from tap_hubspot.tap import OTHER_STREAMS, TapHubSpot
from tap_platform.settings import CONFIG_JSONSCHEMA
from target_platform.settings import CONFIG_JSONSCHEMA as OF_TARGET_PLATFORM

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "features.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", PAGE, re.MULTILINE))
ROW = re.compile(r"^\| (.+) \| (.+) \|$", re.MULTILINE)
NODE = re.compile(r"`([\w/]+\.py)::(\w+)`")
TOPICS = (
    "Mapping document", "Backfill", "Calculated properties", "Life cycle and pipelines", "Lists",
    "Marketing events", "Associations", "Support requests", "Any tap", "Explicit deletes",
    "Plugins", "Plan and provision",
)  # fmt: skip
PLUGINS = load_plugins()
TAP = TapHubSpot(catalog={"streams": []}, setup_mapper=False)


def rows(section: str) -> list[tuple[str, str]]:
    """Return feature and tests of each row of a section."""
    return [row for row in ROW.findall(SECTIONS[section]) if set(row[0]) != {"-"}][1:]


FEATURES = [row for section in SECTIONS for row in rows(section)]
NAMED = "\n".join(feature for feature, _ in FEATURES)


def commands(command: click.Command, words: str = "stagedoor") -> Iterator[str]:
    """Yield all commands below one, as they are typed."""
    if isinstance(command, click.Group):
        if command.invoke_without_command:
            yield words
        for name, inner in command.commands.items():
            yield from commands(inner, f"{words} {name}")
    else:
        yield words


def all_commands() -> list[str]:
    PLUGINS.add_commands(cli)
    return list(commands(cli))


def entries(*models: type[ObjectMapping | Property | ListMapping | MappingDocument]) -> set[str]:
    """Return the entries that documents may have, by the names that people write."""
    names = {field.alias or name for m in models for name, field in m.model_fields.items()}
    return names - {"version", "objects", "lists", "events", "associations", "properties", "name"}


EVERYTHING: dict[str, Iterable[str]] = {
    "command": all_commands(),
    "hook": [name for name in vars(hookspecs) if name.startswith(
        ("register_", "transform_", "resolve_", "after_"))],
    "setting": [
        *HubSpotSettings.model_fields,
        *CONFIG_JSONSCHEMA["properties"],
        *OF_TARGET_PLATFORM["properties"],
        *OF_TAP_HUBSPOT["properties"],
    ],
    "stream of HubSpot": ["contacts", *(kind(TAP).name for kind in OTHER_STREAMS)],
    "object type": PLUGINS.object_types,
    "codec": PLUGINS.codecs,
    "list rule": PLUGINS.list_rules,
    "bundle": [*PLUGINS.bundles, "metrics"],
    "platform source": PLUGINS.platform_sources,
    "association": [s.type.name for o in PLUGINS.object_types.values() for s in o.associations],
    "entry of a mapping": entries(ObjectMapping, Property, ListMapping, MappingDocument),
    "update mode": [f"update_mode: {mode}" for mode in UpdateMode],
    "owner": [f"owner: {owner}" for owner in Owner],
    "null policy": NullPolicy,
    "removal": [*WhenDeleted, *WhenAnonymised],
}  # fmt: skip


@pytest.mark.parametrize("kind", EVERYTHING)
def test_everything_that_there_is_has_a_row(kind: str) -> None:
    named = list(EVERYTHING[kind])
    assert named
    assert [n for n in named if not re.search(rf"`{re.escape(n)}[` :]", NAMED)] == []


@pytest.mark.parametrize(("feature", "tests"), FEATURES, ids=[f[:60] for f, _ in FEATURES])
def test_each_row_names_tests_and_nothing_else(feature: str, tests: str) -> None:
    assert feature
    assert NODE.findall(tests)
    assert all(NODE.fullmatch(test) for test in tests.split("<br>"))


def test_every_test_that_is_named_can_be_collected() -> None:
    nodes = sorted({f"{TESTS / path}::{name}" for path, name in NODE.findall(PAGE)})
    assert len(nodes) > 100
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *nodes],
        cwd=TESTS.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_each_topic_has_a_scenario_through_real_processes() -> None:
    told = dict(rows("End to end"))
    assert tuple(told) == TOPICS
    for tests in told.values():
        assert all(path.startswith("e2e/") for path, _ in NODE.findall(tests))


def test_most_topics_have_a_scenario_by_meltano() -> None:
    """What a test calls, itself or by its fixtures and functions of its module."""
    by_meltano = {
        topic
        for topic, tests in rows("End to end")
        if any("meltano" in reached(TESTS / path, name) for path, name in NODE.findall(tests))
    }
    assert len(by_meltano) >= 8


def reached(path: Path, name: str) -> set[str]:
    """Return the names of all that a function calls or is given, within its module."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        node = functions.get(waiting.pop())
        for inner in ast.walk(node) if node is not None else ():
            word = getattr(inner, "attr", None) or getattr(inner, "arg", None)
            word = word or (inner.id if isinstance(inner, ast.Name) else None)
            if isinstance(word, str) and word not in found:
                found.add(word)
                waiting.append(word)
    return {"meltano"} if found & {"main_job", "meltano"} else set()
