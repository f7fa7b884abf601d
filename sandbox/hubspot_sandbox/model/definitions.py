"""The properties that every portal has.

https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

GROUPS = {
    "contacts": "contactinformation",
    "companies": "companyinformation",
    "deals": "dealinformation",
    "tickets": "ticketinformation",
    "products": "productinformation",
    "line_items": "lineiteminformation",
    "marketing_events": "marketingeventinformation",
    "courses": "courseinformation",
}

LIFECYCLE = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)

# name:type, a trailing ! means that HubSpot computes it.
_COMMON = "createdate:datetime! hs_lastmodifieddate:datetime! hs_object_id:number! \
hs_createdate:datetime! hs_merged_object_ids:string! hs_object_source:string! \
hs_object_source_label:string! hs_object_source_id:string! hubspot_owner_id:string"
_OWN = {
    "contacts": "email firstname lastname salutation phone mobilephone fax address city state zip \
country company website jobtitle lifecyclestage:lifecycle hs_lead_status:string \
hs_language:string hs_timezone message:textarea closedate:datetime hs_additional_emails \
hs_email_domain! hs_email_optout:bool! hs_marketable_status! lastmodifieddate:datetime! \
hs_all_contact_vids! hs_calculated_merged_vids! hs_is_contact:bool! hs_is_unworked:bool! \
hs_pipeline num_associated_deals:number! hs_legal_basis hs_analytics_source hs_latest_source",
    "companies": "name domain website phone address address2 city state zip country industry \
numberofemployees:number annualrevenue:number description:textarea about_us:textarea \
lifecyclestage:lifecycle hs_additional_domains hs_parent_company_id:number!",
    "deals": "dealname amount:number dealstage:stage pipeline:pipeline closedate:datetime \
dealtype:string description:textarea deal_currency_code hs_deal_stage_probability:number! \
hs_is_closed:bool! hs_is_closed_won:bool!",
    "tickets": "subject content:textarea hs_pipeline:pipeline hs_pipeline_stage:stage \
hs_ticket_priority:priority hs_ticket_category:string source_type:string hs_ticket_id:number! \
closed_date:datetime!",
    "products": "name description:textarea price:number hs_sku",
    "line_items": "name description:textarea price:number quantity:number amount:number! hs_sku \
hs_product_id",
    "marketing_events": "hs_event_name hs_event_description:html hs_event_type hs_event_organizer \
hs_event_url hs_start_datetime:datetime hs_end_datetime:datetime hs_event_cancelled:bool \
hs_event_completed:bool hs_registrants:number! hs_attendees:number! hs_cancellations:number! \
hs_no_shows:number!",
    "courses": "hs_course_name hs_course_id hs_enrollment_capacity:number",
}

_LABELS = {
    "firstname": "First name",
    "lastname": "Last name",
    "mobilephone": "Mobile phone number",
    "phone": "Phone number",
    "zip": "Postal code",
    "jobtitle": "Job title",
    "lifecyclestage": "Lifecycle stage",
    "closedate": "Close date",
    "createdate": "Create date",
    "lastmodifieddate": "Last modified date",
    "hs_lastmodifieddate": "Last modified date",
    "dealname": "Deal name",
    "dealstage": "Deal stage",
    "dealtype": "Deal type",
    "deal_currency_code": "Currency",
    "numberofemployees": "Number of employees",
    "annualrevenue": "Annual revenue",
    "hs_object_id": "Record ID",
}
_OPTIONS = {"lifecycle": LIFECYCLE, "priority": ("LOW", "MEDIUM", "HIGH", "URGENT")}
_KINDS = {
    "string": ("string", "text"),
    "textarea": ("string", "textarea"),
    "html": ("string", "html"),
    "number": ("number", "number"),
    "datetime": ("datetime", "date"),
    "bool": ("bool", "booleancheckbox"),
    "lifecycle": ("enumeration", "radio"),
    "priority": ("enumeration", "select"),
    "stage": ("enumeration", "radio"),
    "pipeline": ("enumeration", "select"),
}


_CUSTOM = _COMMON.removeprefix("createdate:datetime! ") + " hs_unique_creation_key!"
"""What records of a custom type have; they have no `createdate`."""


def hubspot_defined(object_type: str) -> Iterator[dict[str, Any]]:
    """Yield the definitions of an object type's own properties."""
    for word in f"{_OWN[object_type]} {_COMMON}".split():
        yield _defined(word, GROUPS[object_type])


