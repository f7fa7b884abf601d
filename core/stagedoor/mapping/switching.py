"""Leaves out of a mapping what belongs to object types that are switched off."""

from __future__ import annotations

from collections.abc import Collection

from stagedoor.mapping.document import MappingDocument


def without(document: MappingDocument, off: Collection[str]) -> MappingDocument:
    """Return the document without HubSpot's object types in `off`, and what stands on them.

    Behavioural events and the life cycle are about contacts.
    """
    if not off:
        return document
    objects = {
        name: entry
        for name, entry in document.objects.items()
        if (entry.object_type or name) not in off
    }
    kept: dict[str, object] = {
        "objects": objects,
        "lists": {n: entry for n, entry in document.lists.items() if entry.objects in objects},
        "pipelines": {n: p for n, p in document.pipelines.items() if n not in off},
        "associations": {
            name: setting
            for name, setting in document.associations.items()
            if isinstance(setting, bool)
            or all(end is None or end in objects for end in (setting.from_, setting.to))
        },
    }
    if "contacts" in off:
        kept |= {"events": {}, "lifecycle": None}
    return document.model_copy(update=kept)
