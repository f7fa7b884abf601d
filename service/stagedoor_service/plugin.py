"""Adds the service's commands to `stagedoor`, as any plugin does; light: every start loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagedoor.hookspecs import hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def register_commands(cli: click.Group) -> None:
    """Add `stagedoor serve`, `keys` and `webhooks`."""
    # Imported here: taps and targets load plugins too, and need none of it.
    from stagedoor_service.commands.keys import keys  # noqa: PLC0415 - taps need it not
    from stagedoor_service.commands.serve import serve  # noqa: PLC0415 - taps need it not
    from stagedoor_service.commands.webhooks import webhooks  # noqa: PLC0415 - taps need it not

    for command in (serve, keys, webhooks):
        cli.add_command(command)
