"""Tiers as HubSpot's options, from whatever people type."""

from __future__ import annotations

from typing import Any

from stagedoor import Codec

TIERS = {"bronze": 1, "silver": 200, "gold": 500}
"""Each tier with the sum from which it is reached, lowest first."""


def encode(value: Any) -> str | None:
    """Return the tier's option, or nothing for nobody's tier.

    Raises:
        ValueError: It is no tier; the sentence is for a person.
    """
    text = str(value or "").strip().lower().removesuffix(" card")
    if text and text not in TIERS:
        raise ValueError(f"is none of the tiers {', '.join(TIERS)}")
    return text or None


CODEC = Codec("loyalty_tier", "Bronze, silver or gold, in any spelling.", encode, str)
