"""What Singer and Meltano may ask of the tap beside plain records, and how it gets in."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from stagedoor.arrivals import Arrival
from stagedoor.config import HubSpotSettings, PortalSettings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.authority import Authority
from stagedoor.store import open_store
from stagedoor.sync.portals import app_of
from support.consent import consent, make_app
from support.reading import Maker, Reader
from tap_hubspot.settings import load_tap_settings


def test_batches_go_to_files(maker: Maker, reader: Reader, tmp_path: Path) -> None:
    made = maker.contacts(120)
    batch = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": f"file://{tmp_path}", "prefix": "batch-"},
    }
    said = reader.run("contacts", batch_config=batch)
    lines = [
        line
        for path in sorted(tmp_path.glob("batch-*"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
    assert said.records == {}
    assert [json.loads(line)["id"] for line in lines] == made


def test_streams_may_be_mapped(maker: Maker, reader: Reader) -> None:
    maker.contacts(1)
    maps = {"contacts": {"__alias__": "people", "id": "id", "__else__": None}}
    said = reader.run("contacts", stream_maps=maps)
    assert said.of("people") == [{"id": said.ids("people")[0]}]
    assert said.of("contacts") == []


def test_a_deselected_field_does_not_come(maker: Maker, reader: Reader) -> None:
    maker.contacts(1)
    tap = reader.tap()
    catalog: dict[str, Any] = tap.catalog_dict
    tap.close()
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            chosen = stream["stream"] == "contacts" and entry["breadcrumb"] != [
                "properties",
                "created_at",
            ]
            entry["metadata"]["selected"] = chosen
    (record,) = reader.run("contacts", catalog=catalog).of("contacts")
    assert "created_at" not in record
    assert "updated_at" in record


def test_a_portal_connected_by_oauth_is_read_without_a_token(maker: Maker, reader: Reader) -> None:
    scopes = ("crm.objects.contacts.read",)
    app = make_app(maker.portal, scopes)
    settings = HubSpotSettings(
        portal="test",
        portal_url=maker.portal.sandbox.url,
        client_id=app.client_id,
        client_secret=app.client_secret,
        state_dir=reader.folder,
    )
    http = httpx.Client(base_url=maker.portal.sandbox.url, timeout=30)
    authority = Authority(http, app_of(settings), settings.api_version)
    grant = consent(maker.portal, app_of(settings), authority, scopes)
    store = open_store(settings)
    store.connections.put("test", grant)
    store.close()
    made = maker.contacts(3)
    maker.clock(advance=3_600)  # the token is over: it is renewed
    said = reader.run(
        "contacts",
        access_token=None,
        object_types=["contacts"],
        client_id=app.client_id,
        client_secret=app.client_secret.get_secret_value(),
    )
    assert said.ids("contacts") == made


def test_the_target_s_variables_serve_where_the_tap_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TARGET_HUBSPOT_PORTAL", "berlin")
    monkeypatch.setenv("TARGET_HUBSPOT_API_VERSION", "v3")
    monkeypatch.setenv("TAP_HUBSPOT_API_VERSION", "2026-03")
    settings = load_tap_settings({})
    assert (settings.portal, settings.api_version) == ("berlin", "2026-03")


def test_the_tap_s_own_variables_do_not_reach_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_HUBSPOT_PORTAL", "berlin")
    assert (HubSpotSettings().portal, PortalSettings().portal) == ("sandbox", "sandbox")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("modes", ["pull"]), ("modes", []), ("associations", ["contacts"]), ("look_back", -1)],
)
def test_a_wrong_setting_is_named(setting: str, value: Any) -> None:
    with pytest.raises(Misconfigured, match=f"tap-hubspot are wrong: `{setting}"):
        load_tap_settings({setting: value})


def test_hints_that_were_followed_are_forgotten_after_a_month(reader: Reader) -> None:
    store = open_store(HubSpotSettings(state_dir=reader.folder))
    long_ago = store.inbox("test", lambda: datetime.now(UTC) - timedelta(days=31))
    long_ago.put([Arrival("hubspot", "a", "change", "contacts", "1", "2026-01-01")])
    long_ago.take("old", 1)
    long_ago.confirm("old")
    reader.run("owners", modes=["webhook"])
    assert long_ago.counts() == {}
    store.close()
