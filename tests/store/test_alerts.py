"""Alerts are kept once, told in their order, at least once, and given up in the end."""

from __future__ import annotations

import pytest

from stagedoor.store import Store
from stagedoor.store.alerts import CLAIM, PROBLEM, RECOVERED, Alert, Alerts


class Times:
    """A clock that is put forward."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Times:
    return Times()


@pytest.fixture
def alerts(store: Store, clock: Times) -> Alerts:
    return Alerts(store.engine, clock)


def alert(number: int = 1, condition: str = "runs", portal: str = "prod") -> Alert:
    status = PROBLEM if number % 2 else RECOVERED
    return Alert(portal, condition, number, status, f"{condition} {number}")


def test_of_two_processes_that_see_the_same_change_one_keeps_it(alerts: Alerts) -> None:
    assert [alerts.add(alert(), ["webhook"]), alerts.add(alert(), ["webhook"])] == [True, False]
    assert len(alerts.list("prod")) == 1


def test_the_latest_of_each_condition_is_what_counts(alerts: Alerts) -> None:
    for one in (alert(1), alert(2), alert(1, "backlog"), alert(1, "quota", "other")):
        alerts.add(one, [])
    latest = alerts.latest("prod")
    assert {name: one.number for name, one in latest.items()} == {"runs": 2, "backlog": 1}


def test_each_channel_gets_it(alerts: Alerts) -> None:
    alerts.add(alert(), ["webhook", "email"])
    for channel in ("webhook", "email"):
        claimed = alerts.claim(channel)
        assert claimed is not None
        alerts.sent(claimed[0].id, channel)
        assert alerts.claim(channel) is None


def test_while_one_process_sends_another_waits(alerts: Alerts) -> None:
    for number in (1, 2):
        alerts.add(alert(number), ["webhook"])
    assert alerts.claim("webhook") is not None
    assert alerts.claim("webhook") is None


def test_what_a_killed_process_was_sending_is_sent_again(alerts: Alerts, clock: Times) -> None:
    alerts.add(alert(), ["webhook"])
    first = alerts.claim("webhook")
    clock.now += CLAIM
    second = alerts.claim("webhook")
    assert first is not None
    assert second is not None
    assert (first[0], second[0], second[1]) == (first[0], first[0], 2)


def test_nothing_overtakes_what_could_not_be_sent(alerts: Alerts, clock: Times) -> None:
    for number in (1, 2):
        alerts.add(alert(number), ["webhook"])
    told = []
    for outcome in ("fails", "sent", "sent"):
        claimed = alerts.claim("webhook")
        assert claimed is not None
        told.append(claimed[0].number)
        if outcome == "fails":
            alerts.failed(claimed[0].id, "webhook", "away", 10)
            assert alerts.claim("webhook") is None
            clock.now += 10
        else:
            alerts.sent(claimed[0].id, "webhook")
    assert told == [1, 1, 2]


def test_what_is_given_up_holds_up_nothing(alerts: Alerts) -> None:
    for number in (1, 2):
        alerts.add(alert(number), ["webhook"])
    claimed = alerts.claim("webhook")
    assert claimed is not None
    alerts.failed(claimed[0].id, "webhook", "away", None)
    following = alerts.claim("webhook")
    assert following is not None
    assert following[0].number == 2
    (told,) = alerts.deliveries([claimed[0]])[claimed[0].id]
    assert (told.status, told.error, told.attempts) == ("given_up", "away", 1)


def test_what_is_bad_now_is_not_forgotten_however_old(alerts: Alerts) -> None:
    for one in (alert(1), alert(2), alert(3), alert(1, "backlog")):
        alerts.add(one, ["webhook"])
    assert alerts.prune("9999") == 2
    assert {name: one.number for name, one in alerts.latest("prod").items()} == {
        "runs": 3,
        "backlog": 1,
    }


def test_alerts_are_paged(alerts: Alerts) -> None:
    for number in (1, 2, 3):
        alerts.add(alert(number), [])
    first = alerts.list("prod", limit=2)
    rest = alerts.list("prod", limit=2, before=first[-1].id)
    assert [one.number for one in (*first, *rest)] == [3, 2, 1]
