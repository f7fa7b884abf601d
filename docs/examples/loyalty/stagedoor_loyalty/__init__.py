"""Loyalty tiers for people who buy tickets: a plugin of Stagedoor."""

from __future__ import annotations

from collections.abc import Callable

from stagedoor import Calculator, Codec, hookimpl
from stagedoor_loyalty.calculator import TIER
from stagedoor_loyalty.codec import CODEC


@hookimpl
def register_calculators(register: Callable[[Calculator], None]) -> None:
    """Hand over the calculator of `loyalty_tier`."""
    register(TIER)


@hookimpl
def register_codecs(register: Callable[[Codec], None]) -> None:
    """Hand over the codec of tiers."""
    register(CODEC)
