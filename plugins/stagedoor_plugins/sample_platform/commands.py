"""The command `stagedoor sample`."""

from __future__ import annotations

import time

import click
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from stagedoor.errors import Unavailable
from stagedoor_plugins.platform_sources.sample import DEFAULT_CUSTOMERS, default_path
from stagedoor_plugins.sample_platform.database import fill, today
from stagedoor_plugins.sample_platform.size import Size
from stagedoor_plugins.sample_platform.touch import touch as change

_DATABASE = click.option(
    "--database", help="SQLAlchemy URL; .stagedoor/sample.db by default.", metavar="URL"
)


@click.group(invoke_without_command=True)
@click.option("--customers", default=DEFAULT_CUSTOMERS, show_default=True, help="Accounts.")
@click.option("--orders-per-customer", default=1.6, show_default=True, help="On average.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same rows.")
@click.option("--replace", is_flag=True, help="Drop the tables of an earlier sample.")
@_DATABASE
@click.pass_context
def sample(
    context: click.Context,
    customers: int,
    orders_per_customer: float,
    seed: int,
    database: str | None,
    *,
    replace: bool,
) -> None:
    """Make up a ticketing platform, as messy as real ones."""
    if context.invoked_subcommand is not None:
        return
    engine = _engine(database)
    begun = time.monotonic()
    try:
        size = Size(customers, seed, today(), orders_per_customer)
        rows = fill(engine, size, replace=replace)
    except SQLAlchemyError as error:
        raise _unavailable(error) from error
    seconds = time.monotonic() - begun
    where = engine.url.render_as_string(hide_password=True)
    click.echo(f"{rows:,} rows for {customers:,} customers in {seconds:.0f} s: {where}")


@sample.command()
@click.option("--customers", default=7, show_default=True, help="Customers to change.")
@click.option("--seed", default=1, show_default=True, help="Chooses whom and what.")
@_DATABASE
def touch(customers: int, seed: int, database: str | None) -> None:
    """Change some customers and let them buy, so that the next run finds something."""
    try:
        changed, orders = change(_engine(database), customers, seed)
    except SQLAlchemyError as error:
        raise _unavailable(error) from error
    click.echo(f"{len(changed)} customers changed, {orders} orders placed.")


def _engine(database: str | None) -> Engine:
    if database is not None:
        return create_engine(database)
    path = default_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return create_engine(f"sqlite:///{path}")


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(
        f"The database cannot be used: {type(error).__name__}. Check the URL, and that it runs."
    )
