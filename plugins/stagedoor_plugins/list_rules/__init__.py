"""Ready-made rules for static lists of contacts; `docs/mapping.md` lists them."""

from __future__ import annotations

from stagedoor.extension import ListRule
from stagedoor_plugins.list_rules import attendance, buying

BUILT_IN: tuple[ListRule, ...] = (*attendance.RULES, *buying.RULES)
