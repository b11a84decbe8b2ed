"""The dry run: the decision on an event as if it came now, with nothing sent and nothing stored."""

from collections.abc import Iterator, Mapping as Object
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from destinations.kit import GateResult, Hold, IntegrationError, Plan, Reason, Send, Suppress, canonical
from gateway import phones, spec
from gateway.consent import ConsentEntry
from gateway.deliveries import NewDelivery, Waited
from gateway.events import Doubt, Event, StoredEvent
from gateway.facts.claim_counts import CountFacts
from gateway.facts.compiled import Compiled, compiled
from gateway.facts.consent import ConsentFacts
from gateway.facts.conversations import ConversationFacts
from gateway.facts.notices import NoticeFacts
from gateway.facts.people import PeopleFacts, person_of
from gateway.facts.snapshot import Snapshot, lets_through
from gateway.people import Known, identities_of
from gateway.pipeline import double_opt_in, gates
from gateway.pipeline.claims import claims_of
from gateway.pipeline.decide import Decision, Subject, decide
from gateway.pipeline.learn import ids_of, suppose
from gateway.pipeline.news import with_news
from gateway.pipeline.replays import enabling
from gateway.services import Services
from gateway.storage import delivery_lists, people
from gateway.synced import NOTHING_KNOWN
from gateway.workspace import TESTS, Destination, Mapping, MappingMode, Source, SourceTrust, source_of_tests
from mappings import plain

Outcome = Literal["SEND", "HOLD", "SUPPRESS", "REJECT", "NO_MATCH"]

MOST_OTHERS = 10
"""How many other mappings that the event is for are asked whether they text the same person."""

_NOBODY_ASKED = GateResult(
    "trigger",
    passed=False,
    detail="The mapping asks people to confirm a yes, and this event asks nobody: it says none for a number that is not SUBSCRIBED on its "
    "channel, or the number was asked in the last 7 days.",
)

_ENDS_BY_ITSELF = frozenset({Reason.QUIET_HOURS, Reason.PACED})
"""What is sent at a known time; whatever waits otherwise lasts until somebody does something, or is not sent."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the event. `problem` says why it could not even be an event; where it is not for the mapping,
    the explanation says why. `doubts` are what of it could not be read. `obstacles` keep an event that the trigger is for from the
    mapping: it is NO_MATCH then, and what would become of it otherwise is shown. `sent` is what would be sent, but for any gate
    that stops it. `twice` are the other mappings that would text the same person.
    """

    matched: bool
    fields: Any = None
    decision: Outcome = "NO_MATCH"
    reason: Reason | None = None
    explanation: tuple[GateResult, ...] = ()
    sent: Send | None = None
    price: str | None = None
    """What the last text like it cost; None where none is known."""
    release_at: datetime | None = None
    problem: str | None = None
    remedy: str | None = None
    """The cheapest way to change what was decided."""
    doubts: tuple[Doubt, ...] = ()
    obstacles: tuple[GateResult, ...] = ()
    twice: tuple[Compiled, ...] = ()


async def preview(
    services: Services,
    destination: Destination,
    mapping: Mapping,
    event: Any,
    at: datetime | None = None,
    *,
    source: Source | None = None,
    replayed_at: datetime | None = None,
    wholly: bool = True,
    test_to: str | None = None,
    patient: bool = True,
) -> Preview:
    """What a mapping, stored or not, would make of an event at that time (now, where it is None), or of its replay; `wholly`: what
    would be sent but for the gate that stops it, too. `test_to` is the number of a test send. `patient`: whoever is not known yet is waited for, once, as by the real
    thing; else it is said what follows where nobody comes.

    The event is a stored one, or one as it would come: from `source`, or else from the server source that was connected first, or from
    a supposed one. Raises TriggerError or MappingError where the mapping does not compile.
    """
    now = at or services.clock.now()
    snapshot = await services.workspace.current()
    parsed = event if isinstance(event, StoredEvent) else spec.event_of(event, received_at=now)
    if parsed.problem is not None:
        return Preview(
            matched=False, problem=f"{parsed.problem}: {spec.REASONS.get(parsed.problem, parsed.problem)}"
        )
    definition = services.definition(destination.definition)
    settings = definition.settings.model_validate(dict(destination.settings))
    senders = snapshot.senders.get(destination.id, NOTHING_KNOWN)
    one = compiled(mapping, destination, definition, settings, senders)
    asks = one.confirms and test_to is None
    unmatched = () if asks else tuple(_unmatched(one, parsed.payload))
    if unmatched:
        return Preview(matched=False, explanation=unmatched, doubts=parsed.doubts)
    named = snapshot.sources[event.source_id] if isinstance(event, StoredEvent) else source
    if test_to is None:
        origin = named or _usual(snapshot, destination) or _supposed(destination, now)
        facts = await _facts(services, snapshot, one, origin, parsed, now)
        # An audience's event that says nothing new is another one than that which came.
        unmatched = () if asks or facts.event is parsed else tuple(_unmatched(one, facts.event.payload))
        if unmatched:
            return Preview(matched=False, explanation=unmatched, doubts=facts.doubts)
    else:
        facts = await _facts_of_test(services, source_of_tests(destination.space, now), parsed)
    subject = _subject(services, facts, one, now, replayed_at)
    if not patient:
        subject = replace(subject, profile_hold_until=None)
    if test_to is not None:
        subject = replace(subject, recipient=test_to, is_test=True)
    elif asks:
        number = next((new.recipient for new in facts.asked if new.mapping_id == mapping.id), None)
        if number is None:
            return Preview(matched=False, explanation=(_NOBODY_ASKED,), doubts=facts.doubts)
        subject = replace(subject, recipient=number, confirms_yes=True)
    decision = await decide(services, subject, now, wholly=wholly)
    sent = _sent(decision)
    obstacles = tuple(_obstacles(snapshot, one, named))
    shown = _shown(decision.plan)
    twice = (
        [] if sent is None or test_to is not None else await _twice(services, snapshot, facts, one, sent, now)
    )
    return Preview(
        matched=True,
        fields=plain(decision.fields),
        decision="NO_MATCH" if obstacles else shown.decision,
        reason=None if obstacles else shown.reason,
        explanation=tuple(decision.trace.results),
        sent=decision.shown,
        price=await _price(services, destination, decision.shown) if wholly else None,
        release_at=None if obstacles else shown.release_at,
        remedy=None if obstacles else shown.remedy,
        doubts=tuple(dict.fromkeys((*parsed.doubts, *facts.doubts))),  # a stored one has them already
        obstacles=obstacles,
        twice=tuple(twice),
    )


