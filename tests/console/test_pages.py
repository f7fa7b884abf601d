"""What the pages show and do, and that whatever records hold is text and nothing else."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from contextlib import closing

import pytest

from stagedoor.arrivals import Arrival
from stagedoor.config import HubSpotSettings
from stagedoor.store import open_store
from support.console import Person, refuse_customers
from support.project import Portal
from support.service import Service

EVIL = "<script>alert('é')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;é&#39;)&lt;/script&gt;"
WRONG = "objects:\n  contacts:\n    properties:\n      city: {from: nonsense}\n"
OTHER = "objects:\n  contacts:\n    properties:\n      city: {from: country}\n"


@pytest.fixture(scope="module", autouse=True)
def refused(service: Service) -> None:
    refuse_customers(service, EVIL, "=1+1")


def letter_of(administrator: Person, key: str) -> int:
    page = administrator.get("/problems/of?code=INVALID_RECORD").text
    found = re.search(rf'href="/problems/(\d+)">customers {re.escape(key)}', page)
    assert found is not None
    return int(found[1])


def test_a_key_with_a_script_in_it_is_shown_as_text(administrator: Person) -> None:
    number = letter_of(administrator, ESCAPED)
    for path in ("/problems/of?code=INVALID_RECORD", f"/problems/{number}"):
        page = administrator.get(path).text
        assert (EVIL in page, ESCAPED in page) == (False, True)


@pytest.mark.parametrize(
    "path", ["/records?q={}", "/sign-in?next=/{}", "/problems/of?code={}", "/webhooks?status={}"]
)
def test_what_an_address_says_is_shown_as_text(administrator: Person, path: str) -> None:
    assert EVIL not in administrator.get(path.format(EVIL)).text


def test_what_a_document_says_is_shown_as_text(administrator: Person) -> None:
    for path in ("/mapping/check", "/mapping", "/mapping/preview"):
        answer = administrator.post(path, text=f"{EVIL}: {EVIL}", note=EVIL, sought=EVIL)
        assert (EVIL in answer.text, ESCAPED in answer.text) == (False, True)


def test_no_page_lets_foreign_scripts_run(administrator: Person) -> None:
    policy = administrator.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_problems_are_taken_along_as_a_table(administrator: Person) -> None:
    text = administrator.get("/problems/export.csv?code=INVALID_RECORD").text
    keys = {row["key"] for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert keys >= {EVIL, "'=1+1"}


def test_a_letter_is_replayed_as_a_run(administrator: Person) -> None:
    number = letter_of(administrator, ESCAPED)
    assert administrator.post("/problems/replay", id=str(number)).url.path.startswith("/runs/")


def test_mistakes_of_a_document_are_told_with_line_and_column(administrator: Person) -> None:
    part = administrator.post("/mapping/check", partial=True, text=WRONG).text
    assert "<html" not in part
    assert 'data-line="4"' in part
    assert "no column &#39;nonsense&#39;" in part


def test_a_document_with_mistakes_is_not_saved_and_not_lost(administrator: Person) -> None:
    broken = "objects: {contacts: {properties: {city: {fro: x}}}}"
    answer = administrator.post("/mapping", text=broken, replaces="0")
    assert (answer.status_code, "MAPPING_INVALID" in answer.text) == (422, True)
    assert "city: {fro: x}" in answer.text


def test_a_preview_shows_both_sides(service: Service, administrator: Person) -> None:
    part = administrator.post("/mapping/preview", partial=True, text=OTHER, sought="customer:1")
    row = next(r for r in part.text.split("<tr") if "<code>city</code>" in r)
    platform, becomes, held = re.findall(r"<td>(.*?)</td>", row)
    assert platform == becomes != held


def test_the_size_of_a_backfill_is_planned(service: Service, administrator: Person) -> None:
    run = administrator.post("/mapping/backfill", text=OTHER).url.path
    service.followed(run.removeprefix("/runs/"))
    page = administrator.get(run).text
    assert re.search(r"<dt>contacts update</dt><dd>\d+</dd>", page)


def test_a_document_is_saved_and_rolled_back(administrator: Person) -> None:
    saved = administrator.post("/mapping", text="{}", note=EVIL, replaces="0").text
    assert ("Saved. The next run follows it." in saved, EVIL in saved) == (True, False)
    again = administrator.post("/mapping", text="{}\n", replaces="0")
    assert (again.status_code, "MAPPING_MOVED" in again.text) == (409, True)
    assert administrator.post("/mapping/rollback", version="1").url.params["done"] == "rolled-back"


@pytest.mark.parametrize("query", ["customer:1", "nobody@example.com", "", "1"])
def test_records_are_searched(administrator: Person, query: str) -> None:
    page = administrator.get("/records", params={"q": query})
    found = "<code>customer:1</code>" in page.text
    assert (page.status_code, found) == (200, query == "customer:1")


def test_an_order_is_found_by_its_number_and_by_its_id(
    service: Service, administrator: Person
) -> None:
    with closing(sqlite3.connect(service.project.sample)) as sample:
        query = "SELECT order_id, order_number FROM orders WHERE status = 'paid' LIMIT 1"
        names = sample.execute(query).fetchone()
    for name in names:
        page = administrator.get("/records", params={"q": name}).text
        assert f"<code>order:{names[0]}</code>" in page


def test_a_record_is_found_by_its_hubspot_id(administrator: Person) -> None:
    page = administrator.get("/records", params={"q": "customer:1"}).text
    hubspot_id = re.search(r"HubSpot (\d+)", page)
    assert hubspot_id is not None
    assert "<code>customer:1</code>" in administrator.get(f"/records?q={hubspot_id[1]}").text


def test_a_record_is_sent_at_once(service: Service, administrator: Person) -> None:
    answer = administrator.post("/records/sync", object_type="contacts", key="customer:1")
    assert service.followed(answer.url.path.removeprefix("/runs/"))["status"] == "done"


def test_what_hubspot_lacks_is_shown_and_made(hubspot: Portal, administrator: Person) -> None:
    hubspot.delete("/crm/properties/2026-09/contacts/preferred_language")
    lacking = administrator.get("/schema").text
    made = administrator.post("/schema").text
    named = "<code>preferred_language</code>"
    assert (named in lacking, named in made) == (True, False)
    assert "HubSpot has all that the mapping writes." in made


PLAIN = ["/", "/runs", "/schema", "/conflicts", "/webhooks", "/settings", "/debug"]


@pytest.mark.parametrize("path", PLAIN)
def test_pages_answer_in_both_languages(service: Service, path: str) -> None:
    for language in ("en", "ro"):
        person = Person(service, language)
        person.sign_in(service.key)
        assert person.get(path).status_code == 200


def test_a_person_follows_an_event_once_more(service: Service, administrator: Person) -> None:
    store = open_store(HubSpotSettings(state_dir=service.project.path / ".stagedoor"))
    inbox = store.inbox("test")
    inbox.put([Arrival("elsewhere", "once-more", "changed", "orders", "17", "2026-01-31", "{}")])
    inbox.take("token", 1, source="elsewhere")
    inbox.confirm("token")
    (entry,) = inbox.history(1, source="elsewhere")
    assert "Once more" in administrator.get("/webhooks").text
    page = administrator.post("/webhooks/retry", id=str(entry.id))
    assert "The event is followed once more." in page.text
    (entry,) = inbox.history(1, source="elsewhere")
    store.close()
    assert entry.status == "waiting"
    assert administrator.post("/webhooks/retry", id="x").status_code == 404
