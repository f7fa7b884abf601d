"""`docs/hooks.md` has every hook, and its examples run."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType

import click
import pytest
from click.testing import CliRunner

import stagedoor
from stagedoor import hookspecs
from stagedoor.config import HubSpotSettings
from stagedoor.engine.audience import ListPhase
from stagedoor.engine.merge import Version, merge, writes
from stagedoor.engine.observing import Observers
from stagedoor.engine.resolving import Resolvers
from stagedoor.mapping.loader import assemble
from stagedoor.model import ObjectRef, Outcome, Owner, Side, Status
from stagedoor.plugins import Plugins, load_plugins
from stagedoor.streams import STREAMS
from stagedoor.sync import outbound
from stagedoor.sync.absorption import StreamAbsorber
from stagedoor.sync.session import Session, open_session
from tap_platform.tap import TapPlatform

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hooks.md"
SECTIONS = {
    heading.partition("(")[0]: (heading, body)
    for heading, body in re.findall(
        r"^## (\w+\(.*?\))\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
}
HOOKS: dict[str, FunctionType] = {
    name: hook
    for name, hook in inspect.getmembers(hookspecs, inspect.isfunction)
    if hasattr(hook, "stagedoor_spec")
}

Example = Callable[[str], Path]


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """Writes the example of one hook to a file, as a reader would."""

    def write(hook: str) -> Path:
        (code,) = re.findall(r"^```python\n(.*?)^```", SECTIONS[hook][1], re.DOTALL | re.MULTILINE)
        path = tmp_path / f"example_of_{hook}.py"
        path.write_text(code, encoding="utf-8")
        return path

    return write


def absorb(session: Session, stream: str, rows: Sequence[Mapping[str, object]]) -> None:
    spec = STREAMS[stream]
    bury = session.letters.bury
    keys, transforms = [spec.key], session.transforms
    StreamAbsorber(
        session.replica, bury, stream, spec.json_schema(), keys, transforms
    ).absorb_records(rows)


def planned(path: Path, folder: Path, object_type: str, key: str) -> dict[str, str | None]:
    """Return what a plan with this plugin would write for one object."""
    settings = HubSpotSettings(state_dir=folder / "state", plugins=[str(path)])
    at = {"updated_at": "2026-01-01T00:00:00Z"}
    with open_session(settings, purpose="test") as session:
        for stream in STREAMS:
            absorb(session, stream, [])
        absorb(session, "customers", [{"customer_id": "1", "email": "ana@example.com", **at}])
        order = {"order_id": "1", "customer_id": "1", "status": "cancelled", **at}
        absorb(session, "orders", [order])
        absorb(session, "events", [{"event_id": "1", "venue": "Ateneu", "name": "Gala", **at}])
        ticket = {"order_ticket_id": "1", "order_id": "1", "event_id": "1", **at}
        absorb(session, "order_tickets", [ticket])
        changes = [
            change for phase in outbound.plan(session).plan.objects for change in phase.changes()
        ]
    (change,) = [c for c in changes if (c.ref.object_type, c.ref.key) == (object_type, key)]
    return dict(change.after)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_a_heading_with_its_signature(hook: str) -> None:
    parameters = ", ".join(inspect.signature(HOOKS[hook]).parameters)
    assert SECTIONS[hook][0] == f"{hook}({parameters})"


def test_every_heading_is_a_hook() -> None:
    assert set(SECTIONS) == set(HOOKS)


def test_the_page_opens_each_hook_with_its_docstring() -> None:
    first_lines = {name: (hook.__doc__ or "").partition("\n")[0] for name, hook in HOOKS.items()}
    told = {name: body.strip().partition("\n")[0] for name, (_, body) in SECTIONS.items()}
    assert {
        n: told[n].startswith(line.split(";")[0].rstrip(".")) for n, line in first_lines.items()
    } == dict.fromkeys(HOOKS, True)


def test_each_hook_has_an_example_of_about_ten_lines() -> None:
    for name, (_, body) in SECTIONS.items():
        (code,) = re.findall(r"^```python\n(.*?)^```", body, re.DOTALL | re.MULTILINE)
        assert 8 <= len(code.splitlines()) <= 50, name


def test_the_page_names_everything_that_stagedoor_exports() -> None:
    text = PAGE.read_text("utf-8")
    assert [name for name in stagedoor.__all__ if f"`{name}`" not in text] == []


def test_calculators_of_the_example_reach_the_plan(example: Example, tmp_path: Path) -> None:
    after = planned(example("register_calculators"), tmp_path, "contacts", "customer:1")
    assert (after["cancelled_orders"], after["home_venue"]) == ("1", "Ateneu")


def test_the_object_type_of_the_example_reaches_the_plan(example: Example, tmp_path: Path) -> None:
    after = planned(example("register_object_types"), tmp_path, "p_venues", "venue:ateneu")
    assert after == {"stagedoor_id": "venue:ateneu", "name": "Ateneu", "events": "1"}


def loaded(path: Path) -> Plugins:
    return load_plugins([str(path)])


def test_the_codec_of_the_example_encodes(example: Example) -> None:
    iban = loaded(example("register_codecs")).codecs["iban"]
    assert iban.encode("ro49 aaaa 1b31") == "RO49AAAA1B31"


def test_the_codec_of_the_example_refuses_in_words(example: Example) -> None:
    iban = loaded(example("register_codecs")).codecs["iban"]
    with pytest.raises(ValueError, match="is not an IBAN"):
        iban.encode("49")


def test_the_rule_of_the_example_makes_a_list_per_channel(example: Example, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yml"
    mapping.write_text("lists: {c: {name: 'By {channel}', rule: bought_at, for_each: channel}}")
    plugin = str(example("register_list_rules"))
    settings = HubSpotSettings(state_dir=tmp_path / "state", plugins=[plugin], mapping=mapping)
    at = {"updated_at": "2026-01-01T00:00:00Z"}
    with open_session(settings, purpose="test") as session:
        for stream in STREAMS:
            absorb(session, stream, [])
        absorb(session, "customers", [{"customer_id": "1", "email": "ana@example.com", **at}])
        order = {"order_id": "1", "customer_id": "1", "status": "paid", "sales_channel": "web"}
        absorb(session, "orders", [{**order, **at}])
        lists = [p for p in outbound.plan(session).plan.audience if isinstance(p, ListPhase)]
        assert [(p.wanted.name, p.add, [*p.planned()]) for p in lists] == [
            ("By web", 1, [(False, "customer:1")])
        ]


def test_the_bundle_of_the_example_can_be_extended(example: Example) -> None:
    plugins = loaded(example("register_bundles"))
    document = assemble(
        plugins.object_types,
        plugins.calculators,
        "extends: season",
        rules=plugins.list_rules,
        bundles=plugins.bundles,
    )
    assert document.lists["season_26"].name == "Season 2026/27"


def test_the_platform_source_of_the_example_is_read_by_the_tap(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = str(example("register_platform_sources"))
    TapPlatform(config={"source": "guest_list", "plugins": [plugin]}).sync_all()
    assert "ana@example.com" in capsys.readouterr().out


def test_the_example_transforms_records_on_their_way_to_the_replica(
    example: Example, tmp_path: Path
) -> None:
    plugins = [str(example("transform_records"))]
    settings = HubSpotSettings(state_dir=tmp_path / "state", plugins=plugins)
    at = {"updated_at": "2026-01-01T00:00:00Z"}
    with open_session(settings, purpose="test") as session:
        absorb(session, "customers", [{"customer_id": "1", "city": " CLUJ ", **at}])
        orders = [("1", "web"), ("2", "test")]
        absorb(session, "orders", [{"order_id": o, "sales_channel": c, **at} for o, c in orders])
        cities = session.database.rows("SELECT city FROM replica.customers")
        channels = session.database.rows("SELECT sales_channel FROM replica.orders")
    assert (cities, channels) == ([("Cluj",)], [("web",)])


def test_the_merge_asks_the_example_about_a_conflict(example: Example) -> None:
    path = example("resolve_conflict")
    resolve = Resolvers(loaded(path).callers("resolve_conflict"))
    ours, theirs = Version({"phone": "0722 1"}, {}), Version({"phone": "+40 722 1"}, {})
    ref = ObjectRef("contacts", "customer:1")
    (decision,) = merge(ref, {}, ours, theirs, {"phone": Owner.MANUAL}, resolve)
    assert writes([decision], Side.PLATFORM) == {"phone": "+40 722 1"}
    assert (decision.by, decision.reason) == (str(path), "it has a country code")


def test_the_example_is_told_what_became_of_objects(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    observers = Observers(loaded(example("after_settle")).callers("after_settle"))
    ref = ObjectRef("contacts", "customer:1")
    observers.tell([Outcome(ref, Status.CREATED), Outcome(ref, Status.CREATED)])
    assert (tmp_path / "tally.txt").read_text("utf-8") == "contacts created: 2\n"


def test_the_command_of_the_example_runs(example: Example) -> None:
    cli = click.Group()
    loaded(example("register_commands")).add_commands(cli)
    assert CliRunner().invoke(cli, ["loyalty"]).output == "very\n"
