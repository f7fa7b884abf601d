"""Other people's plugins: built, installed beside ours, and their own tests run."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
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

SCRIPTS = ("stagedoor", "tap-platform", "target-hubspot")


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


def environment(folder: Path, *sources: Path) -> Path:
    """Return the scripts of a virtual environment that has ours, and the packages in `sources`.

    Unlike `add` it works below Meltano too, which takes PYTHONPATH away from its plugins.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    ours = sysconfig.get_path("purelib")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    scripts = folder / "bin"
    for name in SCRIPTS:
        ours_is = (Path(sys.executable).parent / name).read_text("utf-8")
        _, _, code = ours_is.partition("\n")
        script = scripts / name
        script.write_text(f"#!{scripts / 'python'}\n{code}", encoding="utf-8")
        script.chmod(0o755)
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--python", str(scripts / "python")]
    for source in sources:
        subprocess.run([*command, str(source)], check=True)
    return scripts


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
