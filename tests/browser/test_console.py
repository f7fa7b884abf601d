"""The console, as an administrator meets it: from connecting to disconnecting, in one sitting."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser.conftest import SIZE, shot
from stagedoor.hubspot.signatures import v3
from support.both_sides import BothSides
from support.project import Portal
from support.service import Service, project_for, running_service

MAPPING = """objects:
  contacts:
    properties:
      city: {inbound: true, owner: manual}
      seat_class: {from: job_title}
"""
SEATS = {
    "name": "seat_class",
    "label": "Seat class",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "contactinformation",
    "options": [{"value": "stalls", "label": "Stalls", "displayOrder": 0, "hidden": False}],
}
PROPERTIES = "/crm/properties/2026-09/contacts"


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory, portal: Portal) -> BothSides:
    """A platform with two customers, and a portal with a custom field; nothing is mapped yet."""
    project = project_for(tmp_path_factory.mktemp("console") / "project", portal)
    both = BothSides.made(project, portal, MAPPING)
    del project.settings["TARGET_HUBSPOT_MAPPING"]
    both.add(1, first_name="Ana", city="Iași", job_title="stalls")
    both.add(2, first_name="Dan", city="Cluj", job_title="balcony")
    portal.post(PROPERTIES, SEATS).raise_for_status()
    return both


@pytest.fixture(scope="module")
def service(sides: BothSides) -> Iterator[Service]:
    with running_service(sides.project) as running:
        yield running


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """A page of the console; what its browser complains of fails the test."""
    context = browser.new_context(base_url=service.url, viewport=SIZE, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def look(page: Page, name: str) -> None:
    """Keep a picture of the page, and let axe-core judge it."""
    shot(page, name)
    assert violations(page, name) == []


def violations(page: Page, path: str) -> list[str]:
    """Return what https://github.com/dequelabs/axe-core finds: labels, landmarks, contrast …"""
    told = Axe().run(page).response["violations"]
    return [f"{path}: {v['id']}: {v['nodes'][0]['html']}" for v in told]


def sign_in(page: Page, service: Service) -> None:
    page.goto("/")
    page.get_by_label("API key").fill(service.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Overview")


def follow(page: Page) -> None:
    """Look at a run until it has ended."""
    expect(page).to_have_url(re.compile(r"/runs/\w+-\w+"))
    expect(page.get_by_role("status")).to_have_text("done", timeout=120_000)


def connect(page: Page) -> None:
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Connect HubSpot").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("CONSENT_REFUSED")
    page.get_by_role("button", name="Connect HubSpot").click()
    page.get_by_role("button", name="Connect app").click()
    expect(page.get_by_text("Connected with HubSpot.")).to_be_visible()
    expect(page.get_by_text("valid", exact=True)).to_be_visible()
    look(page, "console-connected")


def map_a_custom_field(page: Page) -> None:
    page.get_by_role("link", name="Mapping", exact=True).click()
    document = page.get_by_label("Document (YAML)")
    document.fill(MAPPING.replace("job_title", "job_titel"))
    mistake = page.get_by_role("listitem").filter(has_text="no column 'job_titel'")
    expect(mistake).to_be_visible()
    mistake.get_by_role("link", name=re.compile(r"line 5, column \d+")).click()
    expect(document).to_be_focused()
    document.fill(MAPPING)
    page.get_by_label("E-mail address, or key").fill("p1@example.com")
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has_text="seat_class")
    expect(row).to_contain_text("stalls")
    look(page, "console-preview")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. The next run follows it.")).to_be_visible()


def read_the_platform(page: Page) -> None:
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("button", name="Only plan").click()
    follow(page)
    page.get_by_text("Every change").click()
    expect(page.get_by_role("main")).to_contain_text("create  contacts")
    look(page, "console-plan")


def run_everything(page: Page) -> None:
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("button", name="Start").click()
    follow(page)
    expect(page.get_by_role("row").filter(has_text="Contacts")).to_be_visible()
    look(page, "console-run")


def mend_what_failed(page: Page, portal: Portal) -> None:
    page.get_by_role("link", name="Problems", exact=True).click()
    look(page, "console-problems")
    page.get_by_role("heading", level=2).get_by_role("link").first.click()
    page.get_by_role("link", name="contacts customer:2").click()
    expect(page.get_by_role("main")).to_contain_text("balcony")
    look(page, "console-letter")
    more = {"value": "balcony", "label": "Balcony", "displayOrder": 1, "hidden": False}
    changed = {"options": [*SEATS["options"], more]}
    headers = {"Authorization": f"Bearer {portal.sandbox.token}"}
    url = f"{portal.sandbox.url}{PROPERTIES}/seat_class"
    httpx.patch(url, json=changed, headers=headers, timeout=60).raise_for_status()
    page.get_by_role("button", name="Replay").click()
    follow(page)
    page.get_by_role("link", name="Problems", exact=True).click()
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()


def look_a_record_up(page: Page) -> None:
    page.get_by_role("link", name="Records", exact=True).click()
    page.get_by_role("searchbox").fill("P2@example.com")
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has_text="seat_class")
    expect(row).to_contain_text("balcony")
    look(page, "console-record")
    row.get_by_role("link", name="Why? seat_class").click()
    expect(page.get_by_role("main")).to_contain_text("from: job_title")
    look(page, "console-why")


