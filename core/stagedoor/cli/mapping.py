"""Commands around the mapping document: check, preview, init, schema."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import click

from stagedoor.cli.tables import print_table
from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.mapping.editor_schema import editor_schema
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.proposal import propose
from stagedoor.plugins import load_plugins
from stagedoor.sync.entries import is_read
from stagedoor.sync.mapping_check import check as find_problems
from stagedoor.sync.mapping_check import read_streams, unread_columns
from stagedoor.sync.portals import open_portal
from stagedoor.sync.preview import Preview
from stagedoor.sync.preview import preview as find_preview
from stagedoor.sync.session import load_document, open_session


@click.group()
def mapping() -> None:
    """Check, preview and propose the mapping document."""


@mapping.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--offline", is_flag=True, help="Leave the portal out.")
def check(file: Path | None, *, offline: bool) -> None:
    """Check a mapping against the platform's columns and the portal's properties.

    FILE is the setting `mapping` where none is given. Prints every problem with its place and
    remedy. Exits with 0 when there is none (a note is none), with 2 otherwise.
    """
    settings = load_settings({"mapping": file} if file else None)
    plugins = load_plugins(settings.plugins)
    with nullcontext() if offline else open_portal(settings) as portal:
        draft = find_problems(settings, plugins, portal)
    for problem in draft.problems:
        click.echo(("note: " if problem.is_note else "") + draft.tell(problem))
    wrong = sum(not problem.is_note for problem in draft.problems)
    if wrong or draft.document is None:
        click.echo(f"{wrong} problem{'s' * (wrong != 1)}")
        sys.exit(Misconfigured.exit_code)
    objects = draft.document.objects.items()
    sizes = ", ".join(f"{name} {len(entry.properties)}" for name, entry in objects)
    against = "the platform" if offline else "platform and portal"
    click.echo(f"{draft.name} fits {against}. Properties: {sizes}")


@mapping.command()
@click.option("--email", help="Address of a person.")
@click.option("--key", help="Key of an object, such as order:17.")
@click.option("--object-type", help="Entry of the mapping; without it, all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def preview(*, email: str | None, key: str | None, object_type: str | None, as_json: bool) -> None:
    """Print one object's way: source value, result, value now in HubSpot, action.

    Changes nothing. Name the object by --email or --key.
    """
    if (email is None) == (key is None):
        raise click.UsageError("Give either --email or --key.")
    settings = load_settings({"dry_run": True})
    with open_session(settings, purpose="preview") as session, open_portal(settings) as portal:
        found = find_preview(session, portal, email=email, key=key, object_type=object_type)
    if not found:
        raise Misconfigured(
            f"Nothing on the platform becomes an object with {email or key!r}. Look at the keys "
            "with `stagedoor plan`, or run the tap first."
        )
    for shown in found:
        if as_json:
            click.echo(json.dumps(_as_json(shown), ensure_ascii=False, default=str))
        else:
            _print(shown)


def _print(shown: Preview) -> None:
    linked = f"HubSpot {shown.hubspot_id}" if shown.hubspot_id else "not in HubSpot"
    click.echo(f"{shown.ref} ({linked}): {shown.action}")
    rows = [
        (p.name, _cell(p.source), _cell(p.result), _cell(p.held), p.action)
        for p in shown.properties
    ]
    print_table(("property", "source", "result", "in HubSpot", "action"), rows)


def _cell(value: object) -> str:
    return "-" if value is None else str(value)


def _as_json(shown: Preview) -> dict[str, object]:
    return {
        "object_type": shown.ref.object_type,
        "key": shown.ref.key,
        "hubspot_id": shown.hubspot_id,
        "action": shown.action,
        "properties": {
            p.name: {"source": p.source, "result": p.result, "held": p.held, "action": p.action}
            for p in shown.properties
        },
    }


@mapping.command()
@click.option("--stream", "wanted", multiple=True, help="Only this stream; may be repeated.")
def init(wanted: tuple[str, ...]) -> None:
    """Print a proposal: what the shipped mapping leaves out, and streams of other taps.

    Streams of other taps are known once their tap has run into target-hubspot.
    """
    settings = load_settings()
    plugins = load_plugins(settings.plugins)
    document = load_document(settings, plugins)
    streams = [
        stream
        for stream in read_streams(settings)
        if (stream.name in wanted if wanted else not is_read(stream.name, document, plugins))
    ]
    if missing := set(wanted) - {stream.name for stream in streams}:
        raise Misconfigured(
            f"The replica has no stream {', '.join(sorted(missing))} of another tap. Run its tap "
            "into target-hubspot first."
        )
    unread = {} if wanted else unread_columns(document, plugins)
    text = propose(streams, unread)
    assemble(plugins.object_types, plugins.calculators, text, "the proposal")
    click.echo(text, nl=False)


@mapping.command()
def schema() -> None:
    """Print the JSON Schema of mapping documents, for editors."""
    click.echo(json.dumps(editor_schema(), indent=2, ensure_ascii=False))
