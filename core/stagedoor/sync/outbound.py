"""The main path of an outbound run, from absorbed rows to a settled portal."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime

from stagedoor.engine import explain
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.facts import PortalFacts
from stagedoor.mapping.pipelines import other_ids
from stagedoor.model import ObjectRef, Status
from stagedoor.state.facts import known_facts
from stagedoor.sync.audience_push import AudiencePush, forget_deleted
from stagedoor.sync.checking import check_sql
from stagedoor.sync.guard import check_size
from stagedoor.sync.labelling import Labelling
from stagedoor.sync.lifecycle import LifecycleGuard
from stagedoor.sync.planning import Planned, Planner
from stagedoor.sync.portals import open_portal, portal_to_plan
from stagedoor.sync.provision import (
    ensure_provisioned,
    fitting_provision,
    make_provision,
    may_provision,
)
from stagedoor.sync.pushing import Push
from stagedoor.sync.removing import Removing
from stagedoor.sync.saved_plan import SavedPlan, check_same, check_standing, standing_on
from stagedoor.sync.schema_steps import replace_schema, with_schema
from stagedoor.sync.session import Session
from stagedoor.sync.summary import Summary
from stagedoor.sync.two_way import keep_decisions, present_values, recall_writes, sent_by

logger = logging.getLogger("stagedoor")


def push(session: Session, portal: Portal) -> Summary:
    """Write everything that is pending to `portal`, and return what was done.

    Raises:
        Misconfigured: Before any write, when portal and mapping do not fit.
        Refused: Before any write, when the plan is larger than `max_changes`.
        Unavailable: HubSpot stopped answering; what was done is settled, the rest stays pending.
    """
    check_portal(session, portal)
    ensure_provisioned(session, portal)
    _forget_deleted_lists(session, portal)
    planner = _push(session, portal)
    planner.settle_mapping()
    session.database.checkpoint()
    return session.summary


def push_part(session: Session, portal: Portal) -> Summary:
    """Write what is pending of the few objects that a session is about, and return what was done.

    What HubSpot must have for it a run over everything has made; the state's file is left to that
    run too.

    Raises:
        Misconfigured: The state was filled from another portal.
        Refused: Before any write, when the plan is larger than `max_changes`.
        Unavailable: HubSpot stopped answering; what was done is settled, the rest stays pending.
    """
    check_portal(session, portal)
    _push(session, portal)
    return session.summary


def _push(session: Session, portal: Portal) -> Planner:
    planner = planner_for(session, portal)
    planned = planner.plan()
    check_size(session, planned)
    _count(session, planned)
    try:
        left = _carry_out(session, portal, planner, planned)
        while left:
            # What HubSpot had lost is unlinked now, and some address was given up: once more,
            # for as long as that helps.
            before, left = left, _carry_out(session, portal, planner, planner.plan())
            if left >= before:
                _carry_out(session, portal, planner, planner.plan(), last=True)
                break
    finally:
        session.summary.calls = dict(portal.calls)
        session.summary.dead_letters = session.letters.buried
    return planner


def plan(session: Session, portal: Portal | None = None) -> Planned:
    """Return what `push` would do now.

    Without a portal, properties about which HubSpot's present value decides count as if it held
    what was last agreed.
    """
    return planner_for(session, portal).plan()


def plan_with_schema(session: Session, portal: Portal) -> tuple[Planned, dict[str, str]]:
    """Return what `push` would do now, HubSpot's schema included, and what that stands on."""
    digests = standing_on(session, portal.account().portal_id)
    provision = fitting_provision(session, portal)
    _forget_deleted_lists(session, portal)
    planner = planner_for(session, portal, provision.surroundings.expected)
    return with_schema(planner.plan(), provision, portal, session.document.events), digests


def push_saved(session: Session, portal: Portal, saved: SavedPlan) -> Summary:
    """Write a saved plan, exactly; what HubSpot defers waits for the next run.

    Raises:
        Moved: Before any write, when something that the plan stands on has changed.
        Refused: Before any write, when it is larger than the settings allow.
        Unavailable: HubSpot stopped answering; what was done is settled, the rest stays pending.
    """
    session = replace(session, started=saved.now)
    check_portal(session, portal)
    check_standing(saved, standing_on(session, portal.account().portal_id))
    provision = fitting_provision(session, portal)
    _forget_deleted_lists(session, portal)
    events = session.document.events
    expected = provision.surroundings.expected
    planner = planner_for(session, portal, expected)
    planned = with_schema(planner.plan(), provision, portal, events)
    check_same(saved, planned)
    check_size(session, planned)
    facts = make_provision(session, portal, provision)
    if facts != expected:
        # HubSpot gave ids that nobody could know before; all else must be as it was shown.
        planner = planner_for(session, portal)
        planned = replace_schema(planner.plan(), planned.plan.schema)
        check_same(saved, planned, other_ids(expected, facts))
    _count(session, planned)
    try:
        _carry_out(session, portal, planner, planned, last=True, may_define=True)
    finally:
        session.summary.calls = dict(portal.calls)
        session.summary.dead_letters = session.letters.buried
    planner.settle_mapping()
    session.database.checkpoint()
    return session.summary


