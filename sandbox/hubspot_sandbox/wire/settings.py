"""The account, its owners, and what is left of its limits.

https://developers.hubspot.com/docs/guides/api/settings/account-information-api
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from hubspot_sandbox.model import account
from hubspot_sandbox.model.values import iso
from hubspot_sandbox.wire.answers import answer
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import not_found
from hubspot_sandbox.wire.properties import MAX_CUSTOM

_EPOCH = iso(1_577_836_800_000)
OWNERS = (("41629779", "Ioana", "Marin", 9586504), ("41629780", "Max", "Weber", 9586505))


def details(call: Call) -> Response:
    """GET /account-info/details."""
    return answer(
        {
            "portalId": call.portal.portal_id,
            "accountType": "DEVELOPER_TEST",
            "timeZone": account.TIME_ZONE,
            "companyCurrency": account.CURRENCY,
            "additionalCurrencies": list(account.ADDITIONAL_CURRENCIES),
            "utcOffset": "+02:00",
            "utcOffsetMilliseconds": 7_200_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        }
    )


def usage(call: Call) -> Response:
    """GET /account-info/api-usage/daily/private-apps."""
    now, allowance = call.portal.now(), call.sandbox.limits.allowance
    here = ZoneInfo(account.TIME_ZONE)
    tomorrow = datetime.fromtimestamp(now / 1000, here).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, datetime.min.time(), here)
    told = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": (allowance.daily if allowance else None) or 1_000_000,
        "currentUsage": call.sandbox.limits.used_today(call.portal.portal_id, now),
        "collectedAt": iso(now),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(int(midnight.timestamp() * 1_000)),
    }
    return answer({"results": [told]})


def custom_property_limits(call: Call) -> Response:
    """GET /crm/limits/custom-properties."""
    per_type = [
        {
            "objectTypeId": kind.id,
            "singularLabel": kind.singular.capitalize(),
            "pluralLabel": kind.name.capitalize(),
            "limit": MAX_CUSTOM,
            "usage": sum(
                not definition["hubspotDefined"]
                for definition in call.portal.schema.properties[kind.name].values()
            ),
        }
        for kind in call.portal.types
    ]
    total = sum(int(str(entry["usage"])) for entry in per_type)
    return answer({"overallLimit": 10_000, "overallUsage": total, "byObjectType": per_type})


def owners(call: Call) -> Response:
    """GET /owners."""
    wanted, after = call.query("email"), int(call.query("after") or 0)
    limit = min(int(call.query("limit") or 100), 500)
    if call.flag("archived"):
        return answer({"results": []})
    listed = [owner for owner in map(_owner, OWNERS) if wanted in (None, owner["email"])]
    body: dict[str, Any] = {"results": listed[after : after + limit]}
    if after + limit < len(listed):
        body["paging"] = {"next": {"after": str(after + limit)}}
    return answer(body)


def owner(call: Call) -> Response:
    """GET /owners/{id}."""
    name = "userId" if call.query("idProperty") == "userId" else "id"
    for entry in map(_owner, OWNERS):
        if str(entry[name]) == call.request.path_params["id"]:
            return answer(entry)
    raise not_found()


def _owner(given: tuple[str, str, str, int]) -> dict[str, Any]:
    owner_id, first, last, user_id = given
    return {
        "id": owner_id,
        "email": f"{first}.{last}@example.com".lower(),
        "type": "PERSON",
        "firstName": first,
        "lastName": last,
        "userId": user_id,
        "userIdIncludingInactive": user_id,
        "createdAt": _EPOCH,
        "updatedAt": _EPOCH,
        "archived": False,
        "teams": [],
    }
