"""What a way back gives the platform comes back as what HubSpot held, or it is refused."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.mapping.codecs import BUILT_IN
from stagedoor.mapping.inbound import WayBack
from stagedoor.streams import FieldType

KINDS = [kind for kind in get_args(FieldType) if kind != "json"]
CODECS = {codec.name: codec for codec in BUILT_IN}
seen = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6
    ),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.sampled_from(["true", "no", "Ana@Example.com ", "www.example.com/x", "0720  1", "", " "]),
    st.text(max_size=20),
)


def way(codec: str, kind: FieldType, values: dict[str, str] | None = None) -> WayBack:
    return WayBack(
        "x", "customers", "x", shared=False, kind=kind, codec=CODECS[codec], values=values
    )


@given(seen, st.sampled_from(sorted(CODECS)), st.sampled_from(KINDS))
def test_what_is_written_back_is_sent_as_what_was_seen(
    value: object, codec: str, kind: FieldType
) -> None:
    path = way(codec, kind)
    try:
        text = path.seen(value)
        written = path.back(text)
    except ValueError:
        return  # refused, in words for a person
    assert path.canonical(written) == text


@given(
    st.dictionaries(st.text(min_size=1).map(str.strip).filter(bool), st.integers(0, 9).map(str)),
    st.integers(0, 9).map(str),
)
def test_a_value_map_goes_back_to_the_one_value_that_gives_it(
    values: dict[str, str], text: str
) -> None:
    one_to_one = {value: key for key, value in values.items()}
    path = way("text", "string", {key: value for value, key in one_to_one.items()})
    if text in one_to_one:
        assert path.back(text) == one_to_one[text]
