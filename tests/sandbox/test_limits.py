"""Limits on calls, as HubSpot's usage guidelines give them.

https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hubspot_sandbox.wire.limits import Limits

APP, OTHER = (1, 7), (2, 7)
"""Two apps of one portal."""


@given(st.lists(st.integers(0, 400), max_size=400))
def test_ten_rolling_seconds_hold_the_burst_and_no_more(pauses: list[int]) -> None:
    limits, now, passed = Limits("free"), 0, []
    for pause in pauses:
        now += pause
        if limits.refuse(APP, now) is None:
            passed.append(now)
        else:
            assert sum(at > now - 10_000 for at in passed) == 100
    for at in passed:
        assert sum(at - 10_000 < other <= at for other in passed) <= 100


def test_each_app_has_a_burst_of_its_own() -> None:
    limits = Limits("oauth")
    assert [limits.refuse(APP, 0) for _ in range(110)] == [None] * 110
    assert limits.refuse(APP, 0) is not None
    assert limits.refuse(OTHER, 0) is None


def test_associations_are_counted_on_their_own() -> None:
    limits = Limits("free")
    assert [limits.refuse(APP, 0, "association") for _ in range(100)] == [None] * 100
    assert limits.refuse(APP, 0, "association") is not None
    assert limits.refuse(APP, 0) is None


def test_five_searches_a_second_pass_and_the_sixth_does_not_whoever_asks() -> None:
    limits = Limits("enterprise")
    assert [limits.refuse(APP, 1_000, "search") for _ in range(5)] == [None] * 5
    refused = limits.refuse(OTHER, 1_000, "search")
    assert refused is not None
    assert refused.status_code == 429
    assert b"You have reached your secondly limit." in bytes(refused.body)
    assert limits.refuse(OTHER, 2_001, "search") is None


def test_the_day_s_budget_ends_and_returns_at_midnight_where_the_account_is() -> None:
    limits = Limits("free", {"daily": 2})
    evening = round(datetime(2026, 11, 24, 20, tzinfo=UTC).timestamp() * 1_000)  # 22:00 there
    assert [limits.refuse(APP, evening), limits.refuse(OTHER, evening)] == [None, None]
    refused = limits.refuse(APP, evening)
    assert refused is not None
    assert b'"policyName":"DAILY"' in bytes(refused.body)
    assert limits.refuse(APP, evening + 2 * 3_600_000 - 1) is not None
    assert limits.refuse(APP, evening + 2 * 3_600_000) is None


def test_answers_tell_what_remains_and_searches_tell_the_day_only() -> None:
    limits = Limits("free")
    limits.refuse(APP, 0)
    told = limits.headers(APP, 0)
    assert told["X-HubSpot-RateLimit-Max"] == "100"
    assert told["X-HubSpot-RateLimit-Remaining"] == "99"
    assert told["X-HubSpot-RateLimit-Daily-Remaining"] == "249999"
    assert set(limits.headers(APP, 0, "search")) == {
        "X-HubSpot-RateLimit-Daily",
        "X-HubSpot-RateLimit-Daily-Remaining",
    }


def test_an_oauth_app_has_no_daily_budget() -> None:
    assert "X-HubSpot-RateLimit-Daily" not in Limits("oauth").headers(APP, 0)


def test_without_an_account_nothing_is_limited() -> None:
    limits = Limits()
    assert [limits.refuse(APP, 0, "search") for _ in range(1_000)] == [None] * 1_000
    assert limits.headers(APP, 0) == {}
