"""Limits on calls, as HubSpot's usage guidelines give them.

https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubspot_sandbox.wire.limits import ALLOWANCES, Limits


@given(st.lists(st.integers(0, 400), max_size=400))
def test_ten_rolling_seconds_hold_the_burst_and_no_more(pauses: list[int]) -> None:
    limits, now, passed = Limits(ALLOWANCES["free"]), 0, []
    for pause in pauses:
        now += pause
        if limits.refuse(now, search=False) is None:
            passed.append(now)
        else:
            assert sum(at > now - 10_000 for at in passed) == 100
    for at in passed:
        assert sum(at - 10_000 < other <= at for other in passed) <= 100


def test_five_searches_a_second_pass_and_the_sixth_does_not() -> None:
    limits = Limits(ALLOWANCES["enterprise"])
    assert [limits.refuse(1_000, search=True) for _ in range(5)] == [None] * 5
    refused = limits.refuse(1_000, search=True)
    assert refused is not None
    assert refused.status_code == 429
    assert b"You have reached your secondly limit." in bytes(refused.body)
    assert limits.refuse(2_001, search=True) is None


def test_the_day_s_budget_ends() -> None:
    limits = Limits(ALLOWANCES["free"], today=250_000)
    refused = limits.refuse(0, search=False)
    assert refused is not None
    assert b'"policyName":"DAILY"' in bytes(refused.body)


def test_answers_tell_what_remains_and_searches_tell_the_day_only() -> None:
    limits = Limits(ALLOWANCES["free"])
    limits.refuse(0, search=False)
    told = limits.headers(search=False)
    assert told["X-HubSpot-RateLimit-Max"] == "100"
    assert told["X-HubSpot-RateLimit-Remaining"] == "99"
    assert told["X-HubSpot-RateLimit-Daily-Remaining"] == "249999"
    assert set(limits.headers(search=True)) == {
        "X-HubSpot-RateLimit-Daily",
        "X-HubSpot-RateLimit-Daily-Remaining",
    }


def test_an_oauth_app_has_no_daily_budget() -> None:
    assert "X-HubSpot-RateLimit-Daily" not in Limits(ALLOWANCES["oauth"]).headers(search=False)


def test_without_an_account_nothing_is_limited() -> None:
    limits = Limits()
    assert [limits.refuse(0, search=True) for _ in range(1_000)] == [None] * 1_000
    assert limits.headers(search=False) == {}
