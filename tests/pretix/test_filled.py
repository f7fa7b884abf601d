"""The main job from a real pretix: the portal holds what pretix's API says."""

from __future__ import annotations

from collections import Counter

import pytest

from support.audience import marketing_events
from support.pretix.compare import KINDS, differences, objects, surplus
from support.pretix.facts import state_of
from support.pretix.filled import Filled
from support.pretix.participation import events, expected


def test_the_seed_has_orders_in_every_state(filled: Filled) -> None:
    states = Counter(state_of(order) for order in filled.facts.orders.values())
    assert set(states) == {"pending", "paid", "partially_refunded", "refunded", "cancelled"}
    assert min(states.values()) >= 5
    assert len(filled.facts.orders) >= 400


def test_the_portal_holds_what_pretix_says(filled: Filled) -> None:
    assert differences(filled.export, filled.expected) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_portal_holds_nothing_else(filled: Filled, kind: str) -> None:
    assert set(objects(filled.export, kind)) == set(getattr(filled.expected, kind))
    assert len(getattr(filled.expected, kind)) >= 10
    assert not surplus(filled.export, filled.expected)


def test_everybody_takes_part_who_was_ever_paid_for(filled: Filled) -> None:
    wanted = expected(filled.facts, set(filled.expected.contacts))
    assert filled.told == wanted
    ends = Counter(did[-1] for did in wanted.values())
    assert min(ends[state] for state in ("REGISTERED", "ATTENDED", "CANCELLED")) >= 5
    assert set(marketing_events(filled.portal)) == events(filled.facts)
