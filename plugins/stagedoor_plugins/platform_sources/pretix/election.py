"""Which order speaks for each company: of all orders placed for it, the one changed last.

A run that reads changes only must come to what a run that reads everything would find. So it is
kept in STATE who speaks for whom: when that order now names another company, or none, someone
else must speak, and nobody knows who without reading all orders again.
"""

from __future__ import annotations

from collections.abc import Mapping


class Election:
    """One run's election; orders are heard newest change first."""

    def __init__(self, speakers: Mapping[str, str]) -> None:
        """Begin with the order that spoke for each company so far."""
        self._before = dict(speakers)
        self._spoke_for = {order: company for company, order in speakers.items()}
        self._elected: dict[str, str] = {}
        self._bereft: set[str] = set()

    def hear(self, order: str, company: str | None) -> bool:
        """Return whether this order speaks for its company from now on."""
        if (former := self._spoke_for.get(order)) and former != company:
            self._bereft.add(former)
        if company is None or company in self._elected:
            return False
        self._elected[company] = order
        return True

    @property
    def is_open(self) -> bool:
        """Whether a company lost its speaker and no other order was heard yet."""
        return not self._bereft <= self._elected.keys()

    def close(self, *, heard_all: bool) -> tuple[dict[str, str], list[str]]:
        """Return who speaks for whom, and the companies that no order is for any more."""
        if not heard_all:
            return {**self._before, **self._elected}, []
        return self._elected, sorted(self._before.keys() - self._elected.keys())
