"""The codes that end a run; `stagedoor.errors` has a class for each."""

from __future__ import annotations

from stagedoor.explanations.explanation import Explanation

RUNS = (
    Explanation(
        "STAGEDOOR",
        "Something failed that has no code of its own.",
        "A defect, or a circumstance that nobody thought of.",
        "Run again; if it stays, report the sentence and the traceback above it.",
        500,
    ),
    Explanation(
        "REJECT",
        "HubSpot refused this call for what it contains.",
        "A value that the property does not take, a record that is gone, a name that is taken.",
        "Read HubSpot's sentence; correct the value, or the mapping of the property.",
        422,
    ),
    Explanation(
        "RETRY",
        "The call may succeed later.",
        "HubSpot was busy, or the connection failed.",
        "Nothing: it is repeated by itself.",
        503,
    ),
    Explanation(
        "MISCONFIGURED",
        "A setting, plugin or mapping is wrong; nothing was written.",
        "A misspelt name, a missing token, a plugin that cannot be loaded.",
        "Correct what the sentence names; `stagedoor doctor` checks all of it.",
        409,
    ),
    Explanation(
        "FORBIDDEN",
        "HubSpot does not let the token do this.",
        "The app or key lacks a scope, or the HubSpot account the feature.",
        "Grant the scopes that the sentence names, then connect the portal again.",
        409,
    ),
    Explanation(
        "UNAVAILABLE",
        "The portal or the platform did not answer usefully; what is pending stays pending.",
        "An outage, a network, or the day's allowance of calls is used up.",
        "Run again later; nothing is lost.",
        503,
    ),
    Explanation(
        "BUSY",
        "Another process holds the portal.",
        "A run of the same portal goes on, as of a Meltano schedule.",
        "Wait until it ends, or raise `lease_timeout`.",
        409,
    ),
    Explanation(
        "TOO_MANY_CHANGES",
        "The plan is larger than the settings allow; nothing was written.",
        "A mapping or calculator changed, or the platform was restored or cut off.",
        "Look at it with `stagedoor plan`; when it is right, push with `stagedoor push --yes`.",
        409,
    ),
    Explanation(
        "INCOMPLETE_INPUT",
        "The platform was not read to its end; nothing was pushed.",
        "The tap was stopped, or lost its connection.",
        "Run the same command again.",
    ),
    Explanation(
        "PLAN_MOVED",
        "What a saved plan stands on has changed; nothing was written.",
        "The platform, the mapping or HubSpot's schema moved on meanwhile.",
        "Plan again, look again, push that.",
        409,
    ),
)
