"""Which properties the mapping takes both ways."""

from __future__ import annotations

from stagedoor.errors import Misconfigured
from stagedoor.plugins import load_plugins
from stagedoor.sync.intake import wanted_properties
from stagedoor.sync.session import load_document
from tap_hubspot.settings import TapSettings


def two_way_properties(settings: TapSettings) -> dict[str, list[str]]:
    """Return the properties that go back and the match keys, by HubSpot's object type.

    Raises:
        Misconfigured: The mapping is wrong, or no property of it has `inbound: true`.
    """
    document = load_document(settings, load_plugins(settings.plugins))
    chosen = {name: sorted(names) for name, names in wanted_properties(document).items()}
    if not chosen:
        raise Misconfigured(
            "Nothing goes both ways: no property of the mapping has `inbound: true`. Give one to "
            "those whose edits in HubSpot the platform shall have, or take `two_way` out."
        )
    return chosen
