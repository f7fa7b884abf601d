"""Mistakes of a document that show without platform and portal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from stagedoor.extension import Codec
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.problems import Path, Problem, known
from stagedoor.mapping.properties import Property, UpdateMode

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


def check_entry(
    entry: str, mapping: ObjectMapping, codecs: Mapping[str, Codec]
) -> Iterator[Problem]:
    """Yield the mistakes of one entry of `objects`."""
    for name, rule in mapping.properties.items():
        path = ("objects", entry, "properties", name)
        yield from _codec(path, rule, codecs)
        yield from _making(path, name, rule)
        yield from _choices(path, rule)
    match = mapping.properties[mapping.match_key]
    if match.constant is not None:
        yield Problem(
            ("objects", entry, "match_key"),
            f"{mapping.match_key} is the same for every object, so that all would be one.",
            "Match by a property that tells objects apart.",
        )
    if match.reads_hubspot and not match.inbound:
        yield Problem(
            ("objects", entry, "properties", mapping.match_key),
            "the match key cannot depend on what HubSpot holds.",
            "Take `update_mode` and `owner` away from it.",
        )


def _codec(path: Path, rule: Property, codecs: Mapping[str, Codec]) -> Iterator[Problem]:
    codec = codecs.get(rule.codec)
    if codec is None:
        yield Problem(
            (*path, "codec"),
            f"no plugin registers the codec {rule.codec!r}.",
            known(rule.codec, codecs),
        )
        return
    for inner, text in literals(rule):
        try:
            codec.encode(text)
        except ValueError as error:
            yield Problem(
                (*path, *inner),
                f"{text!r} {error}, as the codec {rule.codec!r} wants it.",
                "Write another value, or name another codec.",
            )


def literals(rule: Property) -> Iterator[tuple[Path, str]]:
    """Yield the values that the mapping itself sends, and where each stands."""
    if rule.constant is not None:
        yield ("constant",), rule.constant
    for option, value in (rule.values or {}).items():
        yield ("values", option), value
    if rule.default is not None:
        yield ("default",), rule.default


def _making(path: Path, name: str, rule: Property) -> Iterator[Problem]:
    if rule.label is None:
        return
    if not _NAME.fullmatch(name):
        yield Problem(
            path,
            f"HubSpot makes no property called {name!r}.",
            "Begin with a small letter, then small letters, digits and `_`, at most 100.",
        )
    if rule.type == "enumeration" and not rule.options:
        yield Problem(path, "an enumeration without `options` takes no value.", "List `options`.")
    if rule.options and rule.type != "enumeration":
        yield Problem(
            (*path, "options"),
            f"a property of the type {rule.type} has no options.",
            "Write `type: enumeration`, or take `options` out.",
        )


def _choices(path: Path, rule: Property) -> Iterator[Problem]:
    if rule.default is not None and rule.values is None:
        yield Problem(
            (*path, "default"),
            "`default` does nothing without `values`.",
            "Add `values`, or take `default` out.",
        )
    if rule.update_mode is UpdateMode.APPEND and rule.label and rule.type != "enumeration":
        yield Problem(
            (*path, "update_mode"),
            f"`append` adds choices, and a property of the type {rule.type} has none.",
            "Write `type: enumeration` with `options`, or another update mode.",
        )
