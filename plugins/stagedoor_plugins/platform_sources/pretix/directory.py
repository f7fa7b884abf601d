"""Events, accounts, catalogues and vouchers of one run, each read when first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from stagedoor.errors import Misconfigured
from stagedoor_plugins.platform_sources.pretix.api import Json, PretixApi
from stagedoor_plugins.platform_sources.pretix.catalogue import Catalogue, catalogue
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings

ONE_BY_ONE = 10
"""Vouchers of an event that are looked up singly before its whole list is read."""


class Directory:
    """What orders refer to."""

    def __init__(self, api: PretixApi, settings: PretixSettings) -> None:
        """Know nothing yet."""
        self._api = api
        self._settings = settings
        self._catalogues: dict[str, Catalogue] = {}
        self._codes: dict[str, dict[int, str]] = defaultdict(dict)

    @cached_property
    def events(self) -> dict[str, Json]:
        """The events, by their short form.

        Raises:
            Misconfigured: The settings name an event that is not there, or not for this token.
        """
        found = {event["slug"]: event for event in self._api.scan("/events/", "slug")}
        wanted = self._settings.events
        if missing := sorted(set(wanted) - set(found)):
            raise Misconfigured(
                f"`pretix.events` names {', '.join(missing)}, which the token's team cannot see. "
                f"It sees: {', '.join(sorted(found)) or 'no event'}."
            )
        return {slug: found[slug] for slug in wanted or found}

    @cached_property
    def dates(self) -> list[Json]:
        """The dates of all series."""
        if not any(event["has_subevents"] for event in self.events.values()):
            return []
        return self._api.scan("/subevents/", "id")

    @cached_property
    def accounts(self) -> list[Json]:
        """The customers, erased ones included."""
        return self._api.scan("/customers/", "identifier")

    def reads(self, slug: str) -> bool:
        """Return whether orders of an event are wanted."""
        return not self._settings.events or slug in self._settings.events

    def upcoming(self, now: datetime) -> Iterator[str]:
        """Yield the events that are not over: their catalogues may still change."""
        for slug, event in self.events.items():
            last = event["date_to"] or event["date_from"]
            if event["has_subevents"] or (last and datetime.fromisoformat(last) >= now):
                yield slug

    def catalogue(self, slug: str) -> Catalogue:
        """Return what an event sells."""
        if slug not in self._catalogues:
            event = self.events.get(slug) or self._api.get(f"/events/{slug}/")
            items = self._api.scan(f"/events/{slug}/items/", "id")
            self._catalogues[slug] = catalogue(event, items, self._settings.language)
        return self._catalogues[slug]

    def voucher(self, slug: str, number: int) -> str | None:
        """Return the code of a voucher, unless it was deleted."""
        codes = self._codes[slug]
        if number not in codes:
            if len(codes) == ONE_BY_ONE:
                rows = self._api.scan(f"/events/{slug}/vouchers/", "id")
                codes.update((row["id"], row["code"]) for row in rows)
            else:
                path = f"/events/{slug}/vouchers/{number}/"
                row = self._api.find(path, missing=frozenset({404}))
                codes[number] = row["code"] if row else ""
        return codes.get(number) or None
