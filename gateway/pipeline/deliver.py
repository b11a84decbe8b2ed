"""The second job: Deliveries, decided together, claimed together, and handed to the outbox, which sends them."""

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from msgspec.structs import replace
from sqlalchemy import Connection

from destinations.kit import Hold, IntegrationError, Read, Reason, Send, Suppress
from gateway import ids, logging
from gateway.deliveries import UNSENT, Delivery, DeliveryStatus, Step
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import StoredEvent
from gateway.facts.consent import ConsentFacts
from gateway.facts.conversations import ConversationFacts
from gateway.facts.people import PeopleFacts
from gateway.facts.workspace import Compiled, Snapshot
from gateway.jobs import Job
from gateway.people import as_fact
from gateway.pipeline import accounts, gates, load, reconcile, retry, settle, steps
from gateway.pipeline.at_hand import AtHand, NoStore, at_once, no_read
from gateway.pipeline.decide import Decision, Subject, decide, decide_unready
from gateway.pipeline.load import Facts, Item
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Lane, Pacer, Text
from gateway.pipeline.repetitions import is_copy
from gateway.pipeline.send import Claim
from gateway.pipeline.settle import Reached
from gateway.services import Services
from gateway.storage import attempts, consent, destinations, jobs
from gateway.storage.destinations import Standing
from gateway.storage.engine import ReadOnly
from gateway.storage.jobs import LEASE
from gateway.storage.locks import lock_numbers

PROFILE_WAIT = timedelta(seconds=10)
"""How long a text waits for somebody to be identified; an identify of them has it looked at again at once."""

PROMPT_SECONDS = 0.05
"""What is not decided so soon reads from a provider: it goes on by itself, and its neighbours go on without it."""

AGAIN_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""The pauses before a store that takes nothing is asked again; then each Delivery waits for its lease to run out."""

EXTENDED_FROM = timedelta(seconds=10)
"""A lease that was held for so long is held anew before a request leaves."""

_UNTIL_WOKEN = (Reason.ACCOUNT_NOT_VERIFIED, Reason.PAUSED)
"""What waits for these is woken when it may go out, and due before that only to expire."""

_log = logging.get("deliver")


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to become of a Delivery. `facts` are what its plan has read of consent, where it is to be sent."""

    item: Item
    decision: Decision
    one: Compiled | None = None
    facts: ConsentFacts | None = None


async def deliver(
    services: Services,
    pacer: Pacer,
    outbox: Outbox,
    leased: Sequence[Job],
    at_hand: AtHand | None = None,
) -> None:
    """Bring these Deliveries as far as they will go now. What is sent, or looked up, is the outbox's from here on.

    Where a Delivery can't be decided for a failure of our own, that fails alone. Raises what reading the batch raises.
    """
    snapshot = await services.workspace.current()
    there, gone = await _items(services, leased, at_hand)
    unsent = [item for item in there if item.delivery.status in UNSENT]
    to_decide = [item for item in unsent if item.delivery.mapping_id in snapshot.mappings]
    unmapped = [item for item in unsent if item.delivery.mapping_id not in snapshot.mappings]
    await _finish(services, there, gone, unmapped)
    known = await services.store.read(lambda c: load.facts(c, snapshot, to_decide)) if to_decide else None
    for item in there:
        if reconcile.is_doubtful(item.delivery):
            outbox.look_up(item)
    if known is None:
        return
    decided, waiting = _decide_at_once(services, outbox, snapshot, known, to_decide, at_hand)
    await _claim_all(services, pacer, outbox, known, decided)
    if not waiting:
        return
    deciding = {asyncio.create_task(_decide(services, snapshot, known, item)): item for item in waiting}
    prompt, late = await asyncio.wait(deciding, timeout=PROMPT_SECONDS)
    for task in late:
        outbox.spawn(_later(services, pacer, outbox, known, deciding[task], task), deciding[task].job)
    await _claim_all(services, pacer, outbox, known, _decided(outbox, deciding, prompt))


async def _items(
    services: Services, leased: Sequence[Job], at_hand: AtHand | None
) -> tuple[list[Item], list[Job]]:
    """The Deliveries of these jobs, and the jobs that are about none any more."""
    near = {} if at_hand is None else {job.id: item for job in leased if (item := at_hand.take(job))}
    far = [job for job in leased if job.id not in near]
    if not far:
        return list(near.values()), []
    there, gone = await services.store.read(lambda c: load.items(c, far))
    found = near | {item.job.id: item for item in there}
    return [found[job.id] for job in leased if job.id in found], gone


