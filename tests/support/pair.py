"""One account and its contact, in step; and edits of both, by the real engine in this process."""

from __future__ import annotations

from typing import Any

from stagedoor.model import ObjectRef
from support.two_way_engine import TwoWays

REF = ObjectRef("contacts", "customer:1")
EMAIL = "{from: email, codec: email, inbound: true}"


def mapping(creates: bool = False, email: str = EMAIL, **properties: str) -> str:
    """Return a mapping of contacts with these properties."""
    lines = [f"      {name}: {text}" for name, text in {"email": email, **properties}.items()]
    head = "extends: nothing\nobjects:\n  contacts:\n    match_key: email\n"
    return head + f"    creates: {str(creates).lower()}\n    properties:\n" + "\n".join(lines)


class Pair(TwoWays):
    """A world with the account `1` and its contact, which agree."""

    def __init__(self, text: str, **fields: Any) -> None:
        super().__init__(text)
        self.platform.add("1", email="ana@example.com", **fields)
        self.outbound()
        self.contact = next(iter(self.hubspot.records))

    def theirs(self, contact: str | None = None, **properties: str | None) -> None:
        """Edit a contact in HubSpot."""
        for name, value in properties.items():
            self.hubspot.edit(contact or self.contact, name, value)

    def ours(self, key: str = "1", **fields: Any) -> None:
        """Edit an account on the platform, and let it be read."""
        self.platform.edit(key, **fields)

    def meet(self, *contacts: str) -> None:
        """Run both jobs, as the job `two-way` does, until what they write has arrived."""
        self.absorb()
        for _ in range(2):
            self.tap_arrives(*contacts)
            self.outbound()

    def read(self, *contacts: str) -> list[dict[str, Any]]:
        """Return what the tap reads of contacts, this one or others."""
        found = [self.hubspot.record(i) for i in contacts or (self.contact,)]
        return [record for record in found if record is not None]

    def tap_arrives(self, *contacts: str) -> None:
        """Let the tap read contacts, this one or others, and take them in."""
        self.inbound(self.read(*contacts))

    def row(self, key: str = "1") -> dict[str, Any]:
        """Return an account."""
        return next(row for row in self.platform.rows() if row["customer_id"] == key)

    def held(self, contact: str | None = None) -> dict[str, str | None]:
        """Return what a contact holds."""
        return self.hubspot.records[contact or self.contact].properties
