"""E-mail addresses in SQL."""

from __future__ import annotations


def normal_email(column: str) -> str:
    """Return SQL for an address trimmed and in lower case; blank is null.

    Few addresses need trimming, and the expression for it costs ten times the rest.
    """
    blanks = " OR ".join(f"suffix({column}, {blank})" for blank in _BLANKS)
    return (
        rf"nullif(lower(CASE WHEN {column} < '!' OR {blanks} "
        rf"THEN regexp_replace({column}, '^\s+|\s+$', '', 'g') ELSE {column} END), '')"
    )


_BLANKS = ("' '", "chr(9)", "chr(10)", "chr(12)", "chr(13)")
