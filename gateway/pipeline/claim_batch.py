"""One transaction of what was decided: what still holds is claimed, and the rest looked at again."""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from sqlalchemy import Connection

from destinations.kit import Channel, Hold, IntegrationError, Reason, Send, Suppress
from gateway import ids
from gateway.deliveries import Delivery, DeliveryStatus, Step
from gateway.facts.compiled import Compiled
from gateway.facts.consent import ConsentFacts
from gateway.jobs import Job
from gateway.people import as_fact
from gateway.pipeline import accounts, gates, load, settle, unsent_steps
from gateway.pipeline.decide import Decision
from gateway.pipeline.leaving import turn_of
from gateway.pipeline.load import Facts, Item
from gateway.pipeline.pacer import Lane
from gateway.pipeline.send import Claim
from gateway.pipeline.settle import Reached
from gateway.pipeline.within_limits import Places
from gateway.sending_limits import Near
from gateway.services import Services
from gateway.shared.base import Wanted
from gateway.storage import (
    attempts,
    configuration,
    consent,
    destinations,
    jobs,
    leases,
    mappings,
    notices,
    senders,
)
from gateway.storage.destinations import Standing
from gateway.storage.leases import LEASE
from gateway.storage.locks import lock_numbers
from gateway.storage.notices import Notice
from gateway.workspace import Mapping as Configured

EXTENDED_FROM = timedelta(seconds=10)
"""A lease that was held for so long is held anew before a request leaves."""

_TO_EXPIRE = (Reason.ACCOUNT_NOT_VERIFIED, Reason.PAUSED)
_UNTIL_WOKEN = (*_TO_EXPIRE, Reason.SENDER_REMOVED)
"""What waits for these is woken when it may go out. `_TO_EXPIRE`: it is due before that only to expire."""

Words = Mapping[tuple[str, Channel], int]
"""How many words of consent there are, by number and channel."""


class Decided(msgspec.Struct, frozen=True):
    """What is to become of a Delivery. `facts` are what its plan has read of consent, where it is to be sent; `revision` is that of the
    Snapshot by which it was decided. Of a shadow only is recorded what would be sent.
    """

    item: Item
    decision: Decision
    one: Compiled | None = None
    facts: ConsentFacts | None = None
    revision: int | None = None
    is_shadow: bool = False

    @property
    def sends(self) -> Send | None:
        """What is to be sent; of a shadow nothing is."""
        plan = self.decision.plan
        return plan if isinstance(plan, Send) and not self.is_shadow else None


