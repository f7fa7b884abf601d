"""Everything that one run works with, opened and closed in the right order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from stagedoor.config import HubSpotSettings, MappedSettings
from stagedoor.engine.observing import Observers
from stagedoor.engine.scope import EVERYTHING, Scope
from stagedoor.engine.transforming import Transforms
from stagedoor.errors import Misconfigured, StagedoorError
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.switching import without
from stagedoor.plugins import Plugins, load_plugins
from stagedoor.state.audience_ledger import AudienceLedger
from stagedoor.state.checking import SqlProblem
from stagedoor.state.database import StateDatabase
from stagedoor.state.erasure import keep_away
from stagedoor.state.files import FILE_NAME, throwaway_copy
from stagedoor.state.labels import LabelLedger
from stagedoor.state.lease import lease
from stagedoor.state.ledger import Ledger
from stagedoor.state.replica import Replica
from stagedoor.store import Store, open_store
from stagedoor.sync.checking import check_sql
from stagedoor.sync.erasing import blocked_people, scrub
from stagedoor.sync.letters import Letters, screened
from stagedoor.sync.progress import Progress, progress_for_stderr
from stagedoor.sync.summary import Summary


@dataclass(frozen=True)
class Session:
    """One run on one portal, from absorbing rows to settling outcomes."""

    settings: HubSpotSettings
    plugins: Plugins
    document: MappingDocument
    database: StateDatabase
    replica: Replica
    ledger: Ledger
    audience: AudienceLedger
    labels: LabelLedger
    store: Store
    letters: Letters
    summary: Summary
    progress: Progress
    transforms: Transforms
    observers: Observers
    run_id: str
    started: datetime
    dry_run: bool = False
    scope: Scope = EVERYTHING
    """Which objects it is about."""
    doubts: list[SqlProblem] = field(default_factory=list)
    """SQL that works only if the input brings what it names."""


def load_document(settings: MappedSettings, plugins: Plugins) -> MappingDocument:
    """Return the mapping in force, without what the setting `sync` switches off.

    Raises:
        Misconfigured: The mapping document is absent or wrong, with file, line and column.
    """
    text, name = mapping_text(settings)
    document = assemble(
        plugins.object_types,
        plugins.calculators,
        text,
        name,
        rules=plugins.list_rules,
        bundles=plugins.bundles,
    )
    return without(document, settings.switched_off)


def mapping_text(settings: MappedSettings) -> tuple[str | None, str]:
    """Return the text of the user's mapping document, if there is one, and its name.

    Where the setting `mapping` names no file, it is the version that was saved last in the
    operational store.

    Raises:
        Misconfigured: It cannot be read.
    """
    if settings.mapping is None:
        store = open_store(settings)
        try:
            saved = store.mappings.current(settings.portal)
        finally:
            store.close()
        if saved is None:
            return None, "mapping.yml"
        return saved.text, f"version {saved.version} of the mapping"
    try:
        return settings.mapping.read_text(encoding="utf-8"), str(settings.mapping)
    except OSError as error:
        raise Misconfigured(
            f"The mapping document {settings.mapping} cannot be read: {error.strerror}. "
            "Correct the setting `mapping`."
        ) from error


@contextmanager
def open_session(
    settings: HubSpotSettings,
    *,
    purpose: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress | None = None,
    takes_input: bool = False,
    scope: Scope = EVERYTHING,
    queued: str | None = None,
) -> Iterator[Session]:
    """Hold the portal's lease, open its state, check plugins' SQL, and keep a record of the run.

    In a dry run the state is a copy that is thrown away, and no run is recorded. With
    `takes_input`, SQL may name what the replica does not have yet. A run that waited has its id
    in `queued`.

    Raises:
        Busy: Another process holds the portal.
        Misconfigured: Settings, plugins or mapping are wrong.
    """
    plugins = load_plugins(settings.plugins)
    document = load_document(settings, plugins)
    with ExitStack() as stack:
        stack.enter_context(
            lease(settings.portal_dir, purpose=purpose, timeout=settings.lease_timeout)
        )
        path = settings.portal_dir / FILE_NAME
        if settings.dry_run:
            path = stack.enter_context(throwaway_copy(path, with_kept=True))
        store = open_store(settings)
        stack.callback(store.close)
        if not settings.dry_run:
            stack.callback(scrub, settings, store)
        database = StateDatabase(path)
        stack.callback(database.close)
        blocked = blocked_people(store, settings.portal)
        away = partial(keep_away, database, blocked=blocked) if blocked else None
        replica = Replica(database, away)
        doubts = check_sql(plugins, replica, document, takes_input=takes_input)
        summary = Summary()
        run_id = stack.enter_context(_recorded(store, settings, purpose, summary, queued))
        yield Session(
            settings=settings,
            plugins=plugins,
            document=document,
            database=database,
            replica=replica,
            ledger=Ledger(database, run_id),
            audience=AudienceLedger(database, run_id),
            labels=LabelLedger(database, run_id),
            store=store,
            letters=Letters(
                store,
                settings.portal,
                run_id,
                muted=settings.dry_run,
                screen=partial(screened, blocked=blocked) if blocked else None,
            ),
            summary=summary,
            progress=progress or progress_for_stderr(),
            transforms=Transforms(
                plugins.callers("transform_records"), stops=settings.bad_records == "stop"
            ),
            observers=Observers(plugins.callers("after_settle")),
            run_id=run_id,
            started=clock(),
            dry_run=settings.dry_run,
            scope=scope,
            doubts=doubts,
        )


@contextmanager
def _recorded(
    store: Store, settings: HubSpotSettings, purpose: str, summary: Summary, queued: str | None
) -> Iterator[str]:
    """Keep the run in the operational store, with how it ended."""
    if settings.dry_run:
        yield "dry-run"
        return
    run = store.runs.start(purpose, settings.portal, queued)
    begun = time.monotonic()
    try:
        yield run.run_id
    except BaseException as error:
        summary.seconds = time.monotonic() - begun
        code = error.exit_code if isinstance(error, StagedoorError) else 1
        told = str(error) if isinstance(error, StagedoorError) else type(error).__name__
        store.runs.finish(
            run.run_id, "failed", exit_code=code, error=told, counts=summary.as_json()
        )
        raise
    summary.seconds = time.monotonic() - begun
    store.runs.finish(run.run_id, "done", exit_code=0, counts=summary.as_json())
