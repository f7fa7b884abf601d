"""`stagedoor plugins list` and `show`: who registered what, and where it is from."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from stagedoor.errors import Misconfigured
from stagedoor.plugins import load_plugins
from stagedoor.plugins.inventory import Description, choose, describe
from support import plugin_packages
from support.project import Project, make_project

CODE = """
from stagedoor import Calculator, Codec, hookimpl

@hookimpl
def register_calculators(register):
    for name in ("one", "two"):
        register(Calculator(name=name, object_type="contacts", description=name,
                            sql="SELECT key, 1 AS value FROM accounts"))

@hookimpl
def register_codecs(register):
    register(Codec("upper", "Upper case.", str.upper, str))

@hookimpl
def after_settle(outcomes):
    pass
"""


def described(*configured: str) -> dict[str, Description]:
    plugins = load_plugins(configured)
    found = describe(plugins, "/venv", lambda module: ("pack", "2.1") if module == "mod" else None)
    return {item.plugin: item for item in found}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shout.py"
    path.write_text(CODE)
    return path


def test_a_file_is_described_by_its_path(file: Path) -> None:
    item = described(str(file))[str(file)]
    assert (item.found_by, item.package, item.version) == ("setting", None, None)
    assert (item.origin, item.file, item.environment) == (str(file), str(file), "/venv")


def test_everything_that_it_registers_is_named(file: Path) -> None:
    item = described(str(file))[str(file)]
    assert item.registers == ("calculator contacts.one", "calculator contacts.two", "codec upper")
    assert item.hooks == ("after_settle", "register_calculators", "register_codecs")
    assert item.summary == "2 calculators, 1 codec, after_settle"


def test_a_module_in_the_settings_is_described_by_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mod.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    item = described("mod")["mod"]
    monkeypatch.delitem(sys.modules, "mod")
    assert (item.package, item.version, item.origin) == ("pack", "2.1", "pack 2.1")


def test_the_built_in_plugin_comes_by_the_same_door() -> None:
    item = described()["builtin"]
    assert (item.found_by, item.package, item.module) == (
        "entry point", "stagedoor", "stagedoor_plugins",
    )  # fmt: skip
    assert "object type contacts" in item.registers


def test_a_file_is_chosen_by_its_name_without_folder(file: Path) -> None:
    items = list(described(str(file)).values())
    assert choose(items, "shout").plugin == str(file)
    assert choose(items, str(file)).plugin == str(file)


def test_an_unknown_plugin_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match="There are: builtin, service"):
        choose(list(described().values()), "nobody")


@pytest.fixture
def alone(tmp_path: Path, file: Path) -> Project:
    """A project without a portal, with an installed plugin and one in a file."""
    project = make_project(tmp_path / "alone")
    code = CODE
    for name in ("one", "two", "upper"):
        code = code.replace(f'"{name}"', f'"loud_{name}"')
    source = plugin_packages.package_of_one_module("loud", code, tmp_path)
    plugin_packages.add(project, plugin_packages.install(source, tmp_path / "site"))
    project.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps([str(file)])
    return project


def test_the_commands_tell_of_installed_plugins_and_of_files(alone: Project, file: Path) -> None:
    listed = alone.stagedoor("plugins", "list", "--json").stdout.splitlines()
    items: dict[str, Any] = {item["plugin"]: item for item in map(json.loads, listed)}
    assert list(items) == ["builtin", "loud", "service", str(file)]
    assert (items["loud"]["package"], items["loud"]["version"]) == ("loud", "1.0")
    assert items["loud"]["environment"] == sys.prefix
    plain = alone.stagedoor("plugins", "list").stdout
    assert "loud 1.0" in plain
    assert "2 calculators, 1 codec, after_settle" in plain
    shown = alone.stagedoor("plugins", "show", "loud").stdout
    assert "package      loud 1.0\n" in shown
    assert "registers    calculator contacts.loud_one\n" in shown
    assert f"environment  {sys.prefix}\n" in shown
    as_json = json.loads(alone.stagedoor("plugins", "show", "shout", "--json").stdout)
    assert as_json["file"] == str(file)


def test_showing_an_unknown_plugin_ends_with_the_code_of_a_wrong_setting(
    tmp_path: Path,
) -> None:
    done = make_project(tmp_path / "bare").stagedoor("plugins", "show", "nobody", check=False)
    assert done.returncode == 2
    assert "There is no plugin 'nobody'" in done.stderr
    assert "Traceback" not in done.stderr
