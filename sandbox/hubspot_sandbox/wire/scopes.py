"""Which scopes an endpoint asks for; one of the named is enough.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
"""

from __future__ import annotations

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.wire.errors import ApiError

_PAGE = "https://developers.hubspot.com/scopes"
_EVENTS = "behavioral_events.event_definitions.read_write"
_OTHER: dict[tuple[str, bool], tuple[str, ...]] = {
    ("lists", False): ("crm.lists.read",),
    ("lists", True): ("crm.lists.write",),
    ("owners", False): ("crm.objects.owners.read",),
    ("imports", False): ("crm.import",),
    ("imports", True): ("crm.import",),
    ("marketing-events", False): ("crm.objects.marketing_events.read",),
    ("marketing-events", True): ("crm.objects.marketing_events.write",),
    ("events-send", True): ("analytics.behavioral_events.send",),
    ("event-definitions", False): (_EVENTS,),
    ("event-definitions", True): (_EVENTS,),
    ("event-occurrences", False): (_EVENTS,),
    ("communication-preferences", False): (
        "communication_preferences.read",
        "communication_preferences.read_write",
    ),
    ("communication-preferences", True): (
        "communication_preferences.write",
        "communication_preferences.read_write",
    ),
}


def required(api: str, kinds: tuple[ObjectType, ...], *, writes: bool) -> list[frozenset[str]]:
    """Return the scopes of a call, each a choice of alternatives; associations need both ends'."""
    if api in ("objects", "associations"):
        return [_of_type("objects", kind, writes=writes) for kind in kinds]
    if api in ("properties", "schemas", "pipelines"):
        return [_of_type("schemas", kind, writes=writes) for kind in kinds]
    return [frozenset(_OTHER.get((api, writes), ()))]


def _of_type(family: str, kind: ObjectType, *, writes: bool) -> frozenset[str]:
    word = "write" if writes else "read"
    if kind.is_custom:
        return frozenset({f"crm.{family}.custom.{word}"})
    if kind.name == "tickets":
        return frozenset({"tickets", f"crm.{family}.tickets.{word}"})
    named = f"crm.{family}.{kind.name}.{word}"
    if family == "schemas" and not writes:
        return frozenset({named, f"crm.objects.{kind.name}.read"})
    return frozenset({named})


def missing(alternatives: frozenset[str]) -> ApiError:
    """Return the 403 that names the scopes, one of which is needed."""
    return ApiError(
        403,
        "This app hasn't been granted all required scopes to make this call. Read more about "
        f"required scopes here: {_PAGE}.",
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": sorted(alternatives)},
            }
        ],
        links={"scopes": _PAGE},
    )
