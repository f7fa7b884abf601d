"""Who holds a portal sees who waits for it, and who waits comes next."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from stagedoor.errors import Busy
from stagedoor.state.lease import is_wanted, lease


def waiting(folder: Path, order: list[str], name: str) -> threading.Thread:
    def hold() -> None:
        with lease(folder, purpose=name, timeout=30):
            order.append(name)

    thread = threading.Thread(target=hold)
    thread.start()
    return thread


def until_wanted(folder: Path) -> None:
    while not is_wanted(folder):
        pass


def test_nobody_wants_a_portal_that_nobody_waits_for(tmp_path: Path) -> None:
    with lease(tmp_path, purpose="one", timeout=0):
        assert not is_wanted(tmp_path)


def test_who_waits_is_seen_until_they_have_it(tmp_path: Path) -> None:
    order: list[str] = []
    with lease(tmp_path, purpose="one", timeout=0):
        thread = waiting(tmp_path, order, "two")
        until_wanted(tmp_path)
    thread.join(30)
    assert (order, is_wanted(tmp_path)) == (["two"], False)


def test_who_comes_back_at_once_stands_behind_who_waited(tmp_path: Path) -> None:
    order: list[str] = []
    with lease(tmp_path, purpose="one", timeout=0):
        thread = waiting(tmp_path, order, "two")
        until_wanted(tmp_path)
    with lease(tmp_path, purpose="one", timeout=30):
        order.append("one")
    thread.join(30)
    assert order == ["two", "one"]


def test_who_may_not_wait_is_refused_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    with lease(tmp_path, purpose="one", timeout=0):
        with pytest.raises(Busy, match="one since"), lease(tmp_path, purpose="two", timeout=0):
            pass
        assert not is_wanted(tmp_path)
