"""Keeps a plan in a file with a digest of all that it stands on, and tells what moved since."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stagedoor.engine import explain
from stagedoor.errors import Misconfigured, Moved
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.pipelines import properties_of
from stagedoor.plugins import Plugins
from stagedoor.state.digests import digests_of
from stagedoor.sync.planning import Planned
from stagedoor.sync.session import Session

FORMAT = 1
_STAGED = {*properties_of("deals"), *properties_of("tickets")}
"""Properties that hold ids which HubSpot gives."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """The first line of a file that holds a plan; the others are those of `plan --json`."""

    now: datetime
    """The moment that the plan was computed for; a push of it computes for the same."""
    digests: Mapping[str, str]
    """Digest of each thing that the plan stands on, and of its lines as `plan`."""


def standing_on(session: Session, portal_id: int) -> dict[str, str]:
    """Return a digest of each thing that a plan stands on; taken before planning."""
    return {
        "HubSpot account": str(portal_id),
        "Stagedoor": version("stagedoor"),
        "mapping": mapping_digest(session.document),
        "plugins": plugins_digest(session.plugins),
        **digests_of(session.database),
    }


def save(path: Path, session: Session, planned: Planned, digests: Mapping[str, str]) -> None:
    """Write a plan to a file that only its owner can read: it holds personal data."""
    lines = list(explain.json_lines(planned.plan, planned.keys))
    header = {
        "stagedoor_plan": FORMAT,
        "now": session.started.isoformat(),
        "portal": session.settings.portal,
        "digests": {**digests, "plan": lines_digest(lines)},
    }
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in (json.dumps(header, ensure_ascii=False), *lines))
    draft.replace(path)


def load(path: Path, portal: str) -> SavedPlan:
    """Return what a file says that its plan stands on.

    Raises:
        Misconfigured: The file cannot be read, is no plan, or one for another portal.
        Moved: Somebody changed it by hand.
    """
    try:
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        header = json.loads(first)
        saved = SavedPlan(datetime.fromisoformat(header["now"]), dict(header["digests"]))
        known, planned_for = header["stagedoor_plan"], header["portal"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misconfigured(
            f"{path} cannot be read as a saved plan. Make one: stagedoor plan --save {path}"
        ) from error
    if known != FORMAT or planned_for != portal:
        raise Misconfigured(
            f"{path} is a plan (format {known}) for portal {planned_for!r}; this is portal "
            f"{portal!r}, and format {FORMAT} is known. Plan again here."
        )
    if saved.digests.get("plan") != lines_digest(lines):
        raise Moved(f"{path} was changed after it was saved. Plan again.")
    return saved


def check_standing(saved: SavedPlan, digests: Mapping[str, str]) -> None:
    """Let a saved plan pass when nothing that it stands on has changed.

    Raises:
        Moved: Naming everything that has.
    """
    before = {name: digest for name, digest in saved.digests.items() if name != "plan"}
    names = sorted(name for name in {*before, *digests} if before.get(name) != digests.get(name))
    if names:
        raise Moved(
            f"Since the plan was saved there were changes to: {', '.join(names)}. Nothing was "
            "written. Look at the plan as it is now: stagedoor plan --save FILE"
        )


def check_same(saved: SavedPlan, planned: Planned, asked: Mapping[str, str] | None = None) -> None:
    """Let a plan pass that is the saved one, line by line.

    `asked` are ids of pipelines and stages that the saved plan has, by those that HubSpot gave
    instead when they were made.

    Raises:
        Moved: It is not: something in HubSpot was changed meanwhile.
    """
    lines = explain.json_lines(planned.plan, planned.keys)
    if saved.digests["plan"] != lines_digest(_as_asked(line, asked or {}) for line in lines):
        raise Moved(
            "HubSpot changed since the plan was saved: its properties, pipelines, labels or "
            "lists, or values that the plan depends on. No record was written. Look at the plan "
            "as it is now: stagedoor plan --save FILE"
        )


def _as_asked(line: str, asked: Mapping[str, str]) -> str:
    """Return a line of a plan with the ids that were asked for."""
    if not asked:
        return line
    told = json.loads(line)
    values = told.get("properties", {})
    for name in _STAGED & values.keys():
        values[name]["after"] = asked.get(values[name]["after"], values[name]["after"])
    return json.dumps(told, ensure_ascii=False)


def lines_digest(lines: Iterable[str]) -> str:
    """Return the digest of a plan's lines."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def mapping_digest(document: MappingDocument) -> str:
    """Return the digest of the mapping in force."""
    return _sha(document.model_dump_json(by_alias=True))


def plugins_digest(plugins: Plugins) -> str:
    """Return the digest of everything that plugins registered for computing values."""
    registered = (*plugins.object_types.values(), *plugins.calculators.values())
    return _sha("\n".join(_told(value) for value in (*registered, *plugins.codecs.values())))


def _told(value: Any) -> str:
    """Return a registered value as text, functions by the source of their module."""
    if not is_dataclass(value) or isinstance(value, type):
        return repr(value)
    told: dict[str, Any] = {}
    for item in fields(value):
        part = getattr(value, item.name)
        told[item.name] = _source(part) if callable(part) else _plain(part)
    return json.dumps(told, sort_keys=True, default=str)


def _plain(part: Any) -> Any:
    """Return a part as JSON has it; sets in order, since theirs is another in each process."""
    if isinstance(part, (set, frozenset)):
        return sorted(map(str, part))
    if isinstance(part, (list, tuple)):
        return [_plain(item) for item in part]
    if is_dataclass(part) and not isinstance(part, type):
        return {item.name: _plain(getattr(part, item.name)) for item in fields(part)}
    return part


def _source(function: Callable[..., Any]) -> str:
    module = inspect.getmodule(function)
    try:
        return _sha(inspect.getsource(module or function))
    except (OSError, TypeError):
        return repr(getattr(function, "__qualname__", function))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
