"""Fits a mapped object to its portal: names become ids, what HubSpot would refuse is withheld.

HubSpot refuses a whole object for one value that it does not accept; here that value alone is
left out, and becomes a dead letter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from stagedoor.mapping.facts import PortalFacts
from stagedoor.mapping.mapper import Mapped
from stagedoor.mapping.pipelines import pipeline_of, properties_of, stage_of
from stagedoor.model import Refusal

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Close dates outside are slips of the pen: year 26, or 20226."""

Values = dict[str, str | None]


def fit(mapped: Mapped, hubspot_type: str, facts: PortalFacts) -> Mapped:
    """Return `mapped` with what the portal accepts; refusals say what was left out, and why."""
    if mapped.desired is None:
        return mapped
    values: Values = dict(mapped.desired.properties)
    refusals = _fit_stage(values, hubspot_type, facts)
    if hubspot_type == "deals":
        refusals += [*_fit_money(values, facts), *_fit_close_date(values)]
    if not refusals and values == mapped.desired.properties:
        return mapped
    desired = replace(mapped.desired, properties=values)
    return replace(mapped, desired=desired, refusals=(*mapped.refusals, *refusals))


def _fit_stage(values: Values, hubspot_type: str, facts: PortalFacts) -> list[Refusal]:
    """Put ids in the place of names; a stage is written in its pipeline, or not at all."""
    pipeline_property, stage_property = properties_of(hubspot_type)
    name, stage = values.get(pipeline_property), values.get(stage_property)
    if name is None or not facts.pipelines.get(hubspot_type):
        return []
    pipeline = pipeline_of(hubspot_type, name, facts)
    if pipeline is None:
        listed = ", ".join(p.id for p in facts.pipelines[hubspot_type])
        return _withhold(
            values,
            (pipeline_property, stage_property),
            "UNKNOWN_PIPELINE",
            f"HubSpot has no pipeline {name[:80]!r}; it has {listed}",
            "Declare it under `pipelines` of the mapping, or map the value to one that exists.",
        )
    values[pipeline_property] = pipeline.id
    if stage is None:
        return []
    found = stage_of(hubspot_type, name, pipeline, stage, facts)
    if found is None:
        listed = ", ".join(s.id for s in pipeline.stages)
        return _withhold(
            values,
            (pipeline_property, stage_property),
            "UNKNOWN_STAGE",
            f"pipeline {pipeline.id} has no stage {stage[:80]!r}; it has {listed}",
            "Declare the stage under `pipelines` of the mapping, or map the value to one of these.",
        )
    values[stage_property] = found
    return []


def _fit_money(values: Values, facts: PortalFacts) -> list[Refusal]:
    """Let no amount through that HubSpot would refuse, or take for other money than it is."""
    currency, amount = values.get("deal_currency_code"), values.get("amount")
    if currency is not None and facts.currencies and currency not in facts.currencies:
        return _withhold(
            values,
            ("deal_currency_code", "amount"),
            "UNKNOWN_CURRENCY",
            f"the HubSpot account has no currency {currency[:20]!r}; it has "
            f"{', '.join(facts.currencies)}. Without its currency the amount would count as "
            f"{facts.currencies[0]}",
            "Add the currency in HubSpot under Settings, Account Setup, Currency; the next run "
            "sends both. Or map it to another with `values`.",
        )
    if amount is not None and not _is_number(amount):
        return _withhold(
            values,
            ("amount",),
            "INVALID_AMOUNT",
            f"an amount in {currency or 'the currency of the account'} must be plain digits with "
            "at most one point",
            "Give `amount` the codec `number`, or correct the value on the platform.",
        )
    return []


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _fit_close_date(values: Values) -> list[Refusal]:
    text = values.get("closedate")
    if text is None or _is_sane(text):
        return []
    return _withhold(
        values,
        ("closedate",),
        "INVALID_CLOSE_DATE",
        f"a close date is an instant from {EARLIEST.year} to {LATEST.year - 1}",
        "Correct the date on the platform, or give `closedate` the codec `datetime`.",
    )


def _is_sane(text: str) -> bool:
    try:
        if text.isdigit():
            instant = datetime.fromtimestamp(int(text) / 1_000, tz=UTC)
        else:
            instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return False
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return EARLIEST <= aware < LATEST


def _withhold(
    values: Values, names: tuple[str, ...], code: str, problem: str, advice: str
) -> list[Refusal]:
    left_out = tuple(name for name in names if values.pop(name, None) is not None)
    what = " and ".join(left_out)
    was = "were" if len(left_out) > 1 else "was"
    return [Refusal(code, f"{what} {was} not sent: {problem}.", advice, left_out)]
