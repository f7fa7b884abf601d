"""Validation rules that a portal's administrator sets on properties.

https://developers.hubspot.com/changelog/upcoming-property-validations-on-the-contacts-api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hubspot_sandbox.model.values import Invalid

_PATTERNS = {
    "ALPHA": (r"[^\W\d_]*", "Enter only letters"),
    "ALPHANUMERIC": (r"[^\W_]*", "Enter only letters and numbers"),
    "NUMERIC": (r"\d*", "Enter only numbers"),
}
KINDS = (*_PATTERNS, "MAX_LENGTH", "MIN_LENGTH", "REGEX", "REQUIRED")


def broken_rule(rule: Mapping[str, Any], value: str) -> None:
    """Raise when a value breaks the rule of its property.

    Raises:
        Invalid: With the rule's sentence.
    """
    kind, argument = rule["rule"], rule.get("argument")
    if value == "":
        return
    if kind in _PATTERNS:
        pattern, sentence = _PATTERNS[kind]
        if not re.fullmatch(pattern, value):
            raise Invalid(f"INVALID_{kind}", sentence)
    elif kind == "REGEX" and not re.fullmatch(str(argument), value):
        raise Invalid("INVALID_REGEX", "The value does not match the expected pattern")
    elif kind == "MAX_LENGTH" and len(value) > int(str(argument)):
        raise Invalid("TOO_LONG", f"Enter at most {argument} characters")
    elif kind == "MIN_LENGTH" and len(value) < int(str(argument)):
        raise Invalid("TOO_SHORT", f"Enter at least {argument} characters")
