"""Lets calls through as HubSpot's limits allow: the clock, the waiting, and where to remember."""

from __future__ import annotations

import sqlite3
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from filelock import FileLock

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.hubspot.limits import Budget, Headers, Priority, Rules, Traffic

FILE_NAME = "limits.db"

_SHORTEST = 0.001
"""Seconds of the shortest sleep; a shorter one would only spin."""

_OPEN_TIMEOUT = 30
"""Seconds to wait for others that open the file, or change it."""

T = TypeVar("T")


class Keeper(Protocol):
    """Keeps the traffic of a portal for all who call it, and lets them change it in turn."""

    def change(self, do: Callable[[Traffic], T]) -> T:
        """Let `do` read and change the traffic, alone; return what it returns."""

    def close(self) -> None:
        """Give back what is held."""


class InMemory:
    """Keeps the traffic for the threads of this process."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._traffic = Traffic()
        self._lock = threading.Lock()

    def change(self, do: Callable[[Traffic], T]) -> T:
        """Let `do` read and change the traffic, alone; return what it returns."""
        with self._lock:
            return do(self._traffic)

    def close(self) -> None:
        """Hold nothing that needs giving back."""


class InFile:
    """Keeps the traffic for all processes of a portal, in a small file of its folder.

    What is lost with the file is ten seconds of memory: a damaged one is made anew.
    """

    def __init__(self, folder: Path) -> None:
        """Keep it in `folder`; times in it are those of the wall clock.

        Raises:
            Misconfigured: The folder cannot be written.
        """
        path = folder / FILE_NAME
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = _opened(path)
        except (OSError, sqlite3.Error) as error:
            raise Misconfigured(
                f"The limits of the portal cannot be kept in {path} ({type(error).__name__}). "
                "Check that `state_dir` can be written."
            ) from error

    def change(self, do: Callable[[Traffic], T]) -> T:
        """Let `do` read and change the traffic, alone; return what it returns."""
        with self._lock, self._transaction():
            ((body,),) = self._connection.execute("SELECT body FROM traffic")
            traffic = _decoded(body)
            result = do(traffic)
            self._connection.execute(
                "UPDATE traffic SET body = ?", (msgspec.msgpack.encode(traffic),)
            )
        return result

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Shelf(Protocol):
    """Keeps one text, for processes on any machine, and lets them change it in turn."""

    def clock(self) -> float:
        """Return the time by a clock that all of them share, in seconds."""

    def change(self, do: Callable[[str], tuple[str, T]]) -> T:
        """Let `do` make another text of the present one, alone; return what it returns beside."""

    def close(self) -> None:
        """Give back what is held."""


class OnShelf:
    """Keeps the traffic for all machines that call a portal; times are those of the shelf's clock.

    What is lost with the text is ten seconds of memory.
    """

    def __init__(self, shelf: Shelf) -> None:
        """Keep it on `shelf`."""
        self._shelf = shelf

    def change(self, do: Callable[[Traffic], T]) -> T:
        """Let `do` read and change the traffic, alone; return what it returns."""

        def changed(text: str) -> tuple[str, T]:
            traffic = _decoded(b64decode(text))
            result = do(traffic)
            return b64encode(msgspec.msgpack.encode(traffic)).decode(), result

        return self._shelf.change(changed)

    def close(self) -> None:
        """Give the shelf back."""
        self._shelf.close()


def budget_of(keeper: Keeper) -> Budget | None:
    """Return what HubSpot last told of the day's calls, if it did; give the keeper back."""
    try:
        budget = keeper.change(lambda traffic: traffic.budget)
    finally:
        keeper.close()
    return budget if budget.limit else None


def budget_told(folder: Path) -> Budget | None:
    """Return what HubSpot last told of the day's calls of the portal in `folder`, if it did."""
    if not (folder / FILE_NAME).exists():
        return None
    return budget_of(InFile(folder))


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file, one process after the other.

    SQLite does not wait for a file that others hold while it changes the file's journal mode.
    """
    with FileLock(path.with_suffix(".lock"), timeout=_OPEN_TIMEOUT, mode=0o600):
        return _mended(path)


def _mended(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        path.unlink()
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(
        path, timeout=_OPEN_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS traffic (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB)"
        )
        connection.execute("INSERT OR IGNORE INTO traffic VALUES (1, NULL)")
    except BaseException:
        connection.close()
        raise
    return connection


def _decoded(body: bytes | None) -> Traffic:
    """Return the traffic; what another version wrote is forgotten."""
    try:
        return msgspec.msgpack.decode(body, type=Traffic) if body else Traffic()
    except msgspec.DecodeError:
        return Traffic()


class Limiter:
    """Lets calls to one portal through, as its windows and its budget allow."""

    def __init__(
        self,
        rules: Rules,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        keeper: Keeper | None = None,
    ) -> None:
        """Hold to `rules` by `clock`, together with all who share `keeper`."""
        self._rules = rules
        self._clock = clock
        self._sleep = sleep
        self._keeper = keeper or InMemory()

    def acquire(self, kind: str = "write", priority: Priority = "batch") -> float:
        """Return when a call may be made, with the time at which that was.

        Raises:
            Unavailable: What is left of the day's allowance is kept for real-time work.
        """
        now = self._clock()
        at = self._keeper.change(lambda traffic: self._reserve(traffic, kind, priority, now))
        while at > now:
            self._sleep(max(at - now, _SHORTEST))
            now = self._clock()
            at = self._keeper.change(self._claim(kind, at, now))
        return at

    def _reserve(self, traffic: Traffic, kind: str, priority: Priority, now: float) -> float:
        budget = traffic.budget
        if budget.refuses(now, self._rules.daily_reserve, priority):
            raise Unavailable(
                f"Enough for today: of the {budget.limit:,} calls that HubSpot allows a day "
                f"{budget.remaining:,} are left, and `daily_reserve` "
                f"({self._rules.daily_reserve:g}) keeps them for real-time work. What is pending "
                "stays pending; run again after midnight in the account's time zone."
            )
        return traffic.reserve(self._rules, kind, now)

    def _claim(self, kind: str, at: float, now: float) -> Callable[[Traffic], float]:
        return lambda traffic: traffic.claim(self._rules, kind, at, now)

    def heed(self, headers: Headers, since: float, kind: str = "write") -> None:
        """Take note of the limits that the answer to a call sent at `since` tells."""
        now = self._clock()
        self._keeper.change(lambda traffic: traffic.heed(self._rules, kind, headers, since, now))

    def block(self, seconds: float, kind: str = "write") -> None:
        """Hold everybody back who makes calls of this kind, after a 429."""
        now = self._clock()
        self._keeper.change(lambda traffic: traffic.block(self._rules, kind, now, seconds))

    def close(self) -> None:
        """Give back what is held."""
        self._keeper.close()