def decide_a_conflict(page: Page, sides: BothSides) -> None:
    sides.change(1, city="Bacău")
    number = sides.edit(1, city="Brașov")
    sides.project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    sides.outbound()
    del sides.project.settings["TARGET_HUBSPOT_PUSH"]
    sides.inbound(number)
    page.get_by_role("link", name="Conflicts", exact=True).click()
    card = page.get_by_role("main")
    for value in ("Iași", "Bacău", "Brașov"):
        expect(card).to_contain_text(value)
    look(page, "console-conflict")
    page.get_by_role("button", name="HubSpot's for both").click()
    expect(page.get_by_text("Decided. The platform has the value")).to_be_visible()
    assert sides.row(1)["city"] == "Brașov"


def change_ones_mind(page: Page, sides: BothSides, service: Service) -> None:
    settle(service)
    page.get_by_role("button", name="Undo city customer:1").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert sides.row(1)["city"] == "Bacău"
    page.get_by_label("and always from now on").check()
    page.get_by_role("button", name="The platform's for both").click()
    expect(page.get_by_text("Decided. The platform has the value")).to_be_visible()
    settle(service)
    assert sides.held(1)["city"] == "Bacău"
    page.get_by_role("link", name="Mapping", exact=True).click()
    expect(page.get_by_label("Document (YAML)")).to_have_value(re.compile("owner: platform"))


def settle(service: Service) -> None:
    """Wait until no run waits or goes on."""
    for run in service.get("sync/runs")["runs"]:
        service.followed(run["run_id"])


def read_webhooks(page: Page, service: Service, portal: Portal) -> None:
    path = "/api/webhooks/hubspot"
    event = {
        "eventId": 1,
        "subscriptionId": 7,
        "portalId": portal.sandbox.portal_id,
        "occurredAt": int(time.time() * 1_000),
        "subscriptionType": "contact.creation",
        "attemptNumber": 0,
        "objectId": 4711,
    }
    deliver(service, path, event)
    page.get_by_role("link", name="Webhooks", exact=True).click()
    row = page.get_by_role("row").filter(has_text="4711")
    expect(row).to_contain_text("HubSpot")
    row.get_by_text("Show").click()
    look(page, "console-webhooks")


def deliver(service: Service, path: str, event: dict[str, Any]) -> None:
    body, now = json.dumps([event]).encode(), str(int(time.time() * 1_000))
    signature = v3("sandbox-secret", "POST", service.url + path, body, now)
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": now}
    httpx.post(service.url + path, content=body, headers=headers, timeout=30).raise_for_status()


def disconnect(page: Page) -> None:
    page.get_by_role("link", name="Settings").click()
    page.get_by_text("Disconnect …").click()
    page.get_by_role("button", name="Disconnect", exact=True).click()
    expect(page.get_by_text("Disconnected.")).to_be_visible()
    expect(page.get_by_text("Not connected")).to_be_visible()


def test_an_administrator_goes_all_the_way(
    page: Page, service: Service, sides: BothSides, portal: Portal
) -> None:
    sign_in(page, service)
    look(page, "console-first")
    connect(page)
    read_the_platform(page)
    map_a_custom_field(page)
    run_everything(page)
    mend_what_failed(page, portal)
    look_a_record_up(page)
    decide_a_conflict(page, sides)
    change_ones_mind(page, sides, service)
    read_webhooks(page, service, portal)
    page.goto("/")
    look(page, "console-overview")
    disconnect(page)


PAGES = ["/", "/runs", "/problems", "/conflicts", "/records", "/mapping", "/webhooks", "/settings"]
PAGES += ["/debug"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, service: Service, scheme: Any) -> None:
    context = browser.new_context(base_url=service.url, color_scheme=scheme)
    page = context.new_page()
    page.goto("/")
    found = violations(page, "/sign-in")
    sign_in(page, service)
    for path in PAGES:
        page.goto(path)
        found += violations(page, path)
        shot(page, f"console{path.replace('/', '-')}-{scheme}")
    context.close()
    assert found == []


@pytest.mark.parametrize("language", ["en", "ro"])
def test_a_small_phone_shows_it_without_sideways_scrolling(
    browser: Browser, service: Service, language: str
) -> None:
    size: ViewportSize = {"width": 360, "height": 740}
    context = browser.new_context(base_url=service.url, viewport=size, locale=language)
    page = context.new_page()
    page.goto("/")
    page.locator("[name=key]").fill(service.key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    wide = []
    for path in PAGES:
        page.goto(path)
        shot(page, f"console-phone{path.replace('/', '-')}-{language}")
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(path)
    context.close()
    assert wide == []


def test_the_keyboard_reaches_the_content_at_once(page: Page, service: Service) -> None:
    sign_in(page, service)
    page.goto("/runs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("What")).to_be_focused()


def test_without_scripts_a_document_is_checked_all_the_same(
    browser: Browser, service: Service
) -> None:
    context = browser.new_context(base_url=service.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, service)
    page.goto("/mapping")
    page.get_by_label("Document (YAML)").fill("objects: {contacts: {nonsense: 1}}")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("listitem").filter(has_text="nonsense")).to_be_visible()
    expect(page.get_by_label("Document (YAML)")).to_have_value(re.compile("nonsense"))
    context.close()