class Batch:
    """One transaction of what was decided. `claims` are the requests that may be made once it is on disk."""

    def __init__(self, services: Services, known: Facts, lanes: Mapping[str, Lane], now: datetime) -> None:
        self._services = services
        self._known = known
        self._lanes = lanes
        self.now = now
        self._stands: dict[str, Standing] = {}
        self._stopped: frozenset[tuple[str, str]] = frozenset()
        self._passed_on: list[Delivery] = []
        self.claims: list[Claim] = []
        self.paced: list[tuple[Lane, datetime]] = []
        self.near: list[Near] = []
        self.is_outdated = False
        self._revision: int | None = None

    def write(self, connection: Connection, decided: Sequence[Decided]) -> list[Reached]:
        now = self.now
        self.claims, self.paced, self._passed_on, self._revision = [], [], [], None
        leases = {one.item.delivery.id: one.item.job for one in decided}
        self._stands = destinations.standings(
            connection,
            sorted({one.item.delivery.destination_id for one in decided}),
            for_update=any(_waits_for_a_wake(one) or one.decision.probing for one in decided),
        )
        with_stopped = [key for key, stands in self._stands.items() if stands.senders_stopped]
        self._stopped = senders.stopped(connection, with_stopped, now)
        places = Places(_to_be_sent(decided), now)
        unchanged = self._unchanged(connection, decided, places)
        places.read(connection)
        known_now = self._known_now(connection, decided)
        behind, outdated = self._behind(connection, decided), self._outdated(connection, decided)
        taken: list[Step] = []
        again: list[Job] = []
        to_send: list[Decided] = []
        for one in decided:
            item, plan = one.item, one.sends
            if plan is not None:
                waits = item.delivery.id in self._lanes
                if (
                    item.delivery.id not in unchanged
                    or item.job.id in behind
                    or item.delivery.id in outdated
                    or not self._may_leave(one, plan)
                    or not (waits or places.take(item.delivery.id))
                ):
                    # Somebody spoke meanwhile, an earlier text to them may go now, the account fell into trouble, something was
                    # switched off or went into SHADOW, or others took the last place of a limit: look again.
                    again.append(item.job)
                elif waits:
                    taken.append(self._waits_for_its_turn(one, plan))
                else:
                    day, trace = places.day(item.delivery.id), one.decision.trace
                    taken.append(unsent_steps.claimed(item.delivery, plan, trace, now, day))
                    to_send.append(one)
                continue
            if item.delivery.id in known_now or item.delivery.id in outdated:
                again.append(item.job)
                continue
            step = self._stop(connection, one)
            if step is None:
                again.append(item.job)
            else:
                taken.append(step)
        reached = settle.apply(connection, taken, now, leases)
        jobs.retry_at(connection, [(job, now) for job in again])
        got_through = {one.delivery_id for one in reached}
        for delivery in self._passed_on:
            if delivery.id in got_through:
                accounts.pass_on(connection, delivery.destination_id, delivery.id, now)
        claimed = [one for one in to_send if one.item.delivery.id in got_through]
        self._claim(connection, claimed)
        self.near = places.count(connection, [one.item.delivery.id for one in claimed], now)
        return reached

    def _waits_for_its_turn(self, one: Decided, plan: Send) -> Step:
        """Its sender sends no faster."""
        item, trace = one.item, one.decision.trace
        lane, there = self._lanes[item.delivery.id], _compiled(one)
        until = gates.expiry(item.event, there.mapping, item.delivery.waited(self.now))
        self.paced.append((lane, until))
        destination = there.destination
        turn = gates.paced(trace, destination, lane.sender, lane.rate(destination.policy), until)
        hold = gates.waiting(turn, item.event, there.mapping, item.delivery.waited(self.now))
        return unsent_steps.paced(item.delivery, plan, hold, trace, self.now, lane.key)

    def _claim(self, connection: Connection, to_send: Sequence[Decided]) -> None:
        now = self.now
        for one in to_send:
            plan, delivery = one.sends, one.item.delivery
            if plan is None:
                raise TypeError("Only what is planned to be sent is claimed")
            self.claims.append(
                Claim(
                    job=one.item.job,
                    one=_compiled(one),
                    delivery_id=delivery.id,
                    space=delivery.space,
                    attempt_id=ids.new("att"),
                    number=delivery.attempt_count + 1,
                    first_attempt_at=delivery.first_attempt_at or now,
                    started_at=now,
                    recipient=plan.recipient,
                    request=plan.request,
                    sender=plan.sender,
                    probing=accounts.is_prober(self._stands[delivery.destination_id], delivery.id),
                    turn=None if self._services.settings.alone else _turn_of(one, plan),
                    words={} if one.facts is None else one.facts.read,
                )
            )
        attempts.start(
            connection,
            [attempts.Start(claim.attempt_id, claim.delivery_id, claim.number, now) for claim in self.claims],
        )
        notices.tell(
            connection,
            [
                Notice(one.item.delivery.space, plan.recipient, one.item.delivery.id, now)
                for one in to_send
                if (plan := one.sends) is not None and plan.tells_opt_out
            ],
        )
        old = [claim.job for claim in self.claims if claim.job.until < now + LEASE - EXTENDED_FROM]
        leases.extend(connection, old, now + LEASE)

    def _may_leave(self, one: Decided, plan: Send) -> bool:
        """Whether the destination still lets it out: gate 1 once more, by what is stored now."""
        delivery = one.item.delivery
        may = may_leave(
            self._stands[delivery.destination_id], self._stopped, delivery, _compiled(one), plan, self.now
        )
        self.is_outdated = self.is_outdated or not may
        return may

    def _unchanged(self, connection: Connection, decided: Sequence[Decided], places: Places) -> set[str]:
        """Those to be sent for whose numbers nothing was said since their plans read it. Locks these numbers, and all that the places take.

        A conversation is not asked for again: what was heard of one since only makes it later.
        """
        sending = [one for one in decided if one.sends is not None and one.facts is not None]
        numbers: dict[str, set[str]] = {}
        for one in sending:
            numbers.setdefault(one.item.delivery.space, set()).update(
                phone for phone, _channel in (one.facts.read if one.facts else ())
            )
        spoken_of = {(space, phone) for space, phones in numbers.items() for phone in phones}
        lock_numbers(connection, spoken_of | places.numbers, places.destinations)
        counts = {space: consent.counts(connection, space, phones) for space, phones in numbers.items()}
        return {
            one.item.delivery.id
            for one in sending
            if one.facts is not None and is_unchanged(one.facts.read, counts[one.item.delivery.space])
        }

    def _behind(self, connection: Connection, decided: Sequence[Decided]) -> set[int]:
        """The jobs of those to be sent that somebody's earlier text goes before. One process alone keeps that order by itself."""
        if self._services.settings.alone:
            return set()
        sending = [one.item.job for one in decided if one.sends is not None]
        return leases.behind(connection, sending, self.now)

    def _outdated(self, connection: Connection, decided: Sequence[Decided]) -> set[str]:
        """Those whose mapping went into SHADOW since they were decided, came out of it, or sends them no more."""
        planned = [one for one in decided if isinstance(one.decision.plan, Send)]
        if not planned:
            return set()
        current = self._current(connection)
        asked = [
            one for one in planned if one.revision != current and not one.item.delivery.is_stop_confirmation
        ]
        there = mappings.by_ids(connection, {one.item.delivery.mapping_id for one in asked}) if asked else {}
        found = {one.item.delivery.id for one in asked if not _is_as_decided(one, there)}
        self.is_outdated = self.is_outdated or bool(found)
        return found

    def _current(self, connection: Connection) -> int:
        """The revision of what is configured now, read once for the batch: behind its locks."""
        if self._revision is None:
            self._revision = configuration.revision(connection)
        return self._revision

    def _known_now(self, connection: Connection, decided: Sequence[Decided]) -> set[str]:
        """Those that would wait for an identify that came since they were decided: nobody else would wake them."""
        waiting = [
            one.item
            for one in decided
            if isinstance(one.decision.plan, Hold) and one.decision.plan.reason is Reason.PROFILE_PENDING
        ]
        if not waiting:
            return set()
        now = Facts(load.crowd_of(connection, waiting), {}, {}, {}, {})
        return {
            item.delivery.id
            for item in waiting
            if _as_fact(now, item._replace(fresh=None)) != _as_fact(self._known, item)
        }

    def _stop(self, connection: Connection, one: Decided) -> Step | None:
        """Why nothing is sent now; None where that is over already, and it has its next turn at once."""
        item, decision = one.item, one.decision
        delivery, plan = item.delivery, decision.plan
        match plan:
            case Hold():
                until = self._held_until(connection, one, plan)
                if until is None:
                    return None
                step = unsent_steps.held(delivery, plan, decision.trace, self.now, until)
                waits = plan.reason not in _TO_EXPIRE
            case Suppress():
                step, waits = unsent_steps.suppressed(delivery, plan, decision.trace, self.now), True
            case IntegrationError():
                step = unsent_steps.refused(delivery, plan, decision.trace, self.now, random.uniform)
                waits = step.status is DeliveryStatus.REJECTED
            case Send():
                step, waits = unsent_steps.shadowed(delivery, plan, decision.trace, self.now), True
            case _ as never:
                assert_never(never)
        if decision.probing and waits:
            self._passed_on.append(delivery)
        return step

    def _is_current(self, connection: Connection, one: Decided) -> bool:
        """Whether nothing was changed since it was decided: its mapping may name another sender by now, or the account have this one.
        Its destination is locked, so that what is read once holds for the batch.
        """
        current = self._current(connection) == one.revision
        self.is_outdated = self.is_outdated or not current
        return current

    def _held_until(self, connection: Connection, one: Decided, plan: Hold) -> datetime | None:
        """When a Delivery that waits has its next turn; None: what it waits for is over by now, and nobody would wake it."""
        if not _waits_for_a_wake(one):
            return plan.until
        if plan.reason is Reason.SENDER_REMOVED:
            return plan.until if self._is_current(connection, one) else None
        delivery, would_send = one.item.delivery, one.decision.shown
        stands = self._stands[delivery.destination_id]
        if would_send is not None and (delivery.destination_id, would_send.sender) in self._stopped:
            return plan.until  # its sender is paused
        if accounts.is_over(plan.reason, stands, delivery.id, self.now):
            self.is_outdated = True
            return None
        if plan.reason is not Reason.ACCOUNT_NOT_VERIFIED or stands.trouble is None:
            return plan.until
        turn = accounts.take_over(connection, delivery.destination_id, delivery.id, self.now)
        return plan.until if turn is None else min(plan.until, turn)


