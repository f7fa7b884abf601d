"""Words of the engine, as people read them: statuses, purposes and the like."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - translators' tools know it by this name
    """Mark a text for translators."""
    return text


WORDS = {
    "queued": N_("waiting"),
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
    "waiting": N_("waiting"),
    "taken": N_("being worked on"),
    "open": N_("open"),
    "replayed": N_("replayed"),
    "resolved": N_("resolved"),
    "outbound": N_("to HubSpot"),
    "inbound": N_("from HubSpot"),
    "plan": N_("plan"),
    "replay": N_("replay"),
    "conflict": N_("a person's decision"),
    "undo": N_("a decision taken back"),
    "real-time": N_("as it happens"),
    "created": N_("created"),
    "updated": N_("updated"),
    "unchanged": N_("unchanged"),
    "rejected": N_("refused by HubSpot"),
    "invalid": N_("invalid"),
    "deferred": N_("deferred"),
    "create": N_("would be created"),
    "update": N_("would be updated"),
    "contacts": N_("Contacts"),
    "companies": N_("Companies"),
    "deals": N_("Deals"),
    "tickets": N_("Tickets"),
    "hubspot": N_("HubSpot"),
    "platform": N_("Platform"),
    "record": N_("taking in"),
    "mapping": N_("mapping"),
    "push": N_("sending"),
    "association": N_("associating"),
    "file": N_("A file owns this mapping; change it there."),
    "store": N_("saved here"),
    "shipped": N_("as shipped"),
    "oauth": N_("by consent (OAuth)"),
    "token": N_("by a token in the settings"),
    "none": N_("none"),
    "valid": N_("valid"),
    "expired": N_("expired; renewed at the next call"),
    "revoked": N_("revoked"),
    "problem": N_("problem"),
    "recovered": N_("recovered"),
    "test": N_("test"),
    "webhook": N_("webhook"),
    "email": N_("e-mail"),
    "sent": N_("sent"),
    "given_up": N_("given up"),
}
"""By the engine's word; what is not here is shown as it is."""

DONE = {
    "saved": N_("Saved. The next run follows it."),
    "rolled-back": N_("The old version is in force again."),
    "connected": N_("Connected with HubSpot."),
    "disconnected": N_("Disconnected. The tokens are revoked and forgotten."),
    "decided": N_("Decided. The platform has the value, and HubSpot too."),
    "undone": N_("Taken back. Each side has what it held, and the property waits again."),
    "made": N_("Made in HubSpot what was missing."),
    "retried": N_("The event is followed once more."),
    "tested": N_("A test is on its way."),
    "debugging": N_("Calls are kept from now on, for a while."),
    "not_debugging": N_("No more calls are kept."),
}
"""What a page says after something was done, by the word in its address."""
