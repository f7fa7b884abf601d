"""People are told by webhook and by mail when something turns bad, and when it is good again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from stagedoor_service.application import signing
from support.console import refuse_customers, signed_in
from support.project import running_portal
from support.receivers import Letterbox, Receiver, http_receiver, mail_receiver, until
from support.service import Service, connect, make_key, project_for, running_service

SECRET = "alerts-secret"


@dataclass
class Watched:
    """A service, and whom it tells."""

    service: Service
    receiver: Receiver
    box: Letterbox

    def told(self, condition: str) -> list[str]:
        """Return what the webhook was told of a condition, in order."""
        found = [json.loads(one.body) for one in self.receiver.told]
        return [one["status"] for one in found if one["condition"] == condition]

    def mailed(self, condition: str) -> list[str]:
        """Return the subjects of the mails about a condition."""
        subjects = [str(mail["Subject"]) for mail in self.box.mails]
        return [one for one in subjects if one.endswith(condition)]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    with (
        running_portal(folder / "portal.db") as portal,
        http_receiver() as receiver,
        mail_receiver() as box,
    ):
        project = project_for(folder / "project", portal)
        settings = {
            "STAGEDOOR_ALERT_WEBHOOK_URL": f"{receiver.url}/alerts",
            "STAGEDOOR_ALERT_WEBHOOK_SECRET": SECRET,
            "STAGEDOOR_SMTP_URL": f"smtp://127.0.0.1:{box.port}",
            "STAGEDOOR_ALERT_EMAILS": "ana@example.com ion@example.com",
            "STAGEDOOR_ALERT_DEAD_LETTERS": "1",
        }
        with running_service(project, settings=settings) as service:
            assert connect(service).status_code == 200
            assert service.run("sync/contacts")["status"] == "done"
            yield Watched(service, receiver, box)


def test_dead_letters_are_told_once_and_shown(watched: Watched) -> None:
    service = watched.service
    refuse_customers(service, "bad-alert")
    until(lambda: watched.told("dead_letters") == ["problem"], "nobody was told")
    until(lambda: len(watched.mailed("dead letters")) == 1, "nobody was mailed")
    (overview, page) = (signed_in(service, "read").get(path).text for path in ("/", "/settings"))
    assert "records could not be sent" in overview
    assert "records could not be sent" in page


def test_a_disconnected_portal_is_told_and_its_return_too(watched: Watched) -> None:
    service = watched.service
    assert service.call("DELETE", "connection").status_code == 204
    until(lambda: watched.told("connection") == ["problem"], "nobody was told")
    assert connect(service).status_code == 200
    until(lambda: watched.told("connection") == ["problem", "recovered"], "it did not recover")
    until(lambda: len(watched.mailed("connection")) == 2, "nobody was mailed")


def test_the_webhook_is_signed(watched: Watched) -> None:
    until(lambda: bool(watched.receiver.told), "nobody was told")
    one = watched.receiver.told[0]
    told = json.loads(one.body)
    stamp = int(one.headers[signing.HEADER].partition(",")[0].removeprefix("t="))
    signing.check(one.headers[signing.HEADER], SECRET, one.body, stamp)
    assert (one.path, one.headers["stagedoor-alert"]) == ("/alerts", str(told["id"]))


def test_mail_goes_to_everybody_and_names_no_record(watched: Watched) -> None:
    until(lambda: bool(watched.box.mails), "nobody was mailed")
    mail = watched.box.mails[0]
    assert set(watched.box.recipients) == {"ana@example.com", "ion@example.com"}
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "bad-alert" not in mail.as_string()


def test_a_test_is_told_by_every_channel(watched: Watched) -> None:
    answer = watched.service.call("POST", "alerts/test")
    assert (answer.status_code, answer.json()) == (202, {"channels": ["webhook", "email"]})
    until(lambda: watched.told("test") == ["test"], "nobody was told")
    until(lambda: len(watched.mailed("test")) == 1, "nobody was mailed")

    def latest() -> list[str]:
        (alert,) = watched.service.get("alerts", params={"limit": 1})["alerts"]
        return [delivery["status"] for delivery in alert["deliveries"]]

    until(lambda: latest() == ["sent", "sent"], "it is not kept as sent")
    # It was looked at several times meanwhile.
    assert watched.told("dead_letters") == ["problem"]


def test_only_an_administrator_sends_a_test(watched: Watched) -> None:
    key = make_key(watched.service.project, "read")
    assert watched.service.call("POST", "alerts/test", key=key).status_code == 403
