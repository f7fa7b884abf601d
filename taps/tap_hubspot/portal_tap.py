"""The portal as the tap reads it: its connection, its definitions, and what hints tell."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, cast

from stagedoor.errors import Forbidden
from stagedoor.hubspot.polling import Times
from stagedoor.hubspot.portal import Portal
from stagedoor.hubspot.reading import Item
from stagedoor.hubspot.records import Schema, object_schema
from stagedoor.hubspot.webhook_events import TYPE_IDS
from stagedoor.logs import quiet_libraries
from stagedoor.singer.tap import StagedoorTap
from stagedoor.store import open_store
from stagedoor.store.inbox import Inbox
from stagedoor.sync.hinted import HintedReading
from stagedoor.sync.hints import Hints
from stagedoor.sync.journal_following import Followed, follow, open_journal
from stagedoor.sync.portals import address_of, portal_at
from tap_hubspot.seen import Seen
from tap_hubspot.settings import TapSettings, load_tap_settings
from tap_hubspot.writing import LineWriter

KEPT = timedelta(days=30)
"""How long the inbox remembers what was followed; HubSpot repeats an event for a day."""
INBOX, JOURNAL = "inbox", "journal"
"""Where STATE has the token under which this run took its hints, and the journal's offset."""


class PortalTap(StagedoorTap):
    """What streams ask of their tap."""

    other_streams: ClassVar[tuple[type[Any], ...]] = ()
    """The streams that are not of objects."""

    def __init__(self, **options: Any) -> None:
        """Take the SDK's options; the portal is opened when it is first asked."""
        self._open = ExitStack()
        self._portal: Portal | None = None
        self._close_at_exit = weakref.finalize(self, self._open.close)
        super().__init__(**{**options, "validate_config": False})
        self.begin()

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Leave that to the settings model: one sentence, and numbers may come as text."""
        del raise_errors
        return []

    def begin(self) -> None:
        """Forget what an earlier run of this tap knew."""
        self.seen = Seen()
        self._followed: Followed | None = None
        self.polls = "poll" in self.settings.modes
        for known in ("times", "hints", "hinted"):
            self.__dict__.pop(known, None)

    @cached_property
    def settings(self) -> TapSettings:
        """The settings, checked."""
        return load_tap_settings(self.config)

    @property
    def lines(self) -> LineWriter:
        """Where records are written."""
        return cast("LineWriter", self.message_writer)

    @property
    def portal(self) -> Portal:
        """The portal, opened at first use."""
        if self._portal is None:
            quiet_libraries()
            self._portal = self._open.enter_context(portal_at(self.settings, self._url))
        return self._portal

    @cached_property
    def _url(self) -> str:
        """Where the portal is; the embedded one runs until this tap closes it."""
        return self._open.enter_context(address_of(self.settings))

    def close(self) -> None:
        """Close the portal; it is opened again when it is asked again."""
        self._open.close()
        self._portal = None
        self.__dict__.pop("_url", None)

    @cached_property
    def times(self) -> Times:
        """The times of this run, by HubSpot's clock."""
        settings = self.settings
        return Times.of(self.portal.time(), settings.look_back, settings.start_date)

    @cached_property
    def hints(self) -> Hints:
        """What the inbox tells this run; nothing where no mode follows it."""
        token = uuid.uuid4().hex
        if not {"webhook", "journal"} & {*self.settings.modes}:
            return Hints(None, token, {})
        store = open_store(self.settings)
        self._open.callback(store.close)
        inbox = store.inbox(self.settings.portal)
        if previous := self._bookmark(INBOX).get("token"):
            inbox.confirm(str(previous))
        inbox.prune(datetime.now(UTC) - KEPT)
        if "journal" in self.settings.modes:
            self._follow_journal(inbox)
        followed = {name: name for name in self.followed_types}
        ids = {k: v for k, v in self.type_names.items() if v in followed}
        return Hints(inbox, token, {**followed, **ids})

    @cached_property
    def hinted(self) -> HintedReading:
        """What reads the objects that hints name, and knows of merges."""
        return HintedReading(self.portal.reading, self.hints)

    def _bookmark(self, name: str) -> dict[str, Any]:
        """Return a writable part of STATE that belongs to no stream."""
        bookmarks = cast("dict[str, Any]", self.state).setdefault("bookmarks", {})
        return cast("dict[str, Any]", bookmarks.setdefault(name, {}))

    def _follow_journal(self, inbox: Inbox) -> None:
        """Bring the journal into the inbox; where it has a gap, this run polls as well."""
        portal_id = self.portal.account().portal_id
        with open_journal(self.settings, self._url) as journal:
            made = journal.subscribe(self._subscriptions(), portal_id)
            if made:
                self.logger.info("The journal now tells of %d more kinds of events.", made)
            now = self.portal.time().timestamp()
            self._followed = follow(journal, inbox, self._bookmark(JOURNAL), portal_id, now)
        if self._followed.gap:
            self.polls = True
            self.logger.warning(
                "The journal does not reach back to the last run: this run polls as well."
            )

    def _subscriptions(self) -> Iterator[tuple[str, str | None]]:
        ids = {name: type_id for type_id, name in self.type_names.items()}
        for object_type in self.followed_types:
            type_id = ids.get(object_type, object_type)
            yield from (("OBJECT", type_id), ("ASSOCIATION", type_id))
            if object_type == "contacts":
                yield "GDPR_PRIVACY_DELETION", type_id

    @property
    def follows_all(self) -> bool:
        """Whether the journal told this run everything, without a poll."""
        return self._followed is not None and not self.polls

    @cached_property
    def type_names(self) -> dict[str, str]:
        """The object types' names, by HubSpot's ids of them."""
        custom = {str(one["objectTypeId"]): f"p_{one['name']}" for one in self._schemas}
        return {**TYPE_IDS, **custom}

    @cached_property
    def _schemas(self) -> list[Item]:
        """The custom object types; none where the account or the token has no right to any."""
        try:
            return self.portal.reading.schemas()
        except Forbidden:
            return []

    @cached_property
    def object_types(self) -> tuple[str, ...]:
        """The object types that have a stream."""
        if self.input_catalog is not None:
            others = {kind(self).name for kind in self.other_streams}
            return tuple(name for name in self.input_catalog if name not in others)
        if self.settings.two_way:
            return tuple(self.properties)
        custom = (f"p_{one['name']}" for one in self._schemas)
        return tuple(dict.fromkeys((*self.settings.object_types, *custom)))

    @cached_property
    def properties(self) -> Mapping[str, Sequence[str]]:
        """The properties that the settings choose, by object type.

        Raises:
            Misconfigured: The mapping that chooses them is wrong, or takes nothing both ways.
        """
        if not self.settings.two_way:
            return self.settings.properties
        from tap_hubspot.two_way import two_way_properties  # noqa: PLC0415 - it loads the engine

        return two_way_properties(self.settings)

    @property
    def followed_types(self) -> tuple[str, ...]:
        """The object types of which merges, deletions and hints are followed.

        Those whose streams are selected; all, where none is.
        """
        chosen = (name for name in self.object_types if self.streams[name].selected)
        return tuple(chosen) or self.object_types

    def object_schema(self, object_type: str) -> Schema:
        """Return the schema of an object type, from the portal's property definitions."""
        definitions = self.portal.property_definitions(object_type)
        chosen = self.properties.get(object_type)
        names = sorted(definitions) if chosen is None else chosen
        known = (definitions[name] for name in names if name in definitions)
        return object_schema(known, times=self.settings.property_times)

    def pipelines(self) -> Iterator[tuple[str, Item]]:
        """Yield the pipelines of all object types that may have them, with the type's name."""
        for object_type in self.object_types:
            if object_type not in ("contacts", "companies"):
                for pipeline in self.portal.reading.pipelines(object_type):
                    yield object_type, pipeline

    def hints_are_followed(self) -> None:
        """Let STATE say so: what its token took is done, and the journal goes on from there."""
        if self.hints.inbox is not None:
            self._bookmark(INBOX)["token"] = self.hints.token
        if self._followed is not None:
            self._bookmark(JOURNAL).update(self._followed.bookmark)
