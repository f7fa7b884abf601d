"""Search: filters, groups, sorts and free text, as SQL over what the index knows.

https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import Invalid, canonical, record_id
from hubspot_sandbox.store.lookups import value_of
from hubspot_sandbox.store.objects import beginning_with
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.errors import invalid

MAX_GROUPS, MAX_IN_GROUP, MAX_FILTERS = 5, 6, 18
MAX_PAGE, MAX_RESULTS, MAX_QUERY = 200, 10_000, 3_000

_COMPARED = {"EQ": "=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_ABSENT_MATCHES = ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")


@dataclass
class Query:
    """A search as SQL: condition, order, and the values that stand for its parameters."""

    portal: PortalStore
    kind: ObjectType
    values: dict[str, Any] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    """Properties that are compared, but are neither columns nor unique."""

    def bind(self, value: Any) -> str:
        """Return a parameter that stands for a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def column(self, name: str) -> str | None:
        """Return the column that holds a property, if one does."""
        if name == "hs_object_id":
            return "id"
        if name == self.kind.created:
            return "created"
        return "updated" if name == self.kind.modified else None

    def definition(self, name: str) -> Mapping[str, Any]:
        """Return a property's definition.

        Raises:
            ApiError: There is no such property.
        """
        found = self.portal.schema.properties[self.kind.name].get(name)
        if found is None:
            raise invalid(f"There was a problem with the request: property {name} does not exist")
        return found

    def expression(self, name: str) -> str:
        """Return what a property's values are compared as: numbers by size, text without case."""
        if column := self.column(name):
            return column
        self.fields.add(name)
        return value_of(name, self.definition(name)["type"])

    def key(self, name: str, value: Any) -> Any:
        """Return a given value as it is compared.

        Raises:
            ApiError: A number or time is none.
        """
        text, kind = str(value), self.definition(name)["type"]
        column = self.column(name)
        if kind == "number":
            try:
                return int(text) if column else float(text)
            except ValueError:
                raise invalid(f"{text} is not a number, as {name} is") from None
        if column:
            return _milliseconds(text)
        if kind in ("date", "datetime"):
            try:
                return canonical(self.definition(name), text)
            except Invalid:
                raise invalid(f"{text} is no date or time, as {name} is") from None
        return text if kind == "enumeration" else text.lower()

    def test(self, entry: Mapping[str, Any]) -> str:
        """Return the condition of one filter.

        Raises:
            ApiError: The operator or the property does not exist.
        """
        name, operator = str(entry.get("propertyName", "")), str(entry.get("operator", ""))
        if name.startswith("associations."):
            return self._associated(name.removeprefix("associations."), entry)
        expression = self.expression(name)
        if operator == "HAS_PROPERTY":
            return f"{expression} IS NOT NULL"
        if operator == "NOT_HAS_PROPERTY":
            return f"{expression} IS NULL"
        condition = self._condition(name, operator, expression, entry)
        if operator in _ABSENT_MATCHES:
            return f"({expression} IS NULL OR {condition})"
        if operator in ("EQ", "IN") and self.portal.schema.is_unique(self.kind.name, name):
            self.fields.discard(name)
            return f"({self._owners(name, entry)} AND {condition})"
        return condition

    def _condition(
        self, name: str, operator: str, expression: str, entry: Mapping[str, Any]
    ) -> str:
        if operator in _COMPARED:
            value = self.bind(self.key(name, entry.get("value", "")))
            return f"{expression} {_COMPARED[operator]} {value}"
        if operator == "NEQ":
            return f"{expression} <> {self.bind(self.key(name, entry.get('value', '')))}"
        if operator == "BETWEEN":
            low, high = (self.key(name, entry.get(n, "")) for n in ("value", "highValue"))
            return f"{expression} BETWEEN {self.bind(low)} AND {self.bind(high)}"
        if operator in ("IN", "NOT_IN"):
            values = self._in_values(name, entry)
            return f"{expression} {operator.replace('_', ' ')} ({', '.join(values)})"
        if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
            pattern = self.bind(str(entry.get("value", "")))
            negation = "NOT " if operator.startswith("NOT") else ""
            return f"{negation}has_token({expression}, {pattern})"
        raise invalid(f"Invalid operator {operator}")

    def _in_values(self, name: str, entry: Mapping[str, Any]) -> list[str]:
        """Values of text must come in lower case: as they are, they are compared."""
        given = entry.get("values") or ()
        if self.definition(name)["type"] == "string" and not self.column(name):
            return [self.bind(str(value)) for value in given]
        return [self.bind(self.key(name, value)) for value in given]

    def _owners(self, name: str, entry: Mapping[str, Any]) -> str:
        """Return a condition that unique values answer at once."""
        given = entry.get("values") or (entry.get("value", ""),)
        values = ", ".join(self.bind(str(value).lower()) for value in given)
        if name != "email":
            values += ", " + ", ".join(self.bind(str(value)) for value in given)
        if self.portal.index.delay_ms:
            return "1"  # the unique values are those of now, not those of the index
        return (
            "id IN (SELECT id FROM unique_values WHERE type = :type "
            f"AND property = {self.bind(name)} AND value IN ({values}))"
        )

    def _associated(self, spelling: str, entry: Mapping[str, Any]) -> str:
        other = self.portal.types.resolve(spelling)
        if other.is_custom or entry.get("operator") not in ("EQ", "IN"):
            raise invalid(f"Searching by associations with {spelling} is not supported")
        given = entry.get("values") or (entry.get("value", 0),)
        numbers = ", ".join(self.bind(record_id(value) or 0) for value in given)
        return (
            f"id IN (SELECT from_id FROM associations WHERE from_type = :type "
            f"AND to_type = {self.bind(other.name)} AND to_id IN ({numbers}))"
        )

    def condition(self, body: Mapping[str, Any]) -> str:
        """Return the condition of a whole search."""
        groups = [g.get("filters") or [] for g in body.get("filterGroups") or ()]
        if not groups and body.get("filters"):
            groups = [body["filters"]]
        if (
            len(groups) > MAX_GROUPS
            or any(len(group) > MAX_IN_GROUP for group in groups)
            or sum(map(len, groups)) > MAX_FILTERS
        ):
            raise invalid("There are too many filters in this search request")
        words = str(body.get("query") or "")
        if len(words) > MAX_QUERY:
            raise invalid(f"The query has over {MAX_QUERY} characters")
        parts = [f"type = '{self.kind.name}'", "archived = 0"]
        tests = [" AND ".join(map(self.test, group)) for group in groups if group]
        if tests:
            parts.append("(" + " OR ".join(f"({test})" for test in tests) + ")")
        return " AND ".join([*parts, *self._worded(words.lower().split())])

    def _worded(self, words: list[str]) -> list[str]:
        """Return conditions that all words are found; a lagging index is scanned for them."""
        if words and not self.portal.index.delay_ms:
            match = self.bind(beginning_with(words))
            return [f"id IN (SELECT rowid FROM labels WHERE labels MATCH {match})"]
        return [f"instr(label, {self.bind(word)})" for word in words]

    def order(self, sorts: Any) -> str:
        """Return the order: the one sort that is allowed, or the oldest first."""
        rules = list(sorts or ())
        if len(rules) > 1:
            raise invalid("Only one sort is supported")
        if not rules:
            return "id"
        rule = rules[0]
        name = rule.lstrip("-") if isinstance(rule, str) else str(rule["propertyName"])
        down = (
            rule.startswith("-") if isinstance(rule, str) else rule.get("direction") == "DESCENDING"
        )
        expression = self.expression(name)
        if expression == "id":
            return "id DESC" if down else "id"
        last = "" if self.column(name) else f"{expression} IS NULL, "
        return f"{last}{expression}{' DESC' if down else ''}, id"


def _milliseconds(text: str) -> int:
    try:
        if text.lstrip("-").isdigit():
            return int(text)
        at = datetime.fromisoformat(text)
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)
    except ValueError:
        raise invalid(f"{text} is no time") from None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: ids in order, and how many there are in all."""

    ids: list[int]
    total: int


def search(
    portal: PortalStore, kind: ObjectType, body: Mapping[str, Any], after: int, limit: int
) -> Found:
    """Return the ids of one page of what the index finds."""
    query = Query(portal, kind)
    condition, order = query.condition(body), query.order(body.get("sorts"))
    now = portal.now()
    table = portal.index.table(now)
    if table == "objects":
        portal.lookups.serve(kind, query.fields)
    given = {**query.values, "type": kind.name, "now": now}
    total = portal.connection.execute(
        f"SELECT count(*) AS n FROM {table} WHERE {condition}", given
    ).fetchone()["n"]
    rows = portal.connection.execute(
        f"SELECT id FROM {table} WHERE {condition} ORDER BY {order} LIMIT :limit OFFSET :after",
        {**given, "limit": limit, "after": after},
    )
    return Found([row["id"] for row in rows], int(total))
