"""Checks a mapping against the platform's streams and the portal's properties; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Reject
from stagedoor.hubspot.check_properties import check_properties
from stagedoor.hubspot.portal import Portal
from stagedoor.hubspot.schema import PropertyDefinition
from stagedoor.mapping.check_columns import check_columns
from stagedoor.mapping.check_values import check_entry
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.facts import Choice, PortalFacts
from stagedoor.mapping.lifecycle import PROPERTY, lifecycle_conflicts
from stagedoor.mapping.loader import Draft, examine
from stagedoor.mapping.mapper import columns_of
from stagedoor.mapping.object_types import object_types_of
from stagedoor.mapping.pipelines import match_pipelines, pipeline_conflicts
from stagedoor.mapping.problems import Problem, nearest
from stagedoor.mapping.shapes import SourceShape, StreamShape
from stagedoor.plugins import Plugins
from stagedoor.state.checking import find_problems
from stagedoor.state.columns import Column
from stagedoor.state.database import StateDatabase
from stagedoor.state.files import FILE_NAME, throwaway_copy
from stagedoor.state.lease import lease
from stagedoor.state.replica import Replica
from stagedoor.state.shapes import Sources, foreign_streams
from stagedoor.sync.entries import remembered_keys
from stagedoor.sync.provision import made_by
from stagedoor.sync.session import mapping_text
from stagedoor.sync.surroundings import staged_types

Existing = Mapping[str, Mapping[str, PropertyDefinition]]


def check(settings: HubSpotSettings, plugins: Plugins, portal: Portal | None) -> Draft:
    """Return the mapping with everything that is wrong with it; without a portal, less is known.

    Raises:
        Misconfigured: The document cannot be read at all.
        Busy: Another process holds the portal's state.
    """
    text, name = mapping_text(settings)
    draft = examine(
        plugins.object_types,
        plugins.calculators,
        text,
        name,
        rules=plugins.list_rules,
        bundles=plugins.bundles,
    )
    if draft.document is None:
        return draft
    streams = read_streams(settings)
    shapes = shapes_of(draft.document, streams, plugins)
    there = existing_properties(draft.document, portal)
    found = [
        *_problems(draft.document, streams, shapes, there, plugins),
        *_problems_of_sql(draft.document, streams, plugins),
        *_problems_of_stages(draft.document, there, portal),
    ]
    problems = sorted(
        (*draft.problems, *found), key=lambda p: nearest(draft.places, p.path) or (0, 0)
    )
    return replace(draft, problems=tuple(problems))


def _problems(
    document: MappingDocument,
    streams: tuple[StreamShape, ...],
    shapes: Mapping[str, SourceShape],
    there: Existing | None,
    plugins: Plugins,
) -> Iterator[Problem]:
    foreign = {stream.name: stream for stream in streams}
    for name, mapping in document.objects.items():
        yield from check_entry(name, mapping, plugins.codecs)
        yield from check_columns(name, mapping, shapes[name], foreign.get(mapping.stream or ""))
        definitions = None
        if there is not None:
            definitions = there.get(mapping.object_type or name)
            if definitions is None:
                yield Problem(
                    ("objects", name),
                    f"HubSpot has no object type {mapping.object_type or name!r}.",
                    "Make it there as a custom object, or correct `object_type`.",
                )
        yield from check_properties(
            name, mapping, shapes[name].columns, made_by(mapping), definitions
        )


def _problems_of_sql(
    document: MappingDocument, streams: tuple[StreamShape, ...], plugins: Plugins
) -> Iterator[Problem]:
    """Yield what is wrong with the SQL of sections; that of entries is looked at more closely."""
    with closing(StateDatabase.in_memory()) as database:
        replica = Replica(database)
        for stream in streams:
            replica.prepare(stream.name, tuple(Column(c.name, c.type) for c in stream.columns))
        for found in find_problems(plugins, replica, document):
            if found.path and not found.is_source:
                yield Problem(found.path, f"its SQL {found.problem}.", "Correct it here.")


def _problems_of_stages(
    document: MappingDocument, there: Existing | None, portal: Portal | None
) -> Iterator[Problem]:
    """Yield pipelines and stages that neither the document nor the portal has."""
    if portal is None or there is None:
        return
    pipelines = {
        name: portal.pipelines.of(name) for name in staged_types(document) if name in there
    }
    own = {
        name: match_pipelines(name, document.pipelines.get(name, {}), remote, {}).own
        for name, remote in pipelines.items()
    }
    objects = {n: m for n, m in document.objects.items() if (m.object_type or n) in pipelines}
    facts = PortalFacts(pipelines=pipelines, own=own)
    for path, text in pipeline_conflicts(objects, document.pipelines, facts):
        yield Problem(path, text, "Write one of these, or declare it under `pipelines`.")
    stages = there.get("contacts", {}).get(PROPERTY)
    if stages is not None:
        choices = tuple(Choice(option.value, option.label) for option in stages.options)
        for name, text in lifecycle_conflicts(document.lifecycle, choices):
            yield Problem(("lifecycle", "stages", name), text, "Write one of these.")


def read_streams(settings: HubSpotSettings) -> tuple[StreamShape, ...]:
    """Return the streams of other taps in the portal's replica, if there is one.

    Raises:
        Busy: Another process holds it.
    """
    path = settings.portal_dir / FILE_NAME
    if not path.exists():
        return ()
    with (
        lease(settings.portal_dir, purpose="check", timeout=settings.lease_timeout),
        throwaway_copy(path) as copy,
        _opened(copy) as database,
    ):
        return tuple(
            replace(stream, keys=remembered_keys(database, stream.name))
            for stream in foreign_streams(database)
        )


def shapes_of(
    document: MappingDocument, streams: tuple[StreamShape, ...], plugins: Plugins
) -> dict[str, SourceShape]:
    """Return what the source of each entry offers."""
    with TemporaryDirectory() as folder, _opened(Path(folder) / FILE_NAME) as database:
        sources = Sources.over(database, streams, plugins.object_types, datetime.now(UTC))
        object_types = object_types_of(document.objects, plugins.object_types)
        return {
            name: sources.shape(object_types[name], mapping)
            for name, mapping in document.objects.items()
        }


@contextmanager
def _opened(path: Path) -> Iterator[StateDatabase]:
    database = StateDatabase(path)
    try:
        yield database
    finally:
        database.close()


def existing_properties(document: MappingDocument, portal: Portal | None) -> Existing | None:
    """Return the portal's properties by object type, without object types that it lacks."""
    if portal is None:
        return None
    existing: dict[str, Mapping[str, PropertyDefinition]] = {}
    for name, mapping in document.objects.items():
        hubspot_type = mapping.object_type or name
        if hubspot_type not in existing:
            try:
                existing[hubspot_type] = portal.property_definitions(hubspot_type)
            except Reject:
                continue
    return existing


def unread_columns(document: MappingDocument, plugins: Plugins) -> dict[str, dict[str, str]]:
    """Return the columns that registered object types offer and no property reads, with types."""
    shapes = shapes_of(document, (), plugins)
    return {
        name: {c: kind for c, kind in shapes[name].columns.items() if c not in set(columns_of(m))}
        for name, m in document.objects.items()
        if name in plugins.object_types
    }
