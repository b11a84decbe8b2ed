"""The first job: the events of some requests become deliveries, in the order they came."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from destinations.kit import canonical
from gateway import ids
from gateway.consent import ConsentEntry
from gateway.crowd import Crowd
from gateway.deliveries import NewDelivery
from gateway.events import Doubt, Event, EventOutcome, EventType
from gateway.facts.compiled import Compiled
from gateway.facts.snapshot import Snapshot
from gateway.jobs import JobKind, NewJob
from gateway.people import Identity, Known
from gateway.pipeline import accounts, double_opt_in, doubts, settle, unsent_steps
from gateway.pipeline.claims import Claims, claims_of
from gateway.pipeline.double_opt_in import Spoken
from gateway.pipeline.fresh import Fresh
from gateway.pipeline.gates import may_cancel
from gateway.pipeline.learn import Lesson, ids_of, learn
from gateway.pipeline.news import with_news
from gateway.pipeline.repetitions import Before, Wanted, elsewhere, places, wanted
from gateway.pipeline.settle import Reached
from gateway.secrets import Secrets
from gateway.storage import (
    confirmations,
    consent,
    deliveries,
    destinations,
    events,
    jobs,
    people,
    unfinished,
)
from gateway.storage.confirmations import Asked
from gateway.storage.deliveries import Made
from gateway.storage.events import Kept
from gateway.storage.locks import lock_numbers
from gateway.workspace import Source

MESSAGE_ID_REUSED = "message_id_reused"
_IDENTIFYING = frozenset({EventType.IDENTIFY, EventType.ALIAS})


class Taken(NamedTuple):
    """An event, and the source that it came from."""

    source: Source
    event: Event


class Matched(NamedTuple):
    """What became of events: each one's outcome, in their order, what is kept of them, the Deliveries that are new, and those that were
    canceled. `is_due`: some Delivery has its turn now, be it new or one that waited for what these events say.
    """

    outcomes: list[EventOutcome]
    kept: list[Kept]
    made: list[Fresh]
    canceled: list[Reached]
    is_due: bool


def match(
    connection: Connection, secrets: Secrets, snapshot: Snapshot, taken: Sequence[Taken], now: datetime
) -> Matched:
    """Keep these events, learn from each, and make a Delivery per mapping that it is for: all of it, or nothing.

    What is read is read for all of them; then each sees what the ones before it taught. Called twice for the same event it
    changes nothing the second time.
    """
    return _Match(connection, secrets, snapshot, now).all_of(taken)


class _New(msgspec.Struct, frozen=True):
    """An event that came for the first time, as it is read before anything of its batch is decided."""

    source: Source
    event: Event
    claims: Claims
    wanted: Wanted


class _Stopped(NamedTuple):
    """What these people were to get of a mapping is not to be sent: what is asked of the events before, too, which is known at the end alone."""

    one: Compiled
    before: frozenset[str]
    whose: frozenset[str]

    def holds_for(self, new: NewDelivery) -> bool:
        return (
            new.mapping_id == self.one.mapping.id
            and new.event_id in self.before
            and new.person_id in self.whose
        )


class _Match:
    """One batch: what was read for it, and what is to be written."""

    def __init__(self, connection: Connection, secrets: Secrets, snapshot: Snapshot, now: datetime) -> None:
        self._connection = connection
        self._secrets = secrets
        self._snapshot = snapshot
        self._now = now
        self._crowd = Crowd({}, {}, {}, {})
        self._before = Before(snapshot, {}, {})
        self._kept: list[Kept] = []
        self._made: list[NewDelivery] = []
        self._spoken: list[Spoken] = []
        self._words: list[ConsentEntry] = []
        self._asked: list[Asked] = []
        self._repeated: list[tuple[str, str]] = []
        self._identified: list[tuple[_New, Known]] = []
        self._fresh: list[Fresh] = []
        self._to_cancel: dict[str, Compiled] = {}
        self._stopped: list[_Stopped] = []
        self._told: dict[str, tuple[Known | None, frozenset[str]]] = {}

    def all_of(self, taken: Sequence[Taken]) -> Matched:
        valid = [one for one in taken if one.event.problem is None]
        holders = events.claim(self._connection, [(one.source.id, one.event) for one in valid])
        first_of = {
            one.event.id: holder for one, holder in zip(valid, holders, strict=True) if holder is not None
        }
        matched = events.outcomes(
            self._connection, [one.event for one in valid if one.event.id not in first_of]
        )
        fresh = {
            one.event.id: self._read(one)
            for one in valid
            if one.event.id not in first_of and one.event.id not in matched
        }
        self._lock(list(fresh.values()))
        self._load(list(fresh.values()), [*first_of.values()])
        outcomes: list[EventOutcome] = []
        for source, event in taken:
            if event.problem is not None:
                outcomes.append(self._keep_invalid(source, event, event.problem))
            elif event.id in first_of:
                outcomes.append(self._came_again(source, event, first_of[event.id]))
            elif event.id in matched:
                outcomes.append(matched[event.id])
            else:
                outcomes.append(self._one(fresh[event.id]))
        asked_of = self._hear()
        self._write()
        canceled = self._cancel()
        released = self._release()
        is_due = bool(self._fresh or canceled or released)
        told = zip(taken, outcomes, strict=True)
        outcomes = [_with_question(outcome, one.event.id in asked_of) for one, outcome in told]
        return Matched(outcomes, self._kept, self._fresh, canceled, is_due)

    def _read(self, one: Taken) -> _New:
        source, event = one
        snapshot = self._snapshot
        claims = claims_of(event, source, snapshot.country(source), snapshot.countries(source))
        matching = snapshot.matching(source, event)
        return _New(source, event, claims, wanted(snapshot, source, event, matching))

    def _lock(self, fresh: Sequence[_New]) -> None:
        """The destinations of which what tries for all whether the account works again may be canceled."""
        canceling = (
            one.destination
            for new in fresh
            for one in self._snapshot.canceling(new.source, new.event)
            if may_cancel(new.source, one.mapping)
        )
        destinations.lock(self._connection, {one.id for one in canceling if accounts.has_prober(one)})

    def _load(self, fresh: Sequence[_New], first_ids: Sequence[str]) -> None:
        """Whom the events are about, what was made for them before, and of which events."""
        named: dict[str, set[Identity]] = {}
        for one in fresh:
            named.setdefault(one.source.space, set()).update(ids_of(one.claims))
        self._crowd = people.load(self._connection, named)
        made = deliveries.made(self._connection, [key for one in fresh for key in one.wanted.all_keys])
        others = elsewhere(made, [one.wanted for one in fresh])
        made |= deliveries.made(self._connection, others)
        earlier = events.by_ids(
            self._connection, sorted({*first_ids, *(one.event_id for one in made.values())})
        )
        self._before = Before(self._snapshot, made, dict(earlier))

    # -- one event ------------------------------------------------------------------------------------------------

    def _one(self, new: _New) -> EventOutcome:
        source = new.source
        lesson = learn(self._crowd, new.claims)
        new = _with_news(new, lesson)
        event = new.event
        person_id = None if lesson.known is None else lesson.known.id
        if lesson.words:
            asking = self._snapshot.asking(source)
            dialled = new.claims.told.phones
            self._spoken.append(Spoken(source, asking, event, lesson.words, person_id, dialled))
        told = lesson.doubts
        if lesson.known is not None:
            for one in self._snapshot.canceling(source, event):
                told += self._stop(one, source, event, lesson.known.id)
            if event.type in _IDENTIFYING:
                self._identified.append((new, lesson.known))
        if new.wanted.matching or lesson.words:
            self._told[event.id] = (lesson.known, frozenset(new.claims.told.phones))
        told += doubts.integrations_not_read(event, new.wanted.matching)
        made, repeated = self._deliver(new, person_id)
        outcome = EventOutcome.MATCHED if new.wanted.matching else EventOutcome.UNMATCHED
        if any(one.source_id != source.id for one in repeated):
            outcome = outcome if made else EventOutcome.DUPLICATE
            self._repeated += [
                (first_id, event.id) for first_id in sorted({one.event_id for one in repeated})
            ]
        if told or repeated:
            repeats = repeated[0].event_id if repeated else None
            event = replace(event, doubts=(*event.doubts, *told), repeats=repeats)
        self._keep(source, event, outcome)
        return outcome

    def _deliver(self, new: _New, person_id: str | None) -> tuple[int, list[Made]]:
        """How many Deliveries are new, and those that were made for the same event before."""
        made, repeated = 0, []
        for place in places(self._before, new.wanted):
            taken = place.taken or self._before.made.get(place.delivery_id)
            if taken is not None:
                repeated.append(taken)
                continue
            one = place.one
            self._made.append(
                NewDelivery(
                    id=place.delivery_id,
                    space=new.source.space,
                    event_id=new.event.id,
                    source_id=new.source.id,
                    destination_id=one.destination.id,
                    mapping_id=one.mapping.id,
                    person_id=person_id,
                    channel=one.action.channel,
                )
            )
            self._before.made[place.delivery_id] = Made.of(self._made[-1])
            made += 1
        return made, repeated

    def _came_again(self, source: Source, event: Event, first_id: str) -> EventOutcome:
        """A messageId that its source sent before: a repetition, or another event that must not have it."""
        first = self._before.events.get(first_id)
        same = first is None or (
            (first.type, first.name) == (event.type, event.name) and events.is_of_same_person(first, event)
        )
        if same:
            self._repeated.append((first_id, event.id))
            return EventOutcome.DUPLICATE
        told = Doubt(MESSAGE_ID_REUSED, f"The first is the event {first_id}.")
        kept = replace(event, problem=MESSAGE_ID_REUSED, doubts=(*event.doubts, told))
        head = "\x1f".join(str(part) for part in (event.type, event.name, event.user_id, event.anonymous_id))
        return self._keep_invalid(source, kept, f"{MESSAGE_ID_REUSED}:{ids.digest(head)[:32]}")

    def _keep_invalid(self, source: Source, event: Event, key: str) -> EventOutcome:
        if not events.claim_invalid(self._connection, source.id, event, key):
            return EventOutcome.DUPLICATE
        if not events.outcomes(self._connection, [event]):
            self._keep(source, event, EventOutcome.INVALID)
        return EventOutcome.INVALID

    def _keep(self, source: Source, event: Event, outcome: EventOutcome) -> None:
        self._kept.append(Kept(source, event, outcome))
        self._before.events[event.id] = event

    def _stop(self, one: Compiled, source: Source, event: Event, person_id: str) -> tuple[Doubt, ...]:
        """What that person was to get of a mapping is not to be sent: what the events before made, too. Where it is, since the source may
        not say so, that is told.
        """
        whose = self._crowd.all_of(person_id)
        stored = unfinished.waiting_of(self._connection, one.mapping.id, sorted(whose))
        made = [new.id for new in self._made if new.mapping_id == one.mapping.id and new.person_id in whose]
        waiting = dict.fromkeys([*stored, *made], one)
        if waiting and not may_cancel(source, one.mapping):
            return (doubts.not_canceled(one, source, len(waiting)),)
        self._to_cancel |= waiting
        if may_cancel(source, one.mapping):
            before = frozenset(spoken.event.id for spoken in self._spoken if spoken.event.id != event.id)
            self._stopped.append(_Stopped(one, before, frozenset(whose)))
        return ()

    # -- the batch ------------------------------------------------------------------------------------------------

    def _cancel(self) -> list[Reached]:
        """End what is not to be sent: after all else was written, since Deliveries are locked behind people and their numbers."""
        ended = [unsent_steps.canceled_by_trigger(delivery_id) for delivery_id in self._to_cancel]
        reached = settle.apply(self._connection, ended, self._now)
        for delivery_id, one in self._to_cancel.items():
            if accounts.is_prober(one.destination, delivery_id):
                accounts.pass_on(self._connection, one.destination.id, delivery_id, self._now)
        return reached

    def _hear(self) -> frozenset[str]:
        """What is kept of all that was said for numbers, which are locked from here on. Of which events something is asked."""
        spoken = [word for one in self._spoken for word in one.words]
        lock_numbers(self._connection, ((word.space, canonical(word.phone)) for word in spoken))
        heard = double_opt_in.ask(self._connection, self._secrets, self._snapshot, self._spoken, self._now)
        self._words = heard.words
        self._made += [one.delivery for one in heard.questions]
        self._asked = [one.asked for one in heard.questions]
        for stopped in self._stopped:
            ended = (one.delivery.id for one in heard.questions if stopped.holds_for(one.delivery))
            self._to_cancel |= dict.fromkeys(ended, stopped.one)
        asked_of = frozenset(one.delivery.event_id for one in heard.questions)
        if asked_of or heard.doubts:
            self._kept = [
                one._replace(
                    event=replace(one.event, doubts=(*one.event.doubts, *heard.doubts.get(one.event.id, ()))),
                    outcome=_with_question(one.outcome, one.event.id in asked_of),
                )
                for one in self._kept
            ]
        return asked_of

    def _write(self) -> None:
        """Keep, table by table, what was decided."""
        connection, now = self._connection, self._now
        spoken_of: dict[str, set[str]] = {}
        for word in self._words:
            spoken_of.setdefault(word.space, set()).add(word.phone)
        people.save(connection, self._crowd, now, spoken_of)
        consent.add_all(connection, self._words)
        events.count_repetitions(connection, self._repeated)
        events.add(connection, self._kept)
        added = deliveries.add(connection, self._made, now)
        confirmations.ask(connection, [one for one in self._asked if one.delivery_id in added])
        absorbed = self._crowd.changes.absorbed
        deliveries.move(connection, absorbed, beside=self._to_cancel)
        jobs.enqueue(
            connection,
            [
                NewJob(JobKind.DELIVER, subject=one.id, person=one.person_id)
                for one in self._made
                if one.id in added
            ],
            now,
        )
        jobs.move(connection, absorbed)
        self._remember(added)

    def _remember(self, added: Collection[str]) -> None:
        """The Deliveries that are stored now, as they would be read."""
        stored = {one.event.id: one for one in self._kept}
        for one in self._made:
            if one.id in added:
                known, numbers = self._told[one.event_id]
                fresh = Fresh(one.stored(self._now), stored[one.event_id].stored(), known, numbers)
                self._fresh.append(fresh)

    def _release(self) -> bool:
        """What waits for somebody to be identified is looked at again; it waits on where nothing was missing but a number. Whether
        anything does.
        """
        released = False
        for space in sorted({one.source.space for one, _known in self._identified}):
            told = [(one, known) for one, known in self._identified if one.source.space == space]
            previous = {one.claims.previous_id for one, _known in told}
            given = {one.event.user_id for one, _known in told} | previous
            devices = {one.event.anonymous_id for one, _known in told} | previous
            waiting = unfinished.awaiting_profile(
                self._connection,
                space,
                sorted({known.id for _one, known in told}),
                sorted(one for one in given if one is not None),
                sorted(one for one in devices if one is not None),
            )
            jobs.wake(self._connection, waiting, self._now)
            released = released or bool(waiting)
        return released


def _with_news(new: _New, lesson: Lesson) -> _New:
    """The event as its triggers see it once its person is known: one that says nothing new is for fewer mappings."""
    event = with_news(new.event, lesson.before, lesson.known, by_server=new.claims.told.by_server)
    if event is new.event:
        return new
    matching = [one for one in new.wanted.matching if one.trigger.matches(event.payload)]
    return replace(new, event=event, wanted=new.wanted._replace(event=event, matching=matching))


def _with_question(outcome: EventOutcome, is_asked: bool) -> EventOutcome:
    """An event of which a confirmation is asked has a Delivery."""
    return EventOutcome.MATCHED if is_asked and outcome is EventOutcome.UNMATCHED else outcome
