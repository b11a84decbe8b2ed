"""The second job: Deliveries, decided together, claimed together, and handed to the outbox, which sends them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from destinations.kit import Read, Reason, RetryableError, Send, Suppress, Trace
from gateway import logging
from gateway.deliveries import UNSENT, Delivery, DeliveryStatus, Step
from gateway.events import StoredEvent
from gateway.facts.claim_counts import CountFacts
from gateway.facts.consent import ConsentFacts
from gateway.facts.conversations import ConversationFacts
from gateway.facts.notices import NoticeFacts
from gateway.facts.people import PeopleFacts
from gateway.facts.snapshot import Snapshot
from gateway.jobs import Job
from gateway.pipeline import accounts, gates, load, reconcile, retry, settle, unsent_steps
from gateway.pipeline.at_hand import AtHand, NoStore, at_once, no_read
from gateway.pipeline.claim import claim_all
from gateway.pipeline.claim_batch import Decided
from gateway.pipeline.decide import Decision, Subject, decide, decide_unready
from gateway.pipeline.load import Facts, Item, Loaded, Turn
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.pipeline.repetitions import is_copy
from gateway.pipeline.settle import Reached
from gateway.services import Services
from gateway.storage import destinations, jobs
from gateway.storage.engine import ReadOnly

PROMPT_SECONDS = 0.05
"""What is not decided so soon reads from a provider: it goes on by itself, and its neighbours go on without it."""

_log = logging.get("deliver")


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
    there, eventless, gone = await _items(services, leased, at_hand)
    unsent = [item for item in there if item.delivery.status in UNSENT]
    to_decide = [item for item in unsent if _is_wanted(snapshot, item.delivery)]
    begun = [Turn(item.job, item.delivery) for item in there if item.delivery.status not in UNSENT]
    begun += [turn for turn in eventless if turn.delivery.status not in UNSENT]
    ended = [
        (Turn(item.job, item.delivery), _unwanted(snapshot, item.delivery))
        for item in unsent
        if not _is_wanted(snapshot, item.delivery)
    ]
    ended += [
        (turn, unsent_steps.without_event(turn.delivery.id))
        for turn in eventless
        if turn.delivery.status in UNSENT
    ]
    await _finish(services, snapshot, begun, gone, ended)
    secrets, now = services.secrets, services.clock.now()
    known = (
        await services.store.read(lambda c: load.facts(c, secrets, snapshot, to_decide, now))
        if to_decide
        else None
    )
    for turn in begun:
        if reconcile.is_doubtful(turn.delivery):
            outbox.look_up(turn)
    if known is None:
        return
    decided, waiting = _decide_at_once(services, outbox, snapshot, known, to_decide, at_hand)
    await claim_all(services, pacer, outbox, known, decided)
    if not waiting:
        return
    deciding = {asyncio.create_task(_decide(services, snapshot, known, item)): item for item in waiting}
    prompt, late = await asyncio.wait(deciding, timeout=PROMPT_SECONDS)
    crowded: list[Decided] = []
    for task in late:
        item = deciding[task]
        destination_id = item.delivery.destination_id
        if outbox.room(destination_id) > 0:
            later = _later(services, pacer, outbox, known, item, task)
            outbox.spawn(later, item.job, of=destination_id)
        else:
            task.cancel()
            crowded.append(_reads_later(item))
    await claim_all(services, pacer, outbox, known, [*_decided(outbox, deciding, prompt), *crowded])


def _is_wanted(snapshot: Snapshot, delivery: Delivery) -> bool:
    """Whether its mapping still is to send; a disabled one, and one that asks people, may be tested, and a stop is confirmed by one that
    is stored nowhere.
    """
    if delivery.is_stop_confirmation:
        there = snapshot.destinations.get(delivery.destination_id)
        return there is not None and there.deleted_at is None and delivery.mapping_id in snapshot.compiled
    mapping = snapshot.mappings.get(delivery.mapping_id)
    if mapping is None or delivery.is_test:
        return mapping is not None
    return mapping.enabled and (delivery.asks_yes or not snapshot.is_confirming(mapping))


def _unwanted(snapshot: Snapshot, delivery: Delivery) -> Step:
    """What becomes of it where not: whoever disabled or deleted the mapping, or its destination, or asks by it, meant what waits, too."""
    mapping_id = delivery.mapping_id
    mapping = snapshot.mappings.get(mapping_id) or snapshot.deleted_mappings.get(mapping_id)
    destination = snapshot.destinations.get(delivery.destination_id)
    if destination is not None and destination.deleted_at is not None:
        return unsent_steps.canceled_with_destination(delivery.id, destination)
    if delivery.is_stop_confirmation:
        return unsent_steps.unconfirmed(delivery.id)
    if mapping is None:
        return unsent_steps.unmapped(delivery.id)
    if mapping.enabled and mapping.deleted_at is None:
        return unsent_steps.canceled_as_no_question(delivery.id, mapping)
    return unsent_steps.canceled_with_mapping(delivery.id, mapping)


async def _items(services: Services, leased: Sequence[Job], at_hand: AtHand | None) -> Loaded:
    """The Deliveries of these jobs, in their order."""
    near = {} if at_hand is None else {job.id: item for job in leased if (item := at_hand.take(job))}
    far = [job for job in leased if job.id not in near]
    if not far:
        return Loaded(list(near.values()), [], [])
    loaded = await services.store.read(lambda c: load.items(c, far))
    missed = [*loaded.gone, *(turn.job for turn in loaded.eventless)]
    if (
        missed
    ):  # removed; or led to another partition since that read began, which only a later one finds it in
        again = await services.store.read(lambda c: load.items(c, missed))
        loaded = Loaded([*loaded.there, *again.there], again.eventless, again.gone)
    found = near | {item.job.id: item for item in loaded.there}
    return loaded._replace(there=[found[job.id] for job in leased if job.id in found])


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
    # Its place is free as this ends: what it comes to asks for room as all others do.
    outbox.spawn(claim_all(services, pacer, outbox, known, _decided(outbox, {task: item}, [task])), item.job)


def _reads_later(item: Item) -> Decided:
    """So much is under way of its destination that one more read would take the room of others."""
    trace = Trace()
    error = RetryableError(
        "The provider answers so slowly that no more is read from it at once. Nothing was sent; it is tried again.",
        remedy="Nothing to do: it is tried again by itself until the event is too old for the mapping.",
    )
    trace.stopped("content", None, error.message)
    return Decided(item, Decision(error, trace))


async def _finish(
    services: Services,
    snapshot: Snapshot,
    begun: Sequence[Turn],
    gone: Sequence[Job],
    ended: Sequence[tuple[Turn, Step]],
) -> None:
    """Jobs of what is final are done, or ask from here on what became of what was accepted. So is what is not sent any more, by
    these steps; what a process that is gone left in SENDING is UNCERTAIN from now on.
    """
    now = services.clock.now()
    final = [one for one in begun if one.delivery.status.final and not reconcile.is_doubtful(one.delivery)]
    accepted = [one.job for one in final if one.delivery.status is DeliveryStatus.ACCEPTED]
    done = [*gone, *(one.job for one in final if one.delivery.status is not DeliveryStatus.ACCEPTED)]
    cut_off = [one for one in begun if one.delivery.status is DeliveryStatus.SENDING]
    if not final and not gone and not cut_off and not ended:
        return
    for _turn, step in ended:
        _log.warning("A delivery is not sent any more", delivery=step.delivery_id, **step.shows)
    probing = [turn.delivery for turn, _step in ended if _is_prober(snapshot, turn.delivery)]

    def change(connection: Connection) -> list[Reached]:
        destinations.lock(connection, {one.destination_id for one in probing})
        leases = {step.delivery_id: turn.job for turn, step in ended}
        reached = settle.apply(connection, [step for _turn, step in ended], now, leases)
        for one in probing:
            accounts.pass_on(connection, one.destination_id, one.id, now)
        reached += reconcile.interrupted(connection, services, cut_off, now)
        jobs.ack(connection, done)
        jobs.follow(connection, [(job, now + retry.FIRST_FOLLOW) for job in accepted], now)
        return reached

    await settle.settle(services, change)


def _is_prober(snapshot: Snapshot, delivery: Delivery) -> bool:
    there = snapshot.destinations.get(delivery.destination_id)
    return there is not None and accounts.is_prober(there, delivery.id)


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
            services.workspace.definitions, there, mapping, event, now, delivery.waited(now)
        )
        return Decided(item, plan)
    source = snapshot.sources[delivery.source_id]
    wait = delivery.created_at + gates.PROFILE_WAIT
    store = store or services.store
    facts = ConsentFacts(store, services.secrets, delivery.space, known.said[delivery.space])
    subject = Subject(
        source=source,
        event=event,
        one=one,
        consent=facts,
        people=PeopleFacts(known.person(item), event, source),
        conversations=ConversationFacts(store, delivery.space, known.talks[delivery.space]),
        notices=NoticeFacts(store, delivery.space, known.notices.get(delivery.space, {}), delivery.id),
        counts=CountFacts(store, known.counts),
        callback_url=services.callback_url(one, delivery.id),
        delivery_id=delivery.id,
        recipient=delivery.recipient if delivery.asks_yes else delivery.fixed_recipient,
        is_recipient_shown=delivery.recipient is not None,
        window_closed=delivery.is_window_closed,
        profile_hold_until=wait if now < wait else None,
        waited=delivery.waited(now),
        is_test=delivery.is_test,
        confirms_stop=delivery.is_stop_confirmation,
        confirms_yes=delivery.asks_yes,
        counted_on=delivery.counted_on,
    )
    decision = await decide(services, subject, now, read)
    original = delivery.replay_of or delivery.id
    if isinstance(decision.plan, Send) and is_copy(event, source, one.mapping.id, original):
        decision = replace(decision, plan=_copy_stays(decision, event))
    shadow = gates.is_shadow(delivery, event, one.mapping)
    return Decided(item, decision, one, facts, snapshot.revision, shadow)


def _copy_stays(decision: Decision, event: StoredEvent) -> Suppress:
    """What its source might not send when it came is not sent later: the same event of another source may have been."""
    reason = Reason.STALE_EVENT if event.imported else Reason.UNTRUSTED_SOURCE
    detail = "When the event came, the mapping did not take it from this source. That it does now is for later events."
    decision.trace.stopped("fresh" if event.imported else "trusted", reason, detail)
    return Suppress(reason, detail, "Send it again under a new messageId.")
