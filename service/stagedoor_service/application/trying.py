"""A mapping document that is not saved yet: what is wrong with it, and what it would change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured, StagedoorError
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.loader import Draft
from stagedoor.mapping.problems import Problem as MappingProblem
from stagedoor.mapping.problems import nearest
from stagedoor.plugins import load_plugins
from stagedoor.store.runs import RunRecord
from stagedoor.sync.mapping_check import check
from stagedoor_service.application.mappings import PATIENCE
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import PLAN, Wanted, ask_for_run


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a document, or that a person should know."""

    line: int | None
    column: int | None
    entry: str
    """The way to what is meant: `objects.contacts.properties.city`."""
    reason: str
    remedy: str
    is_note: bool
    """Whether a run goes on all the same."""


@contextmanager
def with_text(settings: HubSpotSettings, text: str) -> Iterator[HubSpotSettings]:
    """Give the settings as they are with a document in force."""
    with NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield settings.model_copy(update={"mapping": Path(file.name)})


def findings(office: Office, portal: str, text: str) -> list[Finding]:
    """Return all that is wrong with a document, types included, in the order of its lines.

    HubSpot's own properties are looked at where the portal is connected and answers.
    """
    settings = office.portal_settings(portal).model_copy(update={"lease_timeout": PATIENCE})
    plugins = load_plugins(settings.plugins)
    with with_text(settings, text) as tried:
        try:
            draft = check(tried, plugins, _if_connected(office, portal))
        except Misconfigured as error:
            told = str(error).replace(f"{tried.mapping}:", "").strip()
            line, column, reason = _placed(told)
            return [Finding(line, column, "", reason, "", is_note=False)]
    return [_found(draft, problem) for problem in draft.problems]


def _found(draft: Draft, problem: MappingProblem) -> Finding:
    line, column = nearest(draft.places, problem.path) or (None, None)
    entry = ".".join(map(str, problem.path))
    return Finding(line, column, entry, problem.reason, problem.remedy, problem.is_note)


def _placed(told: str) -> tuple[int | None, int | None, str]:
    """Return line, column and the rest of a sentence that begins with them: `3:5: …`."""
    line, _, rest = told.partition(":")
    column, _, reason = rest.partition(":")
    if line.isdigit() and column.isdigit():
        return int(line), int(column), reason.strip()
    return None, None, told


def _if_connected(office: Office, portal: str) -> Portal | None:
    try:
        return office.open(portal)
    except (Problem, StagedoorError):
        return None


def ask_for_backfill(office: Office, portal: str, text: str, *, asked_by: str) -> RunRecord:
    """Queue a plan of what a document would change, by what was read of the platform last."""
    wanted = Wanted(read=False, options={"mapping": text})
    return ask_for_run(office, portal, PLAN, wanted, asked_by=asked_by)