class _Shown(NamedTuple):
    decision: Outcome
    reason: Reason | None = None
    remedy: str | None = None
    release_at: datetime | None = None


def _shown(plan: Plan | IntegrationError) -> _Shown:
    match plan:
        case Send():
            return _Shown("SEND")
        case Hold():
            until = plan.until if plan.reason in _ENDS_BY_ITSELF else None
            return _Shown("HOLD", plan.reason, plan.remedy, until)
        case Suppress():
            return _Shown("SUPPRESS", plan.reason, plan.remedy)
    # What a read of the plan failed on is tried again by itself.
    return _Shown("HOLD" if plan.retryable else "REJECT", None, plan.remedy)


def _sent(decision: Decision) -> Send | None:
    """What is sent, or would be but for the first gates."""
    return next((plan for plan in (decision.plan, decision.beyond) if isinstance(plan, Send)), None)


async def _price(services: Services, destination: Destination, sent: Send | None) -> str | None:
    """Of what is counted in segments: what else decides a price, nobody knows before it is sent."""
    if sent is None or sent.segments is None or sent.channel is None:
        return None
    country = phones.country_of(sent.recipient)
    if country is None:
        return None
    asked = (destination.id, sent.channel, sent.sender, country, sent.segments)
    return await services.store.read(lambda c: delivery_lists.last_price(c, *asked))


# -- what is known ----------------------------------------------------------------------------------------------------


class _Facts(NamedTuple):
    """Of an event and its source: whom it is about, what it says of consent as it would be kept, what of it could not be read, and by what
    somebody would be asked to confirm it.
    """

    source: Source
    event: Event
    known: Known | None
    words: tuple[ConsentEntry, ...]
    doubts: tuple[Doubt, ...]
    asked: tuple[NewDelivery, ...] = ()


async def _facts(
    services: Services, snapshot: Snapshot, one: Compiled, source: Source, event: Event, now: datetime
) -> _Facts:
    if source.id in snapshot.sources:
        claims = claims_of(event, source, snapshot.country(source), snapshot.countries(source))
    else:
        country = services.definition(one.destination.definition).default_country(one.settings)
        claims = claims_of(event, source, country)
    crowd = await services.store.read(lambda c: people.load(c, {source.space: ids_of(claims)}))
    new = suppose(crowd, claims)
    asking = snapshot.asking(source)
    if source.id not in snapshot.sources and one.destination.policy.double_opt_in:
        asking = (one.destination,)
    spoken = double_opt_in.Spoken(source, asking, event, new.words, None, claims.told.phones)
    said = await services.store.read(
        lambda c: double_opt_in.ask(c, services.secrets, snapshot, [spoken], now)
    )
    doubts = (*new.doubts, *said.doubts.get(event.id, ()))
    asked = tuple(question.delivery for question in said.questions)
    if not isinstance(event, StoredEvent):  # of one that is stored it was decided when it came
        event = with_news(event, new.before, new.known, by_server=claims.told.by_server)
    return _Facts(source, event, new.known, tuple(said.words), doubts, asked)


async def _facts_of_test(services: Services, source: Source, event: Event) -> _Facts:
    """Nothing is learned of a test's event, so that only what is known already counts."""
    crowd = await services.store.read(lambda c: people.load(c, {source.space: set(identities_of(event))}))
    return _Facts(source, event, person_of(crowd, source.space, event, None), (), ())