def may_leave(
    stands: Standing,
    stopped: Collection[tuple[str, str]],
    delivery: Delivery,
    one: Compiled,
    plan: Send,
    now: datetime,
) -> bool:
    """Whether a destination that stands so lets that out, with these `stopped` of all senders."""
    return (
        stands.enabled
        and (not stands.channels_off or stands.channels_off.isdisjoint((plan.channel, one.action.channel)))
        and accounts.is_open(stands, delivery.id, now)
        and (delivery.destination_id, plan.sender) not in stopped
    )


def _is_as_decided(one: Decided, there: Mapping[str, Configured]) -> bool:
    delivery = one.item.delivery
    mapping = there.get(delivery.mapping_id)
    if mapping is None or mapping.deleted_at is not None or not (mapping.enabled or delivery.is_test):
        return False
    return gates.is_shadow(delivery, one.item.event, mapping) is one.is_shadow


def is_unchanged(read: Words, counts: Words) -> bool:
    """Whether nothing was said since a plan read of so many words, by number and channel."""
    return all(counts.get(asked, 0) == seen for asked, seen in read.items())


def _to_be_sent(decided: Sequence[Decided]) -> Iterator[tuple[Delivery, Compiled, Send]]:
    for one in decided:
        if one.sends is not None:
            yield one.item.delivery, _compiled(one), one.sends


def _turn_of(one: Decided, plan: Send) -> Wanted | None:
    """What its request asks for as it leaves; one that tries whether the account works asks for nothing."""
    destination = _compiled(one).destination
    return None if one.decision.probing else turn_of(destination.id, plan, destination.policy)


def _compiled(one: Decided) -> Compiled:
    if one.one is None:
        raise TypeError("Only a mapping that can run plans a text")
    return one.one


def _waits_for_a_wake(one: Decided) -> bool:
    return isinstance(one.decision.plan, Hold) and one.decision.plan.reason in _UNTIL_WOKEN


def _as_fact(known: Facts, item: Item) -> object:
    person = known.person(item)
    return None if person is None else as_fact(person, item.event.user_id)
