"""Commands about plugins: plugins list, plugins show, plugins new."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from stagedoor.cli.tables import print_table
from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.plugins import load_plugins
from stagedoor.plugins.inventory import Description, choose, describe
from stagedoor.plugins.scaffold import new_package


@click.group()
def plugins() -> None:
    """Tell which plugins are active and what they register; make a new one."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def list_(*, as_json: bool) -> None:
    """List the plugins, in the order in which they are called."""
    found = _described()
    if as_json:
        for item in found:
            click.echo(json.dumps(asdict(item), ensure_ascii=False))
        return
    columns = ("plugin", "found by", "from", "registers and does")
    rows = [(item.plugin, item.found_by, item.origin, item.summary) for item in found]
    print_table(columns, rows)


@plugins.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def show(name: str, *, as_json: bool) -> None:
    """Show one plugin: where it is from, and everything that it registers."""
    item = choose(_described(), name)
    if as_json:
        click.echo(json.dumps(asdict(item), indent=2, ensure_ascii=False))
        return
    click.echo(f"plugin       {item.plugin}")
    click.echo(f"found by     {item.found_by}")
    click.echo(f"package      {f'{item.package} {item.version}' if item.package else '-'}")
    click.echo(f"module       {item.module}")
    click.echo(f"file         {item.file or '-'}")
    click.echo(f"environment  {item.environment}")
    click.echo(f"hooks        {', '.join(item.hooks) or '-'}")
    for index, what in enumerate(item.registers or ("-",)):
        click.echo(f"{'' if index else 'registers':<12} {what}")


def _described() -> list[Description]:
    return list(describe(load_plugins(load_settings().plugins), sys.prefix))


@plugins.command()
@click.argument("name")
@click.option(
    "--path",
    type=click.Path(path_type=Path),
    help="Folder to make; without it, one of the package's name in the current folder.",
)
def new(name: str, path: Path | None) -> None:
    """Make a package with one calculator, its test, and all that makes it installable."""
    package = new_package(name)
    folder = path or Path(package.distribution)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misconfigured(f"{folder} is there already, and is no empty folder. Give --path.")
    for file, text in package.files.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        click.echo(f"made  {target}")
    click.echo(f"Next: cd {folder} && pip install -e . && pytest")