def check_portal(session: Session, portal: Portal) -> None:
    """Make sure that the state belongs to this portal.

    Raises:
        Misconfigured: The state was filled from another portal.
    """
    portal_id = str(portal.account().portal_id)
    known = session.database.fact("portal_id")
    if known is None:
        session.database.remember("portal_id", portal_id)
    elif known != portal_id:
        raise Misconfigured(
            f"The state of portal {session.settings.portal!r} belongs to HubSpot account {known}, "
            f"but this token opens account {portal_id}. Set `portal` to another name for another "
            "account, or run `stagedoor rebuild` when the account was replaced."
        )


def _forget_deleted_lists(session: Session, portal: Portal) -> None:
    if session.document.lists:
        forget_deleted(portal, session.audience)


def planner_for(
    session: Session, portal: Portal | None = None, facts: PortalFacts | None = None
) -> Planner:
    """Return what plans over the state of a session, asking `portal` for present values.

    Without `facts` of the portal, those of the last push count.
    """
    recall_writes(session)
    return Planner(
        session.database,
        session.ledger,
        session.plugins,
        session.document,
        session.started,
        present_values(session, portal),
        facts,
        scope=session.scope,
    )


def _count(session: Session, planned: Planned) -> None:
    """Report what planning decided without a call."""
    for object_type, unchanged in planned.plan.unchanged.items():
        session.summary.count(object_type, Status.UNCHANGED, unchanged)
    for ref, _, _ in planned.invalid:
        session.summary.count(ref.object_type, Status.INVALID)
    session.summary.withheld = len(planned.withheld)
    session.letters.bury_refusals("mapping", ((ref, why) for ref, _, why in planned.invalid))
    session.letters.bury_refusals("mapping", planned.withheld)
    session.ledger.refuse((ref, source_hash) for ref, source_hash, _ in planned.invalid)


def _carry_out(
    session: Session,
    portal: Portal,
    planner: Planner,
    planned: Planned,
    *,
    last: bool = False,
    may_define: bool = False,
) -> int:
    """Write one plan; return how many objects are worth a second attempt.

    `may_define` allows to define behavioural events whatever the settings say.
    """
    keep_decisions(session, planner.present.two_way)
    order = known_facts(session.database).lifecycle
    guarded = LifecycleGuard(portal, order) if session.document.lifecycle else portal
    work = Push(
        guarded,
        session.ledger,
        session.letters,
        session.summary,
        session.progress,
        in_flight=session.settings.max_in_flight,
        associations=planner.associations(),
        last=last,
    )
    work.observers = session.observers
    work.sent = sent_by(session)
    labelling = Labelling(
        portal.labels, session.labels, session.letters, session.summary, session.progress
    )
    work.carry_out(planned.plan, labelling)
    may_define = may_define or may_provision(session.settings)
    lost = _carry_out_audience(session, portal, planner, planned, may_define=may_define)
    Removing(session, portal, planner.associations()).carry_out(planned.plan)
    return work.again + lost


def _carry_out_audience(
    session: Session, portal: Portal, planner: Planner, planned: Planned, *, may_define: bool
) -> int:
    """Do what goes on around contacts; return how many marketing events HubSpot had lost."""
    if not planned.plan.audience:
        return 0
    around = AudiencePush(
        portal,
        session.audience,
        session.letters,
        session.summary,
        session.progress,
        in_flight=session.settings.max_in_flight,
    )
    around.carry_out(
        planned.plan.audience,
        planner.audience.lists.known(),
        session.document.events,
        may_define=may_define,
    )
    lost = [ObjectRef(entry, key) for entry, key in around.lost_events]
    session.ledger.unlink(lost, ())
    return len(lost)


def finish(session: Session, saved: SavedPlan | None = None) -> None:
    """End a run whose input is absorbed: push it, or in a dry run print the plan.

    Both go to standard error; standard output belongs to Singer's STATE.

    Raises:
        Misconfigured: Before any write, when plugins' SQL names what the input did not bring.
    """
    if session.doubts and (session.dry_run or session.settings.push):
        check_sql(session.plugins, session.replica, session.document)
    if session.dry_run:
        with portal_to_plan(session.settings, session.document) as asked:
            planned = plan(session, asked)
        for line in explain.lines(planned.plan, planned.keys):
            sys.stderr.write(f"{line}\n")
        return
    if not session.settings.push and saved is None:
        logger.info("Taken in; nothing is pushed since `push` is off. Next: stagedoor push")
        return
    with open_portal(session.settings) as portal:
        summary = push_saved(session, portal, saved) if saved else push(session, portal)
    summary.seconds = (datetime.now(UTC) - session.started).total_seconds()
    for line in summary.lines():
        logger.info(line)
    if session.settings.is_sandbox:
        logger.info("look at it    stagedoor sandbox, then open http://127.0.0.1:8025")
