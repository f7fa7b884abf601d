"""One metric: a column of a relation that computes many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stagedoor.extension import Calculator

BUNDLE = "metrics"
"""The shipped mapping that sends metrics."""

Type = Literal["string", "number", "date", "datetime", "bool"]

_CODECS: dict[Type, str] = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "bool": "bool",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A number, name or day that says something about a person, company or order."""

    name: str
    label: str
    meaning: str
    """In words that a marketer reads; also HubSpot's description of the property."""
    type: Type = "number"

    def calculator(self, object_type: str, relation: str) -> Calculator:
        """Return the calculator that takes the metric from its relation."""
        return Calculator(
            name=self.name,
            object_type=object_type,
            description=self.meaning,
            relation=relation,
            property={
                "label": self.label,
                "description": self.meaning,
                "type": self.type,
                "codec": _CODECS[self.type],
            },
            bundle=BUNDLE,
        )
