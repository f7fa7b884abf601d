"""The codes of dead letters that are ours; HubSpot's own are its error names."""

from __future__ import annotations

from stagedoor.explanations.explanation import Explanation

_REPLAY = "then replay the letter, or wait for the record to change again"

LETTERS = (
    Explanation(
        "INVALID_LINE",
        "A line of the input is no Singer message.",
        "A tap, or something that it calls, prints to its standard output.",
        "Let the tap log to standard error; run it again.",
    ),
    Explanation(
        "INVALID_RECORD",
        "A record does not fit the schema of its stream, so it was not taken in.",
        "A missing key, a text where a number belongs, a date that is none.",
        f"Correct the value on the platform, {_REPLAY}.",
    ),
    Explanation(
        "INVALID_TRANSFORM",
        "A plugin's `transform_records` made a record that its stream cannot hold.",
        "A defect of the plugin.",
        f"Mend the plugin, {_REPLAY}.",
    ),
    Explanation(
        "CALCULATOR_FAILED",
        "A calculator raised an error for this object; the property was left out.",
        "A defect of the plugin, or a value that it does not expect.",
        "Mend the plugin; the value is calculated again at each run until it succeeds.",
    ),
    Explanation(
        "NO_MATCH_KEY",
        "The object has no value to find it by in HubSpot, so it was not sent.",
        "Its match key, such as the e-mail address, is empty on the platform.",
        f"Fill it on the platform, {_REPLAY}.",
    ),
    Explanation(
        "INVALID_MATCH_KEY",
        "The value to find the object by is not valid, so it was not sent.",
        "Such as an e-mail address without a domain.",
        f"Correct it on the platform, {_REPLAY}.",
    ),
    Explanation(
        "INVALID_VALUE",
        "HubSpot would refuse this value, so the property was left out.",
        "Its codec or its length does not fit what the platform says.",
        "Correct the value on the platform, or the property's codec in the mapping.",
    ),
    Explanation(
        "INVALID_OPTION",
        "The property has no such choice in HubSpot.",
        "An option is missing there, or the value map of the mapping.",
        "Add the option in HubSpot, or map the value; then replay the letter.",
    ),
    Explanation(
        "INVALID_AMOUNT",
        "The deal's amount is not one that HubSpot takes.",
        "A currency that the account lacks, or a number that is none.",
        "Add the currency in HubSpot's settings, or correct the order.",
    ),
    Explanation(
        "INVALID_CLOSE_DATE",
        "The deal's close date is not one that HubSpot takes.",
        "A date that is none, or beyond HubSpot's range.",
        f"Correct it on the platform, {_REPLAY}.",
    ),
    Explanation(
        "INVALID_EMAIL",
        "The e-mail address is not valid, so the contact was not sent.",
        "A typing mistake on the platform.",
        f"Correct it on the platform, {_REPLAY}.",
    ),
    Explanation(
        "OBJECT_GONE",
        "HubSpot no longer has the object.",
        "Somebody deleted it there.",
        "The next run makes it anew; map `when_deleted` if it should stay away.",
    ),
    Explanation(
        "VALUE_TAKEN",
        "Another object in HubSpot has this unique value.",
        "Two records of one person, or an address that moved from one to another.",
        "Merge the two in HubSpot; the next run finds the one that is left.",
    ),
    Explanation(
        "ASSOCIATION_REFUSED",
        "HubSpot did not associate the two objects.",
        "One of them is gone, or the pair has as many as it may.",
        "Look at both in HubSpot; the pair is tried again at each run.",
    ),
    Explanation(
        "UNKNOWN_PIPELINE",
        "HubSpot has no such pipeline, so the deal or ticket went without.",
        "It was renamed or deleted there, or the mapping misspells it.",
        "Declare it under `pipelines` of the mapping, or map the value to one that is there.",
    ),
    Explanation(
        "UNKNOWN_STAGE",
        "The pipeline has no such stage, so the deal or ticket went without.",
        "It was renamed or deleted in HubSpot, or the mapping misspells it.",
        "Declare it under `pipelines` of the mapping, or map the value to one that is there.",
    ),
    Explanation(
        "UNKNOWN_CURRENCY",
        "The HubSpot account lacks this currency, so the amount was not sent.",
        "Nobody has added it there.",
        "Add it in HubSpot under Settings, Account Setup, Currency; the next run sends both.",
    ),
    Explanation(
        "NOT_TAKEN",
        "The platform does not take what was changed in HubSpot.",
        "A field that cannot be written there, or a value that it refuses.",
        "Correct the value in HubSpot, or give the property the owner `platform` in the mapping.",
    ),
    Explanation(
        "NOT_MADE",
        "A record that somebody made in HubSpot made no row on the platform.",
        "A value that the platform refuses, or a platform source that makes no rows.",
        "Correct the record in HubSpot, or take `creates` out of its mapping.",
    ),
    Explanation(
        "DELETED_FOR_PRIVACY",
        "The record was deleted in HubSpot for good, as the law wants it.",
        "The person asked for it there.",
        "Erase the person on the platform too, and here with `stagedoor forget`.",
    ),
    Explanation(
        "MERGED_IN_HUBSPOT",
        "Two records that the platform tells apart became one in HubSpot.",
        "Somebody merged them there.",
        "Merge the two on the platform too, or part them again in HubSpot.",
    ),
    Explanation(
        "UNACCOUNTED",
        "HubSpot's answer did not say what became of the object.",
        "A disturbance at HubSpot.",
        "Nothing: the next run sends it again. Look in HubSpot if this repeats.",
    ),
    Explanation(
        "NO_LONGER_OURS",
        "The object was to be taken away, but HubSpot's record is another one now.",
        "It was merged there, or its match value was changed.",
        "Decide in HubSpot what should become of it.",
    ),
    Explanation(
        "MEMBER_GONE",
        "HubSpot no longer has the record that was to be on a list.",
        "Somebody deleted it there.",
        "Nothing: it comes back to the list when it is made anew.",
    ),
    Explanation(
        "LIST_REFUSED",
        "HubSpot did not take the list, or its members.",
        "Filters that it does not know, or a scope that the token lacks.",
        "Read HubSpot's sentence; correct the list in the mapping.",
    ),
    Explanation(
        "LIST_EXISTS",
        "Another list has this name in HubSpot.",
        "Somebody made it there.",
        "Rename one of the two, or set `take_over` in the mapping.",
    ),
    Explanation(
        "LIST_OF_OTHER_KIND",
        "The list with this name is of another kind in HubSpot.",
        "It is dynamic where the mapping keeps members, or the other way round.",
        "Delete or rename it in HubSpot; the next run makes ours.",
    ),
    Explanation(
        "LIST_GONE",
        "HubSpot no longer has the list.",
        "Somebody deleted it there.",
        "The next run makes it anew; take it out of the mapping if it should stay away.",
    ),
    Explanation(
        "EVENT_NOT_DEFINED",
        "HubSpot does not know the behavioural event.",
        "It was never defined, or somebody deleted it.",
        "`stagedoor provision apply` defines it.",
    ),
    Explanation(
        "EVENTS_UNAVAILABLE",
        "The HubSpot account has no behavioural events.",
        "They need an Enterprise subscription and a scope.",
        "Take `events` out of the mapping, or grant the scope.",
    ),
    Explanation(
        "EVENT_REFUSED",
        "HubSpot did not take an occurrence of a behavioural event.",
        "A value that its definition does not take.",
        "Read HubSpot's sentence; correct the event in the mapping.",
    ),
    Explanation(
        "PARTICIPATION_REFUSED",
        "HubSpot did not take who takes part in a marketing event.",
        "The contact or the event is gone there.",
        "Read HubSpot's sentence; it is tried again when the participation changes.",
    ),
    Explanation(
        "REJECTED",
        "HubSpot refused the object and gave no name for why.",
        "Its message says more.",
        "Read HubSpot's sentence; correct the value, or the mapping of the property.",
    ),
    Explanation(
        "READ_ONLY_VALUE",
        "HubSpot computes this property itself.",
        "The mapping writes it all the same.",
        "Take the property out of the mapping.",
    ),
    Explanation(
        "PROPERTY_DOESNT_EXIST",
        "HubSpot has no such property.",
        "It was renamed or deleted there, or never made.",
        "`stagedoor provision apply` makes what the mapping needs; then replay the letter.",
    ),
)