def _subject(
    services: Services, facts: _Facts, one: Compiled, now: datetime, replayed_at: datetime | None
) -> Subject:
    space = facts.source.space
    return Subject(
        source=facts.source,
        event=facts.event,
        one=one,
        consent=ConsentFacts(services.store, services.secrets, space, {}, facts.words),
        people=PeopleFacts(facts.known, facts.event, facts.source),
        conversations=ConversationFacts(services.store, space, {}),
        notices=NoticeFacts(services.store, space, {}),
        counts=CountFacts(services.store, {}),
        callback_url=services.callback_url(one, "preview"),
        profile_hold_until=now + gates.PROFILE_WAIT,
        waited=Waited(replayed_at),
    )


def _usual(snapshot: Snapshot, destination: Destination) -> Source | None:
    """The server source that was connected first of those that still send."""
    connected = (snapshot.sources[source] for source, there in snapshot.links if there == destination.id)
    sending = [one for one in connected if one.trust is SourceTrust.SERVER and one.deleted_at is None]
    return min(sending, key=lambda one: (one.created_at, one.id), default=None)


def _supposed(destination: Destination, now: datetime) -> Source:
    """A server source with the usual opt-in traits, where there is none."""
    return Source(
        id="preview",
        space=destination.space,
        name="preview",
        trust=SourceTrust.SERVER,
        enabled=True,
        revision=1,
        write_key_hash="",
        write_key_last_four="",
        write_key_set_at=now,
        sms_opt_in_trait="sms_opt_in",
        whatsapp_opt_in_trait="whatsapp_opt_in",
        created_at=now,
    )


# -- whether the mapping has the event at all ---------------------------------------------------------------------------


def _unmatched(one: Compiled, payload: Object[str, Any]) -> Iterator[GateResult]:
    """Why the event is not for the mapping: what it does not let through, or the terms of the trigger that fail."""
    if not lets_through(payload.get("integrations"), one.integration_names):
        names = ", ".join(one.integration_names)
        detail = f"The event's `integrations` object does not let it through to any of: {names}."
        yield GateResult("integrations", passed=False, detail=detail)
        return
    for failure in one.trigger.failed(payload):
        yield GateResult("trigger", passed=False, detail=str(failure))


def _obstacles(snapshot: Snapshot, one: Compiled, source: Source | None) -> Iterator[GateResult]:
    """What keeps an event that the trigger is for from the mapping: it is disabled, or the source leads elsewhere."""
    stored = snapshot.mappings.get(one.mapping.id)
    if stored is not None and not one.mapping.enabled:
        detail = f"The mapping {stored.name} is disabled: no event reaches it until it is enabled: run {enabling(stored)}"
        yield GateResult("mapping", passed=False, detail=detail)
    if source is not None and source.deleted_at is not None:
        detail = (
            "This event came by a test send, which was for the one number that it named: try an event that a source sent."
            if source.id.startswith(TESTS)
            else f"The source {source.name} was deleted, so that nothing comes by it: try an event of another one."
        )
        yield GateResult("source", passed=False, detail=detail)
    elif source is not None and (source.id, one.destination.id) not in snapshot.links:
        there = one.destination
        detail = (
            f"The source {source.name} is not connected to the destination {there.name}. Connect it: mutation {{ "
            f'sourceConnect(input: {{sourceId: "{source.id}", destinationId: "{there.id}"}}) {{ errors {{ message }} }} }}'
        )
        yield GateResult("source", passed=False, detail=detail)


# -- who else would text the same person -------------------------------------------------------------------------------


async def _twice(
    services: Services, snapshot: Snapshot, facts: _Facts, one: Compiled, sent: Send, now: datetime
) -> list[Compiled]:
    """The other enabled mappings of the channel that the event is for, and that would send to the same number."""
    found: list[Compiled] = []
    for other in _others(snapshot, facts, one)[:MOST_OTHERS]:
        theirs = _sent(await decide(services, _subject(services, facts, other, now, None), now, wholly=True))
        if theirs is not None and canonical(theirs.recipient) == canonical(sent.recipient):
            found.append(other)
    return found


def _others(snapshot: Snapshot, facts: _Facts, one: Compiled) -> list[Compiled]:
    if facts.source.id in snapshot.sources:
        reached = {there for source, there in snapshot.links if source == facts.source.id}
    else:
        reached = set(snapshot.beside(one.destination.id))
    payload = facts.event.payload
    return [
        other
        for other in snapshot.compiled.values()
        if other.destination.id in reached
        and other.mapping.enabled
        and other.mapping.mode is MappingMode.LIVE
        and other.mapping.id != one.mapping.id
        and not other.confirms
        and other.action.channel is not None
        and other.action.channel is one.action.channel
        and lets_through(payload.get("integrations"), other.integration_names)
        and other.trigger.matches(payload)
    ]
