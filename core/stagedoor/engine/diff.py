"""The difference between what HubSpot should hold and what both sides last agreed on."""

from __future__ import annotations

from collections.abc import Collection

from stagedoor.model import Action, Base, Change, Desired, Properties


def differing(base: Properties, desired: Properties) -> dict[str, str | None]:
    """Return the entries of `desired` that `base` does not already say.

    A property that `base` does not name has no value that we wrote, so wanting no value for
    it is no difference.
    """
    return {name: value for name, value in desired.items() if base.get(name) != value}


def change_of(
    base: Base | None, desired: Desired, match_key: str, only_new: Collection[str] = ()
) -> Change | None:
    """Return the change that turns `base` into `desired`, or nothing when they agree.

    Properties in `only_new` are part of a creation and never of an update.
    """
    if base is None:
        filled = {name: value for name, value in desired.properties.items() if value is not None}
        return _change(Action.CREATE, None, {}, filled, desired, match_key)
    wanted = {n: v for n, v in desired.properties.items() if n not in only_new}
    after = differing(base.properties, wanted)
    if not after:
        return None
    before = {name: base.properties.get(name) for name in after}
    return _change(Action.UPDATE, base.hubspot_id, before, after, desired, match_key)


def _change(
    action: Action,
    hubspot_id: str | None,
    before: Properties,
    after: Properties,
    desired: Desired,
    match_key: str,
) -> Change:
    return Change(
        ref=desired.ref,
        action=action,
        match_property=match_key,
        match_value=desired.match_value,
        hubspot_id=hubspot_id,
        before=before,
        after=after,
        source_hash=desired.source_hash,
    )


def agreed(before: Properties, sent: Properties, returned: Properties) -> dict[str, str | None]:
    """Return the new base: what was agreed, then what was sent, in HubSpot's own spelling.

    HubSpot may answer a value otherwise than it was sent (sanitised, rounded); its spelling is
    kept, since that is what a later read will show. An empty text is no value.
    """
    base = dict(before)
    for name, value in sent.items():
        base[name] = (returned.get(name) or None) if name in returned else value
    return base
