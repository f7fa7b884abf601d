"""The command that says what a code means."""

from __future__ import annotations

import click

from stagedoor.errors import Misconfigured
from stagedoor.explanations import EXPLANATIONS


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Say what CODE means, why it comes, and what to do; without one, list all codes."""
    if code is None:
        width = max(map(len, EXPLANATIONS))
        for known in EXPLANATIONS.values():
            click.echo(f"{known.code:<{width}}  {known.what}")
        return
    found = EXPLANATIONS.get(code.upper())
    if found is None:
        raise Misconfigured(
            f"There is no code {code!r} of ours; `stagedoor explain` lists them. A dead letter may "
            "have one of HubSpot's: its message is HubSpot's own."
        )
    click.echo(f"{found.code}: {found.what}")
    click.echo(f"Why        {found.why}")
    click.echo(f"What to do {found.remedy}")
