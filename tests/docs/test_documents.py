"""What README and docs tell people to type works."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import click
import pytest
import yaml
from pydantic import BaseModel

from stagedoor import testing
from stagedoor.cli import cli
from stagedoor.config import HubSpotSettings
from stagedoor.mapping.codecs import BUILT_IN
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.properties import NullPolicy, Property, UpdateMode
from stagedoor.model import Owner
from stagedoor.plugins import load_plugins
from stagedoor.sync import outbound
from stagedoor.sync.mapping_check import shapes_of
from stagedoor.sync.session import open_session

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", path.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


def stagedoor_commands() -> list[str]:
    found: set[str] = set()
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        found |= set(re.findall(r"(?:`|run |^)stagedoor ([a-z-]+(?: [a-z]+)?)", text, re.MULTILINE))
    return sorted(found)


def test_the_first_screen_has_the_two_commands() -> None:
    first, second = blocks(ROOT / "README.md", "sh")[0].splitlines()
    command = "pip install uv && uv run meltano run tap-platform target-hubspot"
    assert first.partition("   #")[0].strip() == command
    assert second.partition("   #")[0].strip() == "uv run pytest"


def test_the_command_for_tests_is_the_one_that_ci_runs() -> None:
    assert "pytest" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("words", stagedoor_commands())
def test_every_command_that_a_document_names_exists(words: str) -> None:
    load_plugins().add_commands(cli)
    command: click.Command = cli
    for word in shlex.split(words):
        if not isinstance(command, click.Group):
            return  # an argument
        assert word in command.commands, f"{words}: there is no {word!r}"
        command = command.commands[word]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("text", blocks(ROOT / "docs" / "mapping.md", "yaml"))
def test_every_mapping_example_is_a_mapping(text: str) -> None:
    plugins = load_plugins()
    document = assemble(
        plugins.object_types,
        plugins.calculators,
        text,
        rules=plugins.list_rules,
        bundles=plugins.bundles,
    )
    given = yaml.safe_load(text)
    written = given.get("objects", {})
    assert {n for n, entry in given.get("lists", {}).items() if entry} <= set(document.lists)
    assert set(given.get("events", {})) <= set(document.events)
    assert set(written) <= set(document.objects)
    for name, entry in written.items():
        for property_name, value in (entry.get("properties") or {}).items():
            kept = property_name in document.objects[name].properties
            assert kept is (value is not None), f"{name}.{property_name}"


@pytest.mark.parametrize("text", blocks(ROOT / "docs" / "mapping.md", "yaml"))
def test_every_mapping_example_can_be_planned(text: str, tmp_path: Path) -> None:
    """The SQL in it runs over what a platform says."""
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(text, encoding="utf-8")
    settings = HubSpotSettings(state_dir=tmp_path, mapping=mapping)
    with open_session(settings, purpose="test") as session:
        assert outbound.plan(session).plan.objects


def test_the_mapping_document_names_every_codec_and_association() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text("utf-8")
    for codec in BUILT_IN:
        assert f"`{codec.name}`" in text
    shipped = yaml.safe_load((ROOT / "plugins/stagedoor_plugins/mapping.yml").read_text("utf-8"))
    calculators = {
        p["calculator"]
        for mapping in shipped["objects"].values()
        for p in mapping["properties"].values()
        if "calculator" in p
    }
    for name in calculators:
        assert f"`{name}`" in text


@pytest.mark.parametrize("code", blocks(ROOT / "docs" / "plugins.md", "python"))
def test_the_example_of_a_plugins_test_passes(code: str) -> None:
    exec(compile(code, "docs/plugins.md", "exec"), {})


def test_the_plugins_page_names_every_function_for_tests() -> None:
    text = (ROOT / "docs" / "plugins.md").read_text("utf-8")
    public = [
        name
        for name, function in inspect.getmembers(testing, inspect.isfunction)
        if function.__module__ == testing.__name__ and not name.startswith("_")
    ]
    for name in public:
        parameters = inspect.signature(getattr(testing, name)).parameters.values()
        given = ", ".join(p.name for p in parameters if p.default is p.empty)
        assert f"`{name}({given})`" in text


@pytest.mark.parametrize("model", [Property, ObjectMapping], ids=lambda model: model.__name__)
def test_the_mapping_document_names_every_entry(model: type[BaseModel]) -> None:
    text = (ROOT / "docs" / "mapping.md").read_text("utf-8")
    names = [field.alias or name for name, field in model.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("mode", [*UpdateMode, *Owner, *NullPolicy])
def test_the_mapping_document_names_every_choice(mode: str) -> None:
    assert f"`{mode}`" in (ROOT / "docs" / "mapping.md").read_text("utf-8")


def test_the_mapping_document_names_every_field_of_buyers_and_attendees() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text("utf-8")
    (section,) = re.findall(
        r"^### Buyer, attendee, answers\n(.*?)^###", text, re.DOTALL | re.MULTILINE
    )
    plugins = load_plugins()
    document = assemble(plugins.object_types, plugins.calculators)
    shapes = shapes_of(document, (), plugins)
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    for cells in rows:
        for column, entry in ((1, "contacts"), (2, "deals")):
            fields = shapes[entry].details[cells[0].strip("| `").removesuffix(".…")]
            if fields is not None:
                assert re.findall(r"`(\w+)`", cells[column]) == list(fields)


@pytest.mark.parametrize("code", blocks(ROOT / "docs" / "sandbox.md", "python"))
def test_the_sandbox_example_runs(code: str) -> None:
    exec(compile(code, "docs/sandbox.md", "exec"), {})
