"""A platform in a database and a portal, with real tap and target processes between them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, delete, insert, select, update

from stagedoor_plugins.platform_sources.tables import TABLES, metadata
from support.project import Portal, Project
from support.seen import Tap, inbound

WRITABLE = ["email", "first_name", "last_name", "phone", "city", "job_title", "language"]
CUSTOMERS = TABLES["customers"]


@dataclass
class BothSides:
    """One platform and one portal."""

    project: Project
    portal: Portal
    engine: Engine
    tap: Tap

    @classmethod
    def made(
        cls,
        project: Project,
        portal: Portal,
        mapping: str,
        properties: Iterable[str] = ("email", "city", "phone"),
        url: str | None = None,
    ) -> BothSides:
        """Make an empty platform at `url`, or in a file of its own."""
        address = url or f"sqlite:///{project.path / 'platform.db'}"
        engine = create_engine(address)
        metadata.create_all(engine)
        document = project.path / "mapping.yml"
        document.write_text(mapping, encoding="utf-8")
        project.settings["TARGET_HUBSPOT_MAPPING"] = str(document)
        project.settings["TAP_PLATFORM_SOURCE"] = "sql"
        sql = {"url": address, "writable": {"customers": [*WRITABLE, "marketing_consent"]}}
        project.settings["TAP_PLATFORM_SQL"] = json.dumps(sql)
        return cls(project, portal, engine, Tap(portal, tuple(properties)))

    def add(self, number: int, **fields: Any) -> None:
        """Add a customer."""
        row = {
            "customer_id": str(number),
            "email": f"p{number}@example.com",
            "is_deleted": False,
            "is_anonymised": False,
            **fields,
        }
        with self.engine.begin() as connection:
            connection.execute(insert(CUSTOMERS).values({"updated_at": _now(), **row}))

    def add_many(self, count: int, **fields: Any) -> None:
        """Add customers from 1 on."""
        rows = [
            {
                "customer_id": str(number),
                "email": f"p{number}@example.com",
                "is_deleted": False,
                "is_anonymised": False,
                "updated_at": _now(),
                **fields,
            }
            for number in range(1, count + 1)
        ]
        with self.engine.begin() as connection:
            connection.execute(insert(CUSTOMERS), rows)

    def change(self, number: int, **fields: Any) -> None:
        """Edit a customer, as the platform's own application does."""
        with self.engine.begin() as connection:
            connection.execute(
                update(CUSTOMERS)
                .where(CUSTOMERS.c.customer_id == str(number))
                .values({"updated_at": _now(), **fields})
            )

    def remove(self, number: int) -> None:
        """Take a customer's row away."""
        with self.engine.begin() as connection:
            connection.execute(delete(CUSTOMERS).where(CUSTOMERS.c.customer_id == str(number)))

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return all customers by id."""
        with self.engine.connect() as connection:
            found = [dict(row._mapping) for row in connection.execute(select(CUSTOMERS))]
        return {row["customer_id"]: row for row in found}

    def row(self, number: int) -> dict[str, Any]:
        """Return one customer."""
        return self.rows()[str(number)]

    def outbound(self) -> str:
        """Read the platform and push; return what the target said."""
        return self.project.pipe().stderr

    def id_of(self, number: int) -> str:
        """Return the HubSpot id of a customer's contact."""
        return self.tap.id_of(email=str(self.row(number)["email"]).lower())

    def edit(self, number: int, **properties: str) -> str:
        """Edit a customer's contact in HubSpot; return its id."""
        hubspot_id = self.id_of(number)
        self.tap.edit({hubspot_id: properties})
        return hubspot_id

    def held(self, number: int) -> Mapping[str, Any]:
        """Return what a customer's contact holds."""
        return self.tap.held(self.id_of(number))

    def seen(self, *ids: str, times: bool = False) -> str:
        """Return the tap's messages about live contacts: these, or all."""
        return self.tap.messages(self.tap.read(ids or self.tap.ids(), times=times))

    def inbound(self, *ids: str, times: bool = False, check: bool = True) -> str:
        """Give what the tap reads to target-platform; return what it said."""
        return inbound(self.project, self.seen(*ids, times=times), check=check)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
