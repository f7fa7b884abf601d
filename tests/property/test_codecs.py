"""Codecs: what is encoded twice is the same text, and nothing HubSpot refuses comes out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.extension import Codec
from stagedoor.mapping import codecs

BY_NAME = {codec.name: codec for codec in codecs.BUILT_IN}

VALUES: dict[str, st.SearchStrategy[object]] = {
    "text": st.text(),
    "email": st.emails().map(str.lower),
    "number": st.decimals(allow_nan=False, allow_infinity=False, places=6),
    "integer": st.integers(),
    "bool": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),
    "domain": st.from_regex(r"[a-z]{1,9}\.example\.(com|org)", fullmatch=True),
    "phone": st.from_regex(r"\+?[0-9 ()-]{3,20}", fullmatch=True),
}


@pytest.mark.parametrize("codec", codecs.BUILT_IN, ids=lambda codec: codec.name)
@given(data=st.data())
def test_encoding_what_was_decoded_gives_the_same_text(codec: Codec, data: st.DataObject) -> None:
    try:
        text = codec.encode(data.draw(VALUES[codec.name]))
    except ValueError:
        return  # refused, which another test is about
    if text is not None:
        assert codec.encode(codec.decode(text)) == text


@pytest.mark.parametrize("codec", codecs.BUILT_IN, ids=lambda codec: codec.name)
def test_no_value_stays_no_value(codec: Codec) -> None:
    assert codec.encode(None) is None
    assert codec.encode("") is None


@given(st.text(max_size=300))
def test_text_never_has_padding_or_control_characters(value: str) -> None:
    text = codecs.encode_text(value)
    if text is not None:
        assert text == text.strip()
        assert "\x00" not in text
        assert text != ""


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value_without_exponent_or_separator(value: Decimal) -> None:
    text = codecs.encode_number(value)
    assert text is not None
    assert Decimal(text) == value
    assert "e" not in text.lower()
    assert "," not in text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1,000", "abc", Decimal("sNaN")])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        codecs.encode_number(value)


def test_zero_and_false_are_values() -> None:
    assert codecs.encode_number(0) == "0"
    assert codecs.encode_number(Decimal("-0.00")) == "0"
    assert codecs.encode_bool(value=False) == "false"
    assert codecs.encode_text("0") == "0"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  ANA.Popescu@Example.COM\t", "ana.popescu@example.com"),
        ("o'neil+vip@sub.example.org", "o'neil+vip@sub.example.org"),
    ],
)
def test_addresses_are_trimmed_and_lower_case(typed: str, stored: str) -> None:
    assert codecs.encode_email(typed) == stored


@pytest.mark.parametrize("typed", ["ana@@example", "no-at-sign", "a b@example.com", "x@localhost"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        codecs.encode_email(typed)


def test_instants_are_told_in_utc_with_milliseconds() -> None:
    assert codecs.encode_datetime("2026-11-24T20:30:00+02:00") == "2026-11-24T18:30:00.000Z"
    assert codecs.encode_datetime("2026-11-24 18:30:00") == "2026-11-24T18:30:00.000Z"


def test_a_day_is_the_utc_day_of_an_instant() -> None:
    assert codecs.encode_date("2026-11-24T00:30:00+02:00") == "2026-11-23"
    assert codecs.encode_date(date(2026, 11, 24)) == "2026-11-24"


def test_an_impossible_day_is_refused() -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        codecs.encode_date("2026-02-31")


def test_text_longer_than_hubspot_holds_is_refused() -> None:
    assert codecs.encode_text("x" * codecs.MAX_TEXT) is not None
    with pytest.raises(ValueError, match="65,537"):
        codecs.encode_text("x" * (codecs.MAX_TEXT + 1))


@pytest.mark.parametrize(
    "typed", ["https://www.Example.com/shop?x=1", "WWW.example.COM", "example.com:8080"]
)
def test_a_domain_loses_scheme_www_port_and_path(typed: str) -> None:
    assert codecs.encode_domain(typed) == "example.com"
