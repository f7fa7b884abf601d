"""The command that checks an installation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from stagedoor.config import HubSpotSettings, load_settings
from stagedoor.errors import Busy, StagedoorError
from stagedoor.plugins import load_plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.files import FILE_NAME
from stagedoor.state.lease import lease
from stagedoor.state.replica import Replica
from stagedoor.store import open_store
from stagedoor.sync.audience import needs_of
from stagedoor.sync.checking import check_sql
from stagedoor.sync.portals import open_portal
from stagedoor.sync.provision import missing_events, plan_provision
from stagedoor.sync.session import load_document

PATIENCE = 5.0
"""Seconds to wait for a portal: a service that follows events lets go of it when somebody does."""


@click.command()
def doctor() -> None:
    """Check settings, plugins, mapping, SQL, state, store, portal and its permissions.

    Changes nothing; exits with 1 when something is wrong.
    """
    settings = load_settings()
    checks: list[tuple[str, Callable[[HubSpotSettings], str]]] = [
        ("settings", lambda s: f"portal {s.portal}, state in {s.portal_dir}"),
        ("plugins", _plugins),
        ("mapping", _mapping),
        ("sql", _sql),
        ("state", _state),
        ("store", _store),
        ("portal", _portal),
        ("around", _around),
    ]
    good = [_report(name, check, settings) for name, check in checks]
    sys.exit(0 if all(good) else 1)


def _report(name: str, check: Callable[[HubSpotSettings], str], settings: HubSpotSettings) -> bool:
    try:
        click.echo(f"ok    {name:<9} {check(settings)}")
    except Busy as error:
        click.echo(f"busy  {name:<9} {error}")
    except StagedoorError as error:
        click.echo(f"WRONG {name:<9} {error}")
        return False
    return True


def _plugins(settings: HubSpotSettings) -> str:
    plugins = load_plugins(settings.plugins)
    return (
        f"{len(plugins.object_types)} object types, {len(plugins.calculators)} calculators, "
        f"{len(plugins.platform_sources)} platform sources"
    )


def _mapping(settings: HubSpotSettings) -> str:
    document = load_document(settings, load_plugins(settings.plugins))
    return ", ".join(f"{n}: {len(o.properties)} properties" for n, o in document.objects.items())


def _sql(settings: HubSpotSettings) -> str:
    """Check SQL of plugins and mapping against the replica as the last run left it."""
    plugins = load_plugins(settings.plugins)
    document = load_document(settings, plugins)
    with _opened(settings) as database:
        check_sql(plugins, Replica(database) if database else None, document)
    return f"that of {len(plugins.calculators)} calculators and the mapping fits the streams"


@contextmanager
def _opened(settings: HubSpotSettings) -> Iterator[StateDatabase | None]:
    """Give the state, held for us alone, if there is one."""
    path = settings.portal_dir / FILE_NAME
    if not path.exists():
        yield None
        return
    with lease(
        settings.portal_dir, purpose="doctor", timeout=min(settings.lease_timeout, PATIENCE)
    ):
        database = StateDatabase(path)
        try:
            yield database
        finally:
            database.close()


def _state(settings: HubSpotSettings) -> str:
    with _opened(settings) as database:
        if database is None:
            return "none yet; the first run makes it"
        counts = database.rows(
            "SELECT object_type, count(*) FROM ledger.objects GROUP BY 1 ORDER BY 1"
        )
    return ", ".join(f"{number:,} {name}" for name, number in counts) or "empty"


def _store(settings: HubSpotSettings) -> str:
    store = open_store(settings)
    try:
        return f"{len(store.runs.list(limit=1_000))} runs on record"
    finally:
        store.close()


def _portal(settings: HubSpotSettings) -> str:
    plugins = load_plugins(settings.plugins)
    document = load_document(settings, plugins)
    with open_portal(settings) as portal:
        account = portal.account()
        plan = plan_provision(document, plugins, portal)
    found = f"account {account.portal_id}, currencies {', '.join(account.currencies)}"
    if plan.conflicts:
        raise StagedoorError(f"{found}; " + "; ".join(map(str, plan.conflicts)))
    return found + ("" if plan.is_empty else "; lacks something: stagedoor provision plan")


def _around(settings: HubSpotSettings) -> str:
    """Tell what goes on around contacts, and which scopes it needs; read what may be read."""
    document = load_document(settings, load_plugins(settings.plugins))
    needs = needs_of(document)
    with open_portal(settings) as portal:
        if document.lists:
            portal.lists.existing(["1"])
        if document.events:
            missing_events(document, portal)
    told = (f"{what} (scopes {', '.join(scopes)})" for what, scopes in needs.items())
    return "; ".join(told) or "no lists, marketing events or behavioural events in the mapping"
