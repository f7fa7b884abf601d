"""`stagedoor plugins new`: what it makes is tested, installable, and works as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stagedoor.cli import cli
from stagedoor.errors import Misconfigured
from stagedoor.plugins.scaffold import new_package
from support import plugin_packages
from support.messages import CHANGED, customer, lines, record, schema
from support.project import Portal, Project


def test_a_package_is_named_after_the_plugin() -> None:
    package = new_package("Seat-Maps")
    assert (package.name, package.distribution, package.module) == (
        "seat_maps", "stagedoor-seat-maps", "stagedoor_seat_maps",
    )  # fmt: skip
    assert set(package.files) == {
        "README.md",
        "pyproject.toml",
        "stagedoor_seat_maps/__init__.py",
        "tests/test_seat_maps.py",
    }


@pytest.mark.parametrize("name", ["stagedoor-loyalty", "stagedoor_loyalty", "loyalty"])
def test_the_prefix_is_not_doubled(name: str) -> None:
    assert new_package(name).distribution == "stagedoor-loyalty"


@pytest.mark.parametrize("name", ["", "7up", "a b", "../x", "class", "a--b", "a-", "builtin", "é"])
def test_a_name_that_cannot_be_a_package_is_refused(name: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be the name of a plugin"):
        new_package(name)


def test_the_project_file_declares_the_plugin_and_names_no_registry() -> None:
    text = new_package("loyalty").files["pyproject.toml"]
    project: dict[str, Any] = tomllib.loads(text)
    assert project["project"]["entry-points"]["stagedoor"] == {"loyalty": "stagedoor_loyalty"}
    assert "http" not in text


def test_no_placeholder_is_left() -> None:
    for path, text in new_package("loyalty").files.items():
        assert "$" not in text, path


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = CliRunner().invoke(cli, ["plugins", "new", "loyalty", "--path", str(tmp_path)])
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_new_plugin_passes_its_tests_installs_and_reaches_the_portal(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    folder = project.path / "stagedoor-house-points"
    told = project.stagedoor("plugins", "new", "house-points").stdout
    assert f"Next: cd {folder.name} && pip install -e . && pytest" in told
    assert "3 passed" in plugin_packages.own_tests(folder)
    site = plugin_packages.install(folder, tmp_path / "site")
    assert "3 passed" in plugin_packages.own_tests(folder, site)
    plugin_packages.add(project, site)
    assert "calculator contacts.house_points_points" in project.stagedoor(
        "plugins", "show", "house_points"
    ).stdout  # fmt: skip
    paid = {"status": "paid", "currency": "EUR", "order_number": "A1", "ordered_at": CHANGED}
    order = record("orders", order_id="1", customer_id="1", total_amount=75, **paid)
    project.target(lines(schema("customers"), customer(1), schema("orders"), order))
    export: dict[str, Any] = portal.export()
    (contact,) = export["objects"]["contacts"]
    assert contact["properties"]["house_points_points"] == "7"
