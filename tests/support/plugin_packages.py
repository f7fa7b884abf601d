"""Other people's plugins: built, installed beside ours, and their own tests run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.project import Project

TEMPLATE = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "1.0"
[project.entry-points.stagedoor]
{name} = "{name}"
"""


def package_of_one_module(name: str, code: str, folder: Path) -> Path:
    """Return the folder of a package that has this one module."""
    source = folder / name
    source.mkdir()
    (source / "pyproject.toml").write_text(TEMPLATE.format(name=name))
    (source / f"{name}.py").write_text(code)
    return source


def install(source: Path, site: Path) -> Path:
    """Build the package in `source`, and install it with its metadata into the folder `site`."""
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    done = subprocess.run(
        [*command, "--target", str(site), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return site


def add(project: Project, site: Path) -> None:
    """Let the project's processes find what is installed in `site`."""
    project.settings["PYTHONPATH"] = str(site)


def own_tests(folder: Path, site: Path | None = None) -> str:
    """Run the tests of a package with pytest, as its author would; return what pytest says."""
    path = {"PYTHONPATH": str(site)} if site else {}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, **path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
