"""The command `stagedoor`: what a person does around the scheduled runs."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import click

from stagedoor.cli.both_sides import reconcile, why
from stagedoor.cli.conflicts import conflicts
from stagedoor.cli.dead_letters import dead_letters
from stagedoor.cli.doctor import doctor
from stagedoor.cli.explain import explain
from stagedoor.cli.forget import erasures, forget
from stagedoor.cli.mapping import mapping
from stagedoor.cli.outbound import plan, push, rebuild
from stagedoor.cli.plugins import plugins
from stagedoor.cli.provision import provision
from stagedoor.cli.runs import runs
from stagedoor.cli.sandbox import sandbox
from stagedoor.errors import StagedoorError
from stagedoor.logs import quiet_libraries
from stagedoor.plugins import load_plugins


class StagedoorGroup(click.Group):
    """Ends with the exit code of the error, and its sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except StagedoorError as error:
            click.echo(f"{error.code}: {error}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=StagedoorGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stagedoor")
def cli() -> None:
    """Connect an event-ticketing platform with HubSpot, both ways.

    The settings are those of target-hubspot, from TARGET_HUBSPOT_* variables or a .env file.
    """
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    quiet_libraries()


for command in (
    *(
        plan,
        push,
        provision,
        mapping,
        conflicts,
        why,
        reconcile,
        dead_letters,
        runs,
        forget,
        erasures,
    ),
    *(plugins, doctor, explain, rebuild, sandbox),
):
    cli.add_command(command)


def main() -> None:
    """Run the command line, with the commands that plugins add."""
    try:
        load_plugins().add_commands(cli)
    except StagedoorError as error:
        click.echo(f"{error.code}: {error}", err=True)
        sys.exit(error.exit_code)
    cli()
