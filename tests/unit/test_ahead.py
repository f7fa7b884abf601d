"""A page is fetched while the last one is worked on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from stagedoor.hubspot.ahead import ahead


def test_pages_come_in_order() -> None:
    assert list(ahead(iter(range(20)))) == list(range(20))


def test_no_pages_are_none() -> None:
    assert list(ahead(iter(()))) == []


def test_the_next_page_is_fetched_before_the_last_one_is_given_back() -> None:
    fetched = threading.Event()

    def pages() -> Iterator[int]:
        yield 1
        fetched.set()
        yield 2

    reading = ahead(pages())
    assert (next(reading), fetched.wait(30)) == (1, True)


def test_an_error_comes_in_its_place() -> None:
    def pages() -> Iterator[int]:
        yield 1
        raise LookupError

    reading = ahead(pages())
    assert next(reading) == 1
    with pytest.raises(LookupError):
        next(reading)
