"""Whether the lists of a mapping name what there is; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from stagedoor.extension import ListRule, RuleParameter
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.lists import ListMapping, Value


def mistakes(
    document: MappingDocument, rules: Mapping[str, ListRule]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is wrong with the lists, and where."""
    names: dict[tuple[str, str], str] = {}
    for key, entry in document.lists.items():
        path = ("lists", key)
        if entry.objects not in document.objects:
            known = ", ".join(sorted(document.objects))
            yield (*path, "objects"), f"`objects` has no entry {entry.objects!r}. Known: {known}."
        other = names.setdefault((entry.objects, entry.name.casefold()), key)
        if other != key:
            yield (*path, "name"), f"the list {other!r} has this name, too."
        if entry.rule is not None:
            yield from ((path + more, text) for more, text in _of_rule(entry, rules))


def _of_rule(
    entry: ListMapping, rules: Mapping[str, ListRule]
) -> Iterator[tuple[tuple[str, ...], str]]:
    rule = rules.get(entry.rule or "")
    if rule is None:
        known = ", ".join(sorted(rules))
        yield ("rule",), f"no plugin registers the list rule {entry.rule!r}. Known: {known}."
        return
    parameters = {parameter.name: parameter for parameter in rule.parameters}
    listed = ", ".join(parameters) or "nothing"
    for name, value in entry.with_.items():
        if name not in parameters:
            yield ("with", name), f"the rule {rule.name} does not ask for {name!r}, but {listed}."
        elif (problem := _misfit(parameters[name], value)) is not None:
            yield ("with", name), f"the rule {rule.name} wants {problem} as {name!r}."
    if entry.for_each is not None:
        chosen = parameters.get(entry.for_each)
        if chosen is None or chosen.column is None:
            able = ", ".join(p.name for p in rule.parameters if p.column) or "none of its"
            yield ("for_each",), f"the rule {rule.name} makes lists for each of: {able} parameters."
    lacking = [
        p.name
        for p in rule.parameters
        if p.required and p.name not in entry.with_ and p.name != entry.for_each
    ]
    if lacking:
        yield (), f"the rule {rule.name} needs {', '.join(lacking)} in `with`."


def _misfit(parameter: RuleParameter, value: Value) -> str | None:
    try:
        sql_literal(parameter, value)
    except (ValueError, InvalidOperation):
        return f"a {parameter.type}"
    return None


def sql_literal(parameter: RuleParameter, value: Value) -> str:
    """Return a parameter's value as SQL.

    Raises:
        ValueError: It is not of the parameter's type.
    """
    match parameter.type:
        case "number":
            number = Decimal(str(value))
            if not number.is_finite():
                raise ValueError("no number")
            return f"{number:f}"
        case "date":
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
            return f"DATE '{day:%Y-%m-%d}'"
        case _:
            return "'" + str(value).replace("'", "''") + "'"
