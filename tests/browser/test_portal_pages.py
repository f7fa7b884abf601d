"""The portal's pages, as a salesperson meets them: by mouse, by keyboard, by day and by night."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import shot
from support.project import Portal

D = "2026-09"


@pytest.fixture(scope="module", autouse=True)
def filled(portal: Portal) -> dict[str, str]:
    """A small CRM; the ids of its records by name."""
    headers = {"Authorization": f"Bearer {portal.sandbox.token}"}
    with httpx.Client(base_url=portal.sandbox.url, headers=headers, timeout=30) as api:
        return _fill(api)


def _fill(api: httpx.Client) -> dict[str, str]:
    def made(kind: str, **properties: str) -> str:
        answer = api.post(f"/crm/objects/{D}/{kind}", json={"properties": properties})
        return str(answer.raise_for_status().json()["id"])

    ids = {
        "Ștefan": made(
            "contacts", firstname="Ștefan", lastname="Pop", email="stefan@example.com", city="Cluj"
        ),
        "Ana": made("contacts", firstname="Ana", lastname="<b>Ionescu</b>", city="Iași"),
        "Acme": made("companies", name="Acme", domain="acme.example"),
        "Gala": made(
            "deals", dealname="Gala tables", dealstage="closedwon", pipeline="default", amount="900"
        ),
        "Ball": made("deals", dealname="Ball", dealstage="qualifiedtobuy", pipeline="default"),
        "Help": made("tickets", subject="Lost ticket", hs_pipeline="0", hs_pipeline_stage="1"),
    }
    contact = ids["Ștefan"]
    for kind, name in (("companies", "Acme"), ("deals", "Gala"), ("tickets", "Help")):
        path = f"/crm/objects/{D}/contacts/{contact}/associations/default/{kind}/{ids[name]}"
        api.put(path).raise_for_status()
    event = {
        "externalAccountId": "shop",
        "externalEventId": "gala",
        "eventName": "Winter gala",
        "eventOrganizer": "Opera",
    }
    base = f"/marketing/marketing-events/{D}"
    api.post(f"{base}/events", json=event).raise_for_status()
    person = {"email": "stefan@example.com", "interactionDateTime": 1_795_000_000_000}
    path = f"{base}/attendance/gala/attend/email-create?externalAccountId=shop"
    api.post(path, json={"inputs": [person]}).raise_for_status()
    given = {"name": "VIPs", "objectTypeId": "0-1", "processingType": "MANUAL"}
    number = api.post(f"/crm/lists/{D}", json=given).json()["list"]["listId"]
    api.put(f"/crm/lists/{D}/{number}/memberships/add", json=[contact]).raise_for_status()
    return ids


def test_a_person_finds_a_contact_and_reads_its_timeline(page: Page) -> None:
    page.goto("/")
    shot(page, "home")
    page.get_by_role("searchbox", name="Find a name or e-mail").fill("stefan")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ștefan Pop").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ștefan Pop")
    timeline = page.get_by_role("list").filter(has_text="Attended")
    expect(timeline).to_contain_text("Winter gala")
    expect(timeline).to_contain_text("set to “Cluj”")
    for name in ("Acme", "Gala tables", "Lost ticket"):
        expect(page.get_by_role("link", name=name)).to_be_visible()
    shot(page, "contact")


def test_records_are_filtered_by_any_property(page: Page) -> None:
    page.goto("/records/contacts")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_label("Property").select_option("city")
    page.get_by_label("Condition").select_option("EQ")
    page.get_by_label("Value").fill("cluj")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("rowheader", name="Ștefan Pop")).to_be_visible()
    shot(page, "contacts-filtered")
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_role("row")).to_have_count(3)


def test_a_filter_that_makes_no_sense_is_explained(page: Page) -> None:
    page.goto("/records/companies?property=numberofemployees&operator=GT&value=many")
    expect(page.get_by_role("alert")).to_contain_text("many is not a number")


def test_a_pipeline_is_a_board(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Deals board").click()
    won = page.get_by_role("region", name=re.compile("Closed won"))
    expect(won).to_contain_text("Gala tables")
    expect(won).to_contain_text("900")
    expect(page.get_by_role("region", name=re.compile("Qualified to buy"))).to_contain_text("Ball")
    shot(page, "board")
    won.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gala tables")


def test_lists_show_their_members(page: Page) -> None:
    page.goto("/lists")
    page.get_by_role("link", name="VIPs").click()
    expect(page.get_by_role("link", name="Ștefan Pop")).to_be_visible()
    shot(page, "list")


def test_calls_and_deliveries_are_shown_with_their_answers(page: Page, portal: Portal) -> None:
    portal.post(f"/crm/objects/{D}/contacts", {"properties": {"nonsense": "1"}})
    page.goto("/calls")
    row = page.get_by_role("row").filter(has_text="POST objects/{type}").first
    expect(row).to_contain_text("400")
    shot(page, "calls")
    page.goto("/webhooks")
    expect(page.get_by_role("heading", name="Webhooks")).to_be_visible()


def test_what_records_hold_is_text_and_nothing_else(page: Page) -> None:
    page.goto("/?q=ionescu")
    expect(page.get_by_role("link", name="<b>Ionescu</b>")).to_be_visible()


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    reached = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(str(page.evaluate("document.activeElement.textContent.trim()")))
    assert {"Contacts", "Deals board", "Lists", "Webhooks", "API calls"} <= reached


CONTRAST = """() => {
  const light = c => {
    const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(v => {
      const s = v / 255; return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!c.endsWith(', 0)')) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint = [];
  for (const e of document.querySelectorAll('main *, header *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(back(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(e.className + ' ' + e.textContent.trim() + ' ' + ratio.toFixed(1));
  }
  return faint;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/records/contacts", "/pipelines/deals", "/lists", "/calls"])
def test_text_stands_out_by_day_and_by_night(
    browser: Browser, portal: Portal, scheme: Any, path: str
) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 at least."""
    context = browser.new_context(base_url=portal.sandbox.url, color_scheme=scheme)
    page = context.new_page()
    page.goto(path)
    assert page.evaluate(CONTRAST) == []
    if path == "/pipelines/deals":
        shot(page, f"board-{scheme}")
    context.close()


@pytest.mark.parametrize("path", ["/", "/records/contacts", "/pipelines/deals", "/webhooks"])
def test_a_phone_shows_it_without_sideways_scrolling(
    browser: Browser, portal: Portal, path: str
) -> None:
    context = browser.new_context(
        base_url=portal.sandbox.url, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(path)
    width = page.evaluate("document.documentElement.scrollWidth")
    shot(page, f"phone{path.replace('/', '-')}")
    context.close()
    assert width <= 390


def test_a_person_connects_an_app(page: Page, portal: Portal) -> None:
    asked = (
        "/oauth/authorize?client_id=sandbox-app&scope=oauth%20crm.objects.contacts.read"
        f"&redirect_uri={portal.sandbox.url}/lists&state=s1"
    )
    page.goto(asked)
    expect(page.get_by_role("heading", name="Connect Sandbox app")).to_be_visible()
    expect(page.get_by_text("crm.objects.contacts.read")).to_be_visible()
    shot(page, "consent")
    page.get_by_role("button", name="Connect app").click()
    expect(page).to_have_url(re.compile(r"/lists\?state=s1&code=\w+"))
