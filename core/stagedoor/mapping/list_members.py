"""SQL that finds the members of static lists; pure."""

from __future__ import annotations

from stagedoor.extension import ListRule
from stagedoor.mapping.list_checks import sql_literal
from stagedoor.mapping.lists import ListMapping


def rule_sql(entry: ListMapping, rule: ListRule) -> str:
    """Return SQL giving `key`, and `value` where the entry makes a list for each value."""
    conditions, column = [], None
    for parameter in rule.parameters:
        if parameter.name == entry.for_each:
            column = parameter.column
            conditions.append(f"{column} IS NOT NULL")
        elif parameter.name in entry.with_:
            value = sql_literal(parameter, entry.with_[parameter.name])
            conditions.append(parameter.condition.replace("$value", value))
    wanted = f"{column}::VARCHAR AS value, key" if column else "key"
    where = f" WHERE {' AND '.join(f'({c})' for c in conditions)}" if conditions else ""
    return f"SELECT {wanted} FROM ({rule.sql}) AS found{where}"


def names_for(template: str, place: str, labels: dict[str, str]) -> dict[str, str]:
    """Return the name of the list for each value; no two are the same, whatever the case."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for value, label in sorted(labels.items()):
        name = template.replace(f"{{{place}}}", label)
        if name.casefold() in taken:
            name = f"{name} ({value})"
        taken.add(name.casefold())
        names[value] = name
    return names
