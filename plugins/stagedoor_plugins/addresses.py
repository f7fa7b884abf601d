"""E-mail addresses in SQL."""

from __future__ import annotations


def normal_email(column: str) -> str:
    """Return SQL for an address trimmed and in lower case; blank is null."""
    return rf"nullif(lower(regexp_replace({column}, '^\s+|\s+$', '', 'g')), '')"