def _decide_at_once(
    services: Services,
    outbox: Outbox,
    snapshot: Snapshot,
    known: Facts,
    items: Sequence[Item],
    at_hand: AtHand | None,
) -> tuple[list[Decided], list[Item]]:
    """What can be decided without a wait, and what is left."""
    if at_hand is None:
        return [], list(items)
    decided: list[Decided] = []
    left: list[Item] = []
    for item in items:
        mapping_id = item.delivery.mapping_id
        if mapping_id in at_hand.reading:
            left.append(item)
            continue
        try:
            one = at_once(_decide(services, snapshot, known, item, NoStore(), no_read))
        except Exception as error:  # noqa: BLE001  whatever it is, it costs this Delivery alone
            outbox.fail(item.job, error)
            continue
        if one is None:
            at_hand.reading.add(mapping_id)
            left.append(item)
        else:
            decided.append(one)
    return decided, left


def _decided(
    outbox: Outbox, deciding: Mapping[asyncio.Task[Decided], Item], done: Iterable[asyncio.Task[Decided]]
) -> list[Decided]:
    """What was decided, in the order of the batch; a Delivery that could not be fails."""
    found: list[Decided] = []
    finished = set(done)
    for task, item in deciding.items():
        if task not in finished:
            continue
        error = task.exception()
        if error is None:
            found.append(task.result())
        else:
            outbox.fail(item.job, error)
    return found


async def _later(
    services: Services, pacer: Pacer, outbox: Outbox, known: Facts, item: Item, task: asyncio.Task[Decided]
) -> None:
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()  # where nobody waits for it any more
    await _claim_all(services, pacer, outbox, known, _decided(outbox, {task: item}, [task]))


async def _finish(
    services: Services, there: Sequence[Item], gone: Sequence[Job], unmapped: Sequence[Item]
) -> None:
    """Jobs of what is final are done, or ask from here on what became of what was accepted. So is what has no mapping any more;
    what a process that is gone left in SENDING is UNCERTAIN from now on.
    """
    now = services.clock.now()
    final = [
        item for item in there if item.delivery.status.final and not reconcile.is_doubtful(item.delivery)
    ]
    accepted = [item.job for item in final if item.delivery.status is DeliveryStatus.ACCEPTED]
    done = [*gone, *(item.job for item in final if item.delivery.status is not DeliveryStatus.ACCEPTED)]
    cut_off = [item for item in there if item.delivery.status is DeliveryStatus.SENDING]
    if not final and not gone and not cut_off and not unmapped:
        return
    for item in unmapped:
        _log.warning(
            "A delivery ended without its mapping",
            delivery=item.delivery.id,
            mapping=item.delivery.mapping_id,
        )

    def change(connection: Connection) -> list[Reached]:
        jobs.ack(connection, done)
        jobs.follow(connection, [(job, now + retry.FIRST_FOLLOW) for job in accepted], now)
        ended = settle.apply(
            connection,
            [steps.unmapped(item.delivery) for item in unmapped],
            now,
            {item.delivery.id: item.job for item in unmapped},
        )
        return ended + reconcile.interrupted(connection, services, cut_off, now)

    await settle.settle(services, change)


async def _decide(
    services: Services,
    snapshot: Snapshot,
    known: Facts,
    item: Item,
    store: ReadOnly | None = None,
    read: Read | None = None,
) -> Decided:
    delivery, event = item.delivery, item.event
    now = services.clock.now()
    one = snapshot.compiled.get(delivery.mapping_id)
    if one is None:
        mapping = snapshot.mappings[delivery.mapping_id]
        there = snapshot.destinations[mapping.destination_id]
        plan = decide_unready(
            services.workspace.definitions, there, mapping, event, now, replayed_at=delivery.replayed_at
        )
        return Decided(item, plan)
    source = snapshot.sources[delivery.source_id]
    wait = delivery.created_at + PROFILE_WAIT
    store = store or services.store
    facts = ConsentFacts(store, delivery.space, known.said[delivery.space])
    subject = Subject(
        source=source,
        event=event,
        one=one,
        consent=facts,
        people=PeopleFacts(known.person(item), event),
        conversations=ConversationFacts(store, delivery.space, known.talks[delivery.space]),
        callback_url=services.callback_url(one, delivery.id),
        delivery_id=delivery.id,
        recipient=delivery.recipient,
        window_closed=delivery.is_window_closed,
        profile_hold_until=wait if now < wait else None,
        replayed_at=delivery.replayed_at,
    )
    decision = await decide(services, subject, now, read)
    original = delivery.replay_of or delivery.id
    if isinstance(decision.plan, Send) and is_copy(event, source, one.mapping.id, original):
        decision = replace(decision, plan=_copy_stays(decision, event))
    return Decided(item, decision, one, facts)


