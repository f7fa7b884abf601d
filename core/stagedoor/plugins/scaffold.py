"""A new plugin's package, from the templates beside this module."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from stagedoor.errors import Misconfigured

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*")
_FILES = {
    "README.md": "readme.md.txt",
    "pyproject.toml": "pyproject.toml.txt",
    "{module}/__init__.py": "plugin.py.txt",
    "tests/test_{name}.py": "test.py.txt",
}


@dataclass(frozen=True, slots=True)
class Package:
    """The files of a new package, by their path in it."""

    name: str
    """Of the plugin: `loyalty`."""
    distribution: str
    """Of the package: `stagedoor-loyalty`."""
    module: str
    files: dict[str, str]


def new_package(name: str) -> Package:
    """Return a package with one calculator, its test, and all that makes it installable.

    Raises:
        Misconfigured: The name cannot be that of a package.
    """
    plain = name.lower().removeprefix("stagedoor-").removeprefix("stagedoor_")
    identifier = plain.replace("-", "_")
    if not _NAME.fullmatch(plain) or keyword.iskeyword(identifier) or plain == "builtin":
        raise Misconfigured(
            f"{name!r} cannot be the name of a plugin. Use letters, digits and single hyphens, "
            "beginning with a letter, such as `loyalty` or `seat-maps`."
        )
    words = {
        "name": identifier,
        "distribution": f"stagedoor-{plain.replace('_', '-')}",
        "module": f"stagedoor_{identifier}",
        "title": identifier.replace("_", " ").capitalize(),
    }
    templates = files("stagedoor.plugins") / "template"
    made = {
        path.format(**words): Template((templates / source).read_text("utf-8")).substitute(words)
        for path, source in _FILES.items()
    }
    return Package(words["name"], words["distribution"], words["module"], made)
