"""What is wrong with the sections of a mapping that lean on its entries; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stagedoor.extension import ListRule, ObjectType
from stagedoor.mapping.associations import sources_of
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.lifecycle import PEOPLE, PROPERTY
from stagedoor.mapping.list_checks import mistakes
from stagedoor.mapping.object_types import object_types_of
from stagedoor.mapping.problems import Problem


def check_sections(
    document: MappingDocument,
    object_types: Mapping[str, ObjectType],
    rules: Mapping[str, ListRule],
) -> Iterator[Problem]:
    """Yield what is wrong with associations, the life cycle and lists."""
    try:
        sources_of(object_types_of(document.objects, object_types).values(), document.associations)
    except LookupError as error:
        which, problem = error.args
        yield Problem(("associations", which), str(problem), "")
    yield from _check_lifecycle(document)
    for path, mistake in mistakes(document, rules):
        yield Problem(path, mistake, "")


def _check_lifecycle(document: MappingDocument) -> Iterator[Problem]:
    """Let one thing alone decide about the life cycle stage of contacts."""
    if document.lifecycle is None:
        return
    if PEOPLE not in document.objects:
        yield Problem(("lifecycle",), f"`lifecycle` needs the entry `{PEOPLE}` in `objects`.", "")
    elif PROPERTY in document.objects[PEOPLE].properties:
        yield Problem(
            ("lifecycle",),
            f"both `lifecycle` and the property {PEOPLE}.{PROPERTY} give the stage;",
            "remove one of them.",
        )