def _copy_stays(decision: Decision, event: StoredEvent) -> Suppress:
    """What its source might not send when it came is not sent later: the same event of another source may have been."""
    reason = Reason.STALE_EVENT if event.imported else Reason.UNTRUSTED_SOURCE
    detail = "When the event came, the mapping did not take it from this source. That it does now is for later events."
    decision.trace.stopped("fresh" if event.imported else "trusted", reason, detail)
    return Suppress(reason, detail, "Send it again under a new messageId.")


# -- what was decided, written --------------------------------------------------------------------------------------


async def _claim_all(
    services: Services, pacer: Pacer, outbox: Outbox, known: Facts, decided: Sequence[Decided]
) -> None:
    """Let go what may go by its sender's pace, and store what was decided."""
    if decided:
        lanes = await pacer.waiting([text for text in map(_asks_for_a_turn, decided) if text is not None])
        await _claim(services, pacer, outbox, known, lanes, decided)


async def _claim(
    services: Services,
    pacer: Pacer,
    outbox: Outbox,
    known: Facts,
    lanes: Mapping[str, Lane],
    decided: Sequence[Decided],
) -> None:
    """Store what was decided, in one transaction: intents before any byte leaves, and why nothing is sent. If that fails, each is
    stored alone, and what fails then fails alone; a store that takes nothing would not take them one by one either.
    """
    try:
        claims = await _stored(services, pacer, known, lanes, decided)
    except (StoreBusy, StoreUnavailable) as error:
        for one in decided:
            outbox.fail(one.item.job, error)
        return
    except Exception as error:  # noqa: BLE001  whatever it is, it costs the Deliveries that it is about
        if len(decided) == 1:
            outbox.fail(decided[0].item.job, error)
            return
        for one in decided:
            await _claim(services, pacer, outbox, known, lanes, [one])
        return
    outbox.send(claims)


async def _stored(
    services: Services, pacer: Pacer, known: Facts, lanes: Mapping[str, Lane], decided: Sequence[Decided]
) -> list[Claim]:
    """What `_store` comes to, tried again for a while where the store takes nothing."""
    for pause in AGAIN_SECONDS:
        try:
            return await _store(services, pacer, known, lanes, decided)
        except (StoreBusy, StoreUnavailable) as error:
            _log.error("What was decided can't be stored; it is tried again", error=str(error))
            await asyncio.sleep(pause)
    return await _store(services, pacer, known, lanes, decided)


async def _store(
    services: Services, pacer: Pacer, known: Facts, lanes: Mapping[str, Lane], decided: Sequence[Decided]
) -> list[Claim]:
    batch = _Batch(services, known, lanes, services.clock.now())
    await settle.settle(services, lambda c: batch.write(c, decided))
    for lane, until in batch.paced:
        pacer.waits(lane, until)
    if batch.is_outdated:
        services.workspace.invalidate()
    return batch.claims


def _asks_for_a_turn(one: Decided) -> Text | None:
    """What is to be sent, unless it had to wait and was let go, or tries whether the account works."""
    plan, delivery = one.decision.plan, one.item.delivery
    if not isinstance(plan, Send) or one.one is None or one.item.job.lane is not None or one.decision.probing:
        return None
    return Text(delivery.id, delivery.mapping_id, delivery.destination_id, plan, one.one.destination.policy)


