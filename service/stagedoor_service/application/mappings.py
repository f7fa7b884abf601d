"""Mapping documents: read, checked, saved as versions, rolled back, and shown at work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.mapping.loader import Draft, examine
from stagedoor.mapping.owner_rule import with_owner
from stagedoor.mapping.problems import Problem as MappingProblem
from stagedoor.mapping.problems import nearest
from stagedoor.model import Owner, Side
from stagedoor.plugins import load_plugins
from stagedoor.state.checking import find_problems
from stagedoor.store.mappings import MappingVersion
from stagedoor.sync.preview import Preview
from stagedoor.sync.preview import preview as previewed
from stagedoor.sync.session import mapping_text, open_session
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem

FILE, STORE, SHIPPED = "file", "store", "shipped"
"""Who owns the mapping in force."""

_OWNERS = {Side.PLATFORM: Owner.PLATFORM, Side.HUBSPOT: Owner.HUBSPOT}

PATIENCE = 10.0
"""Seconds that a preview waits for a run to let go of the portal."""


@dataclass(frozen=True, slots=True)
class MappingInForce:
    """The mapping of a portal."""

    owner: str
    """file, store, or shipped (nobody has written one)."""
    version: int
    """0 unless the store owns it."""
    text: str
    """The user's document, as YAML; empty where there is none."""
    document: dict[str, Any]
    """The whole of it, with what the plugins ship."""


def in_force(office: Office, portal: str) -> MappingInForce:
    """Return the mapping that a portal's next run follows."""
    settings = office.portal_settings(portal)
    text, _ = mapping_text(settings)
    saved = office.store.mappings.current(portal)
    owner = FILE if settings.mapping is not None else STORE if saved else SHIPPED
    draft = _examined(settings, text)
    document = draft.document.model_dump(mode="json", by_alias=True) if draft.document else {}
    version = saved.version if saved and owner == STORE else 0
    return MappingInForce(owner, version, text or "", document)


def _examined(settings: HubSpotSettings, text: str | None) -> Draft:
    plugins = load_plugins(settings.plugins)
    return examine(
        plugins.object_types,
        plugins.calculators,
        text,
        "mapping",
        rules=plugins.list_rules,
        bundles=plugins.bundles,
    )


def check(office: Office, portal: str, text: str) -> None:
    """Let a document pass that has no mistake; what a tap may still bring is none.

    Raises:
        Problem: With every mistake, and where it stands.
    """
    settings = office.portal_settings(portal)
    try:
        draft = _examined(settings, text)
    except Misconfigured as error:
        raise Problem("MAPPING_INVALID", str(error)) from error
    problems = draft.problems or _of_sql(draft, settings)
    if problems or draft.document is None:
        raise Problem(
            "MAPPING_INVALID",
            "\n".join(map(draft.tell, problems)),
            errors=[_located(draft, problem) for problem in problems],
        )


def _of_sql(draft: Draft, settings: HubSpotSettings) -> list[MappingProblem]:
    """Return what is wrong with a document's SQL, whatever the platform has."""
    found = find_problems(load_plugins(settings.plugins), None, draft.document)
    return [
        MappingProblem(one.path, f"its SQL {one.problem}.", "Correct it here.")
        for one in found
        if one.plugin is None and not one.may_pass
    ]


def _located(draft: Draft, problem: MappingProblem) -> dict[str, Any]:
    line, column = nearest(draft.places, problem.path) or (None, None)
    return {
        "path": ".".join(map(str, problem.path)),
        "line": line,
        "column": column,
        "message": draft.tell(problem),
    }


def save(
    office: Office, portal: str, text: str, *, by: str, note: str = "", replaces: int | None = None
) -> MappingVersion:
    """Check a document and keep it as the version in force.

    Raises:
        Problem: It has mistakes, a file owns the mapping, or somebody was faster.
    """
    check_not_in_file(office, portal)
    check(office, portal, text)
    saved = office.store.mappings.save(portal, text, by=by, note=note, replaces=replaces)
    if saved is None:
        raise Problem("MAPPING_MOVED", "Another version is in force than the one you replace.")
    return saved


def check_not_in_file(office: Office, portal: str) -> None:
    """Let a change of the mapping pass that can be kept here.

    Raises:
        Problem: A file owns the mapping.
    """
    if office.portal_settings(portal).mapping is not None:
        raise Problem("MAPPING_OWNED_BY_FILE", "The setting `mapping` names a file.")


def let_win(
    office: Office, portal: str, side: Side, entry: str, property_name: str, *, by: str
) -> None:
    """Let a side win from now on where both change a property, by a new version of the mapping.

    Raises:
        Problem: A file owns the mapping, or others keep changing it.
    """
    note = f"{side} always wins on {property_name} of {entry}"
    for last in (False, False, True):  # whoever was faster has added something else
        found = in_force(office, portal)
        text = with_owner(found.text, entry, property_name, _OWNERS[side])
        if text == found.text:
            return
        try:
            save(office, portal, text, by=by, note=note, replaces=found.version)
        except Problem as problem:
            if last or problem.code != "MAPPING_MOVED":
                raise
        else:
            return


def history(office: Office, portal: str, limit: int = 50) -> Sequence[MappingVersion]:
    """Return the versions that were saved, newest first."""
    return office.store.mappings.history(portal, limit)


def roll_back(office: Office, portal: str, version: int, *, by: str) -> MappingVersion:
    """Make an old version the newest one.

    Raises:
        Problem: There is no such version, or it does not fit any more.
    """
    old = office.store.mappings.get(portal, version)
    if old is None:
        raise Problem("NOT_FOUND", "There is no version of this number.")
    return save(office, portal, old.text, by=by, note=f"back to version {version}")


def preview(
    office: Office,
    portal: str,
    *,
    text: str | None = None,
    email: str | None = None,
    key: str | None = None,
    object_type: str | None = None,
) -> list[Preview]:
    """Return what a document, or the mapping in force, makes of the objects of one person.

    It works on a copy of the state, so that a run that goes on is not held up for long.

    Raises:
        Problem: The document has mistakes.
    """
    if text is not None:
        check(office, portal, text)
    changed: dict[str, Any] = {"dry_run": True, "lease_timeout": PATIENCE}
    with NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        if text is not None:
            file.write(text)
            file.flush()
            changed["mapping"] = Path(file.name)
        settings = office.portal_settings(portal).model_copy(update=changed)
        with open_session(settings, purpose="preview") as session:
            return previewed(
                session, office.open(portal), email=email, key=key, object_type=object_type
            )
