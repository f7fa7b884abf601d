"""What an event sells, and how its parts are called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stagedoor_plugins.platform_sources.pretix.names import spoken


@dataclass(frozen=True, slots=True)
class Product:
    """One of pretix's items."""

    name: str
    is_admission: bool
    variations: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What orders of one event refer to by number."""

    currency: str
    products: Mapping[int, Product]

    @property
    def digest(self) -> str:
        """What changes when a name does: orders do not, although they show it."""
        products = [
            (number, product.name, product.is_admission, sorted(product.variations.items()))
            for number, product in sorted(self.products.items())
        ]
        return hashlib.sha256(msgspec.json.encode(products)).hexdigest()[:16]

    def admits(self, position: Mapping[str, Any]) -> bool:
        """Return whether a position is a ticket; parking and T-shirts are not.

        A product that was deleted meanwhile counts as one.
        """
        product = self.products.get(position["item"])
        return product is None or product.is_admission

    def ticket_type(self, position: Mapping[str, Any]) -> str | None:
        """Return the name of the product that a position is for, with its variation."""
        product = self.products.get(position["item"])
        if product is None:
            return None
        variation = product.variations.get(position["variation"] or 0)
        return f"{product.name} ({variation})" if variation else product.name


def catalogue(
    event: Mapping[str, Any], items: Iterable[Mapping[str, Any]], language: str
) -> Catalogue:
    """Return the catalogue of an event."""
    return Catalogue(event["currency"], {item["id"]: _product(item, language) for item in items})


def _product(item: Mapping[str, Any], language: str) -> Product:
    variations = {v["id"]: spoken(v["value"], language) or "" for v in item.get("variations") or ()}
    name = spoken(item["name"], language) or spoken(item.get("internal_name"), language) or ""
    return Product(name, bool(item["admission"]), variations)