class _Batch:
    """One transaction of what was decided. `claims` are the requests that may be made once it is on disk."""

    def __init__(self, services: Services, known: Facts, lanes: Mapping[str, Lane], now: datetime) -> None:
        self._services = services
        self._known = known
        self._lanes = lanes
        self._now = now
        self._stands: dict[str, Standing] = {}
        self._passed_on: list[Delivery] = []
        self.claims: list[Claim] = []
        self.paced: list[tuple[Lane, datetime]] = []
        self.is_outdated = False

    def write(self, connection: Connection, decided: Sequence[Decided]) -> list[Reached]:
        now = self._now
        self.claims, self.paced, self._passed_on = [], [], []
        leases = {one.item.delivery.id: one.item.job for one in decided}
        self._stands = destinations.standings(
            connection,
            sorted({one.item.delivery.destination_id for one in decided}),
            for_update=any(_waits_for_a_wake(one) for one in decided),
        )
        unchanged = self._unchanged(connection, decided)
        known_now = self._known_now(connection, decided)
        taken: list[Step] = []
        again: list[Job] = []
        to_send: list[Decided] = []
        for one in decided:
            item, plan = one.item, one.decision.plan
            if isinstance(plan, Send):
                if item.delivery.id not in unchanged or not self._is_open(item.delivery):
                    again.append(
                        item.job
                    )  # somebody spoke meanwhile, or the account fell into trouble: look again
                elif item.delivery.id in self._lanes:
                    taken.append(self._waits_for_its_turn(one, plan))
                else:
                    taken.append(steps.claimed(item.delivery, plan, one.decision.trace, now))
                    to_send.append(one)
                continue
            if item.delivery.id in known_now:
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
        self._claim(connection, [one for one in to_send if one.item.delivery.id in got_through])
        return reached

    def _waits_for_its_turn(self, one: Decided, plan: Send) -> Step:
        """Its sender sends no faster."""
        item, trace = one.item, one.decision.trace
        lane, there = self._lanes[item.delivery.id], _compiled(one)
        until = gates.expiry(item.event, there.mapping, item.delivery.replayed_at)
        self.paced.append((lane, until))
        hold = gates.paced(trace, lane.sender, lane.rate(there.destination.policy), until)
        return steps.paced(item.delivery, plan, hold, trace, self._now, lane.key)

    def _claim(self, connection: Connection, to_send: Sequence[Decided]) -> None:
        now = self._now
        for one in to_send:
            plan, delivery = one.decision.plan, one.item.delivery
            if not isinstance(plan, Send):
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
                )
            )
        attempts.start(
            connection,
            [attempts.Start(claim.attempt_id, claim.delivery_id, claim.number, now) for claim in self.claims],
        )
        old = [claim.job for claim in self.claims if claim.job.until < now + LEASE - EXTENDED_FROM]
        jobs.extend(connection, old, now + LEASE)

    def _is_open(self, delivery: Delivery) -> bool:
        is_open = accounts.is_open(self._stands[delivery.destination_id], delivery.id, self._now)
        self.is_outdated = self.is_outdated or not is_open
        return is_open

    def _unchanged(self, connection: Connection, decided: Sequence[Decided]) -> set[str]:
        """Those to be sent for whose numbers nothing was said since their plans read it.

        A conversation is not asked for again: what was heard of one since only makes it later.
        """
        sending = [one for one in decided if isinstance(one.decision.plan, Send) and one.facts is not None]
        numbers: dict[str, set[str]] = {}
        for one in sending:
            numbers.setdefault(one.item.delivery.space, set()).update(
                phone for phone, _channel in (one.facts.read if one.facts else ())
            )
        lock_numbers(connection, ((space, phone) for space, phones in numbers.items() for phone in phones))
        counts = {space: consent.counts(connection, space, phones) for space, phones in numbers.items()}
        return {
            one.item.delivery.id
            for one in sending
            if one.facts is not None
            and all(
                counts[one.item.delivery.space].get(asked, 0) == seen
                for asked, seen in one.facts.read.items()
            )
        }

    def _known_now(self, connection: Connection, decided: Sequence[Decided]) -> set[str]:
        """Those that would wait for an identify that came since they were decided: nobody else would wake them."""
        waiting = [
            one.item
            for one in decided
            if isinstance(one.decision.plan, Hold) and one.decision.plan.reason is Reason.PROFILE_PENDING
        ]
        if not waiting:
            return set()
        now = Facts(load.crowd_of(connection, waiting), {}, {})
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
                until = self._held_until(connection, delivery, plan)
                if until is None:
                    return None
                step = steps.held(delivery, plan, decision.trace, self._now, until)
                waits = plan.reason not in _UNTIL_WOKEN
            case Suppress():
                step, waits = steps.suppressed(delivery, plan, decision.trace, self._now), True
            case IntegrationError():
                step = steps.refused(delivery, plan, decision.trace, self._now, random.uniform)
                waits = step.status is DeliveryStatus.REJECTED
            case Send():
                raise TypeError("What is sent is claimed")
            case _ as never:
                assert_never(never)
        if decision.probing and waits:
            self._passed_on.append(delivery)
        return step

    def _held_until(self, connection: Connection, delivery: Delivery, plan: Hold) -> datetime | None:
        """When a Delivery that waits has its next turn; None: what it waits for is over by now, and nobody would wake it."""
        if plan.reason not in _UNTIL_WOKEN:
            return plan.until
        stands = self._stands[delivery.destination_id]
        if accounts.is_over(plan.reason, stands, delivery.id, self._now):
            self.is_outdated = True
            return None
        if plan.reason is not Reason.ACCOUNT_NOT_VERIFIED or stands.trouble is None:
            return plan.until
        turn = accounts.take_over(connection, delivery.destination_id, delivery.id, self._now)
        return plan.until if turn is None else min(plan.until, turn)


def _compiled(one: Decided) -> Compiled:
    if one.one is None:
        raise TypeError("Only a mapping that can run plans a text")
    return one.one


def _waits_for_a_wake(one: Decided) -> bool:
    return isinstance(one.decision.plan, Hold) and one.decision.plan.reason in _UNTIL_WOKEN


def _as_fact(known: Facts, item: Item) -> object:
    person = known.person(item)
    return None if person is None else as_fact(person, item.event.user_id)
