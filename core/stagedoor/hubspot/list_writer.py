"""Makes and fills lists so that one bad record costs that record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from stagedoor.engine.audience import ListStep, Member, MembershipBatch, WantedList
from stagedoor.engine.batches import chunks
from stagedoor.errors import Reject
from stagedoor.hubspot import lists
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.requests import Paths
from stagedoor.hubspot.responses import Response, Verdict, resolve
from stagedoor.model import Refusal

LIST_GONE = "LIST_GONE"


@dataclass
class Moved:
    """What became of a change of members."""

    came: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    refused: list[tuple[Member, Refusal]] = field(default_factory=list)
    list_refusal: Refusal | None = None
    """Why nothing more can be done with this list."""

    def __iadd__(self, other: Moved) -> Self:
        """Add what became of another part."""
        self.came += other.came
        self.left += other.left
        self.refused += other.refused
        self.list_refusal = self.list_refusal or other.list_refusal
        return self


class ListWriter:
    """The lists of one portal."""

    def __init__(self, client: HubSpotClient, paths: Paths) -> None:
        """Send through `client`."""
        self._client = client
        self._paths = paths
        self._most: int | None = None

    def existing(self, list_ids: Sequence[str]) -> set[str]:
        """Return which of these lists HubSpot still has.

        Raises:
            Reject: HubSpot refuses to say.
        """
        found: set[str] = set()
        for chunk in chunks(list_ids, lists.MAX_FOUND):
            response = self._client.send(lists.search_lists(self._paths, chunk))
            if resolve(response).verdict is not Verdict.OK:
                raise Reject(
                    f"HubSpot refused to say which lists there are: {response.message}",
                    status=response.status,
                    category=response.category,
                    correlation_id=response.correlation_id,
                )
            found |= {str(one["listId"]) for one in response.payload.get("lists") or ()}
        return found

    def find(self, wanted: WantedList) -> lists.FoundList | None:
        """Return the list of this name, if there is one."""
        request = lists.find_list(self._paths, wanted.object_type, wanted.name)
        response = self._client.send(request)
        if resolve(response).verdict is not Verdict.OK:
            return None
        return lists.from_payload(response.payload["list"])

    def make(self, wanted: WantedList) -> str | Refusal:
        """Make a list and return its id.

        Where an answer was lost, a repeated call finds the name taken: the list is looked up.
        """
        response = self._client.send(lists.make_list(self._paths, wanted))
        if resolve(response).verdict is Verdict.OK:
            return lists.from_payload(response.payload["list"]).list_id
        found = self.find(wanted)
        return found.list_id if found else refusal(response, f"List {wanted.name} was not made")

    def change(self, list_id: str, step: ListStep, wanted: WantedList) -> Refusal | None:
        """Rename a list, or give it other filters; return why not, if so."""
        if step is ListStep.RENAME:
            request = lists.rename_list(self._paths, list_id, wanted.name)
        else:
            request = lists.filter_list(self._paths, list_id, wanted.filters or "{}")
        response = self._client.send(request)
        if resolve(response).verdict is Verdict.OK:
            return None
        return refusal(response, f"List {wanted.name} was not changed")

    def move(self, list_id: str, batch: MembershipBatch) -> Moved:
        """Change members; a call that is refused is halved, down to the record at fault.

        HubSpot does not say how many records a call may have: when halves go through, later calls
        are no larger.
        """
        moved = Moved()
        for chunk in chunks(batch.members, self._most or len(batch.members)):
            moved += self._move(list_id, MembershipBatch(chunk))
            if moved.list_refusal is not None:
                break
        return moved

    def _move(self, list_id: str, batch: MembershipBatch) -> Moved:
        response = self._client.send(lists.change_members(self._paths, list_id, batch))
        if resolve(response).verdict is Verdict.OK:
            return _accounted(batch, response)
        if response.status == 404:
            return Moved(list_refusal=gone())
        if len(batch.members) == 1:
            why = refusal(response, f"HubSpot did not take {batch.members[0].key}")
            return Moved(refused=[(batch.members[0], why)])
        moved, middle = Moved(), len(batch.members) // 2
        for half in (batch.members[:middle], batch.members[middle:]):
            moved += self._move(list_id, MembershipBatch(half))
        if not moved.refused and moved.list_refusal is None:
            self._most = min(self._most or middle, max(middle, 1))
        return moved


def _accounted(batch: MembershipBatch, response: Response) -> Moved:
    missing = {str(one) for one in response.payload.get("recordIdsMissing") or ()}
    lost = [m for m in batch.members if not m.leaves and m.hubspot_id in missing]
    return Moved(
        came=[one for one in batch.add if one not in missing],
        left=batch.remove,
        refused=list(_not_found(lost)),
    )


def _not_found(members: Sequence[Member]) -> Iterator[tuple[Member, Refusal]]:
    for member in members:
        yield (
            member,
            Refusal(
                "MEMBER_GONE",
                f"HubSpot has no record {member.hubspot_id}, so it is on no list.",
                "It was deleted or merged in HubSpot; when the platform's record changes it is "
                "found or made again, and put on the list.",
            ),
        )


def gone() -> Refusal:
    """Return why a list that HubSpot no longer has was not filled."""
    return Refusal(
        LIST_GONE,
        "The list was deleted in HubSpot.",
        "The next run makes it again; take it out of the mapping if it is not wanted.",
    )


def refusal(response: Response, what: str) -> Refusal:
    """Return what HubSpot says, for a dead letter."""
    return Refusal(
        code=response.category or "LIST_REFUSED",
        message=f"{what}: {response.message}",
        advice="Correct what HubSpot names in the mapping; the next run tries again.",
        category=response.category,
        correlation_id=response.correlation_id,
    )