def of_custom_type(group: str) -> Iterator[dict[str, Any]]:
    """Yield the definitions that HubSpot gives a custom type."""
    for word in _CUSTOM.split():
        yield _defined(word, group)


def _defined(word: str, group: str) -> dict[str, Any]:
    name, _, kind = word.rstrip("!").partition(":")
    type_, field_type = _KINDS[kind or "string"]
    return definition(
        {
            "name": name,
            "label": _LABELS.get(name, name.removeprefix("hs_").replace("_", " ").capitalize()),
            "groupName": group,
            "type": type_,
            "fieldType": field_type,
            "options": [{"value": v, "label": v.capitalize()} for v in _OPTIONS.get(kind, ())],
        },
        read_only=word.endswith("!"),
        hubspot=True,
    )


def definition(
    given: dict[str, Any], *, read_only: bool = False, hubspot: bool = False
) -> dict[str, Any]:
    """Return a whole property definition, as HubSpot answers it."""
    options = [
        {"description": "", "hidden": False, "displayOrder": n, **option}
        for n, option in enumerate(given.get("options") or [])
    ]
    return {
        "name": given["name"],
        "label": given["label"],
        "type": given["type"],
        "fieldType": given["fieldType"],
        "description": given.get("description", ""),
        "groupName": given["groupName"],
        "options": options,
        "displayOrder": given.get("displayOrder", -1),
        "calculated": given["fieldType"] == "calculation_equation",
        **_formula(given),
        "externalOptions": False,
        "archived": False,
        "hasUniqueValue": bool(given.get("hasUniqueValue")),
        "hidden": bool(given.get("hidden")),
        "hubspotDefined": hubspot,
        "modificationMetadata": {
            "archivable": not hubspot,
            "readOnlyDefinition": hubspot,
            "readOnlyValue": read_only or given["fieldType"] == "calculation_equation",
        },
        "formField": bool(given.get("formField", not read_only)),
        "dataSensitivity": "non_sensitive",
    }


def _formula(given: dict[str, Any]) -> dict[str, Any]:
    formula = given.get("calculationFormula")
    return {"calculationFormula": formula} if formula else {}


def pipelines(object_type: str) -> list[dict[str, Any]]:
    """Return the pipelines that a new portal has.

    https://developers.hubspot.com/docs/guides/api/crm/pipelines
    """
    if object_type == "deals":
        stages = (
            ("appointmentscheduled", "Appointment scheduled", "0.2", "false"),
            ("qualifiedtobuy", "Qualified to buy", "0.4", "false"),
            ("presentationscheduled", "Presentation scheduled", "0.6", "false"),
            ("decisionmakerboughtin", "Decision maker bought-in", "0.8", "false"),
            ("contractsent", "Contract sent", "0.9", "false"),
            ("closedwon", "Closed won", "1.0", "true"),
            ("closedlost", "Closed lost", "0.0", "true"),
        )
        built = [
            (i, label, {"isClosed": closed, "probability": probability})
            for i, label, probability, closed in stages
        ]
        return [_pipeline("default", "Sales Pipeline", built)]
    if object_type == "tickets":
        states = (
            ("1", "New", "OPEN"),
            ("2", "Waiting on contact", "OPEN"),
            ("3", "Waiting on us", "OPEN"),
            ("4", "Closed", "CLOSED"),
        )
        built = [
            (i, label, {"ticketState": s, "isClosed": str(s == "CLOSED").lower()})
            for i, label, s in states
        ]
        return [_pipeline("0", "Support Pipeline", built)]
    return []


def _pipeline(
    pipeline_id: str, label: str, stages: list[tuple[str, str, dict[str, str]]]
) -> dict[str, Any]:
    return {
        "id": pipeline_id,
        "label": label,
        "displayOrder": 0,
        "archived": False,
        "stages": [
            {"id": i, "label": name, "displayOrder": n, "metadata": metadata, "archived": False}
            for n, (i, name, metadata) in enumerate(stages)
        ],
    }
