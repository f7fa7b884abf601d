"""Lists that name the same things in several places name the same things."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BUILD = PROJECT["tool"]["hatch"]["build"]
SOURCE_ROOTS: list[str] = BUILD["dev-mode-dirs"]
PACKAGES = sorted(
    f"{root}/{package.parent.name}"
    for root in SOURCE_ROOTS
    for package in (ROOT / root).glob("*/__init__.py")
)
TOP_FOLDERS_WITH_CODE = sorted(
    {
        path.parts[0]
        for path in (p.relative_to(ROOT) for p in ROOT.glob("[!.]*/*/__init__.py"))
        if path.parts[0] != "tests"
    }
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def drawn(document: str) -> set[str]:
    """Return the package folders in a document's fenced trees."""
    text = (ROOT / document).read_text("utf-8")
    fences = re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    roots = "|".join(SOURCE_ROOTS)
    return set(re.findall(rf"^\s*((?:{roots})/\w+)/", "\n".join(fences), re.MULTILINE))


def test_the_wheel_holds_every_package() -> None:
    assert sorted(BUILD["targets"]["wheel"]["packages"]) == PACKAGES


def test_the_import_rules_know_every_package() -> None:
    named = PROJECT["tool"]["importlinter"]["root_packages"]
    assert sorted(named) == sorted(path.partition("/")[2] for path in PACKAGES)


def test_every_folder_with_packages_is_a_source_root() -> None:
    assert sorted(SOURCE_ROOTS) == TOP_FOLDERS_WITH_CODE


def test_the_source_distribution_holds_every_source_root() -> None:
    assert set(SOURCE_ROOTS) <= set(BUILD["targets"]["sdist"]["include"])


@pytest.mark.parametrize("tool", ["mypy", "ruff"])
def test_the_linters_look_into_every_source_root(tool: str) -> None:
    settings = PROJECT["tool"][tool]
    assert set(SOURCE_ROOTS) <= set(settings["mypy_path" if tool == "mypy" else "src"])


def test_contributing_draws_every_package() -> None:
    assert drawn("CONTRIBUTING.md") == set(PACKAGES)


def test_a_tree_in_the_readme_draws_every_package() -> None:
    assert drawn("README.md") in (set(), set(PACKAGES))


def test_contributing_names_recipes_that_exist() -> None:
    recipes = set(
        re.findall(r"^(\w[\w-]*)[^:=\n]*:(?!=)", (ROOT / "justfile").read_text(), re.MULTILINE)
    )
    named = set(re.findall(r"just ([a-z][a-z-]*)", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    assert named <= recipes


def test_every_test_folder_is_a_marker() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    markers = PROJECT["tool"]["pytest"]["ini_options"]["markers"]
    assert folders <= {marker.partition(":")[0] for marker in markers}


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is everybody's own setting."""
    words = (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb.debian", "org"))
    hosts = [".".join(word).encode() for word in words]
    assert [p.name for p in tracked() if any(host in p.read_bytes() for host in hosts)] == []


def test_no_source_file_is_longer_than_400_lines() -> None:
    """Tests may be long lists of sentences."""
    ours = [path for path in tracked() if path.relative_to(ROOT).parts[0] != "tests"]
    sources = [path for path in ours if path.suffix == ".py"]
    assert [p.name for p in sources if len(p.read_text("utf-8").splitlines()) > 400] == []


def test_a_project_that_calls_itself_typed_says_so_to_type_checkers() -> None:
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]
    assert (ROOT / "core" / "stagedoor" / "py.typed").is_file()


def test_no_two_files_make_a_temporary_table_of_one_name() -> None:
    """All of them share one connection, and each drops or replaces its own."""
    makers: dict[str, set[str]] = {}
    for path in tracked():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == "core":
            for name in re.findall(r"TEMP (?:TABLE|VIEW) ([a-z_]+)", path.read_text("utf-8")):
                makers.setdefault(name, set()).add(path.name)
    assert len(makers) > 20
    assert {name: files for name, files in makers.items() if len(files) > 1} == {}
