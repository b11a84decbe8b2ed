"""The decision on one event and one mapping: the same for the real thing and for the dry run."""

import json
from collections.abc import Mapping as Object
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec.structs import replace
from pydantic import ValidationError

from destinations.kit import (
    About,
    Channel,
    Context,
    DestinationDefinition,
    Facts,
    Fields,
    Hold,
    IntegrationError,
    PayloadValidationError,
    Plan,
    Read,
    Reason,
    Send,
    Suppress,
    Trace,
    canonical,
    mapping_fields,
    mapping_update,
)
from destinations.kit.payload import payload_of, readable_payload
from destinations.kit.ports import ConsentLedger, Conversations, Notices, People
from gateway import sending_limits
from gateway.deliveries import NEVER_WAITED, Waited
from gateway.events import Event
from gateway.facts.claim_counts import Counts
from gateway.facts.compiled import Compiled, compiled
from gateway.facts.senders import SenderFacts
from gateway.pipeline import accounts, gates, quiet
from gateway.pipeline.within_limits import within
from gateway.services import Services
from gateway.workspace import Destination, Mapping, Source, SourceTrust
from mappings import MappingError, TriggerError, failing_field


class Subject(msgspec.Struct, frozen=True):
    """What is decided upon, and what the plan may know of it. `is_recipient_shown`: whom it is for is in the ledger already.
    `is_test`: the `recipient` stands in for whomever the mapping picks; `confirms_stop`: so it does, and stopped; `confirms_yes`: so
    it does, and is asked whether they want what an event said for them. `counted_on`: the day on which it counted last for a limit.
    """

    source: Source
    event: Event
    one: Compiled
    consent: ConsentLedger
    people: People
    conversations: Conversations
    notices: Notices
    counts: Counts
    callback_url: str | None
    delivery_id: str | None = None
    recipient: str | None = None
    is_recipient_shown: bool = False
    window_closed: bool = False
    profile_hold_until: datetime | None = None
    waited: Waited = NEVER_WAITED
    is_test: bool = False
    confirms_stop: bool = False
    confirms_yes: bool = False
    counted_on: str | None = None


class Decision(msgspec.Struct, frozen=True):
    """A plan, or the error that ends the Delivery; the trace of gates; and the mapped fields as far as they came.

    `probing`: it was this Delivery's turn to try whether the account works again. Where it was asked for wholly, `beyond` is what it
    would come to but for the early gate that stopped it, and `shown` what would be sent but for any gate that does.
    """

    plan: Plan | IntegrationError
    trace: Trace
    fields: Any = None
    probing: bool = False
    beyond: Plan | IntegrationError | None = None
    shown: Send | None = None


async def decide(
    services: Services, subject: Subject, now: datetime, read: Read | None = None, *, wholly: bool = False
) -> Decision:
    """Run the gates in their order. Reads facts, and templates where the rules need them; changes nothing. `read` is how it reads
    from a provider, where that is not as usual. `wholly`: where a gate stops it, the others are asked all the same.
    """
    decision = await _decide(services, subject, now, read or services.reader.cached, wholly=wholly)
    probing = subject.delivery_id is not None and accounts.is_prober(
        subject.one.destination, subject.delivery_id
    )
    if isinstance(decision.plan, Hold):
        waits = gates.waiting(decision.plan, subject.event, subject.one.mapping, subject.waited)
        decision = replace(decision, plan=waits)
    return replace(decision, probing=True) if probing else decision


async def _decide(
    services: Services, subject: Subject, now: datetime, read: Read, *, wholly: bool
) -> Decision:
    source, event, one, trace, waited = subject.source, subject.event, subject.one, Trace(), subject.waited
    waits = gates.ready(
        trace,
        one.destination,
        one.mapping,
        event,
        now,
        subject.delivery_id,
        channel=one.action.channel,
        waited=waited,
    )
    # What waits for a verification is asked for its age first, so that it ends once it is too old.
    early = (
        waits
        if isinstance(waits, Suppress)
        else gates.fresh(trace, event, one.mapping, now, waited)
        or waits
        or gates.trusted(trace, source, event, one.mapping)
    )
    context = _context(services, subject, now, read, trace, wholly=wholly)
    if early is None:
        return await _planned(subject, context)
    if not wholly:
        await _find_addressee(subject, context)
        return Decision(early, trace)
    asked = {line.gate for line in trace.results}
    if "fresh" not in asked:
        gates.fresh(trace, event, one.mapping, now, waited)
    if "trusted" not in asked:
        gates.trusted(trace, source, event, one.mapping)
    rest = await _planned(subject, context)
    return replace(rest, plan=early, beyond=rest.plan)


async def _planned(subject: Subject, context: Context[Any]) -> Decision:
    """What the mapping's fields, the action and its gates come to."""
    source, event, one, trace = subject.source, subject.event, subject.one, context.trace
    fields: Any = None
    try:
        fields = one.apply(event.payload)
        payload = payload_of(one.action.payload, fields, one.settings, one.configured)
        trace.passed("fields", _mapped(one, payload))
    except (MappingError, IntegrationError) as error:
        refusal = error if isinstance(error, IntegrationError) else _unmappable(one, event, error)
        trace.stopped("fields", None, refusal.message)
        refusal.remedy = (
            refusal.remedy or "Mend the mapping's fields; mappingPreview shows what they make of an event."
        )
        await _find_addressee(subject, context)
        return Decision(refusal, trace, fields)
    try:
        plan = await one.action.plan(payload, context)
    except MappingError as error:
        refusal = PayloadValidationError(str(error))
        trace.stopped("content", None, str(error))
        return Decision(refusal, trace, fields)
    except IntegrationError as error:
        if not trace.results or trace.results[-1].passed:
            trace.stopped("content", None, error.message)
        return Decision(error, trace, fields)
    shown = plan if isinstance(plan, Send) else plan.beyond
    if isinstance(plan, Send):
        untrusted = gates.number_is_trusted(trace, source, event, plan, await subject.people.person())
        strayed = _strayed(trace, subject, plan) if subject.is_test else None
        until = gates.expiry(event, one.mapping, subject.waited)
        stopped = gates.sender_in_use(trace, one.known.by_address.get(plan.sender), until, context.now)
        plan = (
            untrusted
            or strayed
            or _off(trace, one, plan)
            or stopped
            or await _at_an_open_hour(subject, context, plan)
            or await _within_limits(subject, context, plan)
            or plan
        )
        if isinstance(plan, Hold) and context.wholly and shown is not None:
            await _within_limits(subject, context, shown)  # for the trace, beside what it waits for
    if isinstance(plan, Hold):
        plan = replace(plan, beyond=None)
    return Decision(plan, trace, fields, shown=shown)


async def _at_an_open_hour(subject: Subject, context: Context[Any], plan: Send) -> Hold | Suppress | None:
    return quiet.at_an_open_hour(
        context.trace,
        subject.one.destination,
        subject.one.mapping,
        plan.recipient,
        await subject.people.person(),
        context.now,
        is_test=subject.is_test,
    )


async def _within_limits(subject: Subject, context: Context[Any], plan: Send) -> Suppress | None:
    """Where there is no limit, nothing is read."""
    there = subject.one.destination
    today = sending_limits.today(there.policy, there.id, context.now)
    if today is None:
        return None
    alone = subject.is_test or subject.confirms_stop
    limits = today.of_text(plan.recipient, context.purpose, alone=alone)
    if not limits:
        return None
    context.trace.recipient = plan.recipient
    counts = await subject.counts.of([one.counter for one in limits])
    return within(context.trace, there.name, limits, counts, subject.delivery_id, subject.counted_on)


def _strayed(trace: Trace, subject: Subject, plan: Send) -> Suppress | None:
    """Whatever an action makes of it, a test goes to the number that it was asked for."""
    if subject.recipient is not None and canonical(plan.recipient) == canonical(subject.recipient):
        return None
    detail = "The action would send to another number than that of the test."
    trace.stopped("recipient", Reason.RECIPIENT_CHANGED, detail)
    return Suppress(
        Reason.RECIPIENT_CHANGED, detail, "This action of the destination's type knows no test sends."
    )


def _context(
    services: Services, subject: Subject, now: datetime, read: Read, trace: Trace, *, wholly: bool
) -> Context[Any]:
    """All that the plan may know."""
    one, policy = subject.one, subject.one.destination.policy
    return Context(
        settings=one.settings,
        now=now,
        read=read,
        purpose=one.mapping.purpose,
        occurred_at=subject.event.earliest,
        trusted=subject.source.trust is SourceTrust.SERVER,
        facts=Facts(
            subject.consent,
            subject.people,
            subject.conversations,
            SenderFacts(one.known, one.named_since),
            subject.notices,
        ),
        callback_url=subject.callback_url,
        allowed_hosts=services.settings.allowed_hosts,
        recipient=subject.recipient,
        window_closed=subject.window_closed,
        profile_hold_until=subject.profile_hold_until,
        lookups=True,
        allowed_countries=policy.allowed_countries or None,
        policy=policy,
        test_numbers=policy.test_numbers,
        test_recipient=subject.recipient if subject.is_test else None,
        confirms_stop_to=subject.recipient if subject.confirms_stop else None,
        confirms_yes_to=subject.recipient if subject.confirms_yes else None,
        wholly=wholly,
        trace=trace,
        about=_about(one, subject.source, subject.event),
    )


async def _find_addressee(subject: Subject, context: Context[Any]) -> None:
    """Note in the trace whom a text would have gone to that is refused, or waits, before it is planned: without it nobody finds by
    their number why they got none. What can't be read tells nothing.
    """
    one = subject.one
    if one.action.addressee is None or subject.is_recipient_shown:
        return
    try:
        fields = one.apply(subject.event.payload)
        payload = readable_payload(one.action.payload, fields, one.settings, one.configured)
        if payload is not None:
            person = await subject.people.person()
            context.trace.recipient = one.action.addressee(payload, context, person)
    except (MappingError, IntegrationError):
        return


def _off(trace: Trace, one: Compiled, plan: Send) -> Suppress | None:
    """Gate 1 again, where the message goes by another channel than its action: a text with media is an MMS."""
    if plan.channel is one.action.channel:
        return None
    off = gates.channel_is_on(trace, one.destination, plan.channel)
    return None if off is None else replace(off, recipient=plan.recipient)


def _mapped(one: Compiled, payload: Fields) -> str:
    if not payload.found_nothing:
        return f"mapped for {one.action.slug}"
    nothing = [payload.nothing_at(key) for key in one.configured if key in payload.found_nothing]
    return "; ".join((f"mapped for {one.action.slug}", *filter(None, nothing)))


def _about(one: Compiled, source: Source, event: Event) -> About:
    return About(
        space=source.space,
        destination_id=one.destination.id,
        mapping_id=one.mapping.saved_id,
        user_id=event.user_id,
        anonymous_id=event.anonymous_id,
        call=event.type,
        event=event.name,
        opt_in_traits=_opt_in_traits(source.sms_opt_in_trait, source.whatsapp_opt_in_trait),
        mapping_name=one.mapping.name,
        literal_statuses=one.literal_statuses,
    )


@lru_cache(maxsize=256)
def _opt_in_traits(sms: str, whatsapp: str) -> Object[Channel, str]:
    return MappingProxyType({Channel.SMS: sms, Channel.WHATSAPP: whatsapp})


def decide_unready(
    definitions: Object[str, DestinationDefinition],
    destination: Destination,
    mapping: Mapping,
    event: Event,
    now: datetime,
    waited: Waited = NEVER_WAITED,
) -> Decision:
    """The decision where the mapping is there and can't run: it waits for whoever mends that, until the event is old."""
    trace = Trace()
    plan = gates.ready(trace, destination, mapping, event, now, waited=waited)
    if not isinstance(plan, Suppress):
        until = gates.expiry(event, mapping, waited)
        plan = gates.runnable(trace, *_obstacle(definitions, destination, mapping), until, now)
        plan = gates.fresh(trace, event, mapping, now, waited) or plan
    return Decision(gates.waiting(plan, event, mapping, waited) if isinstance(plan, Hold) else plan, trace)


def _obstacle(
    definitions: Object[str, DestinationDefinition], destination: Destination, mapping: Mapping
) -> tuple[str, str]:
    """Why the mapping can't run, and what to do. No value of a setting is shown."""
    definition = definitions.get(destination.definition)
    if definition is None:
        return (
            f"The destination {destination.name} needs the definition {destination.definition}, which is not installed.",
            f"Install the package that provides {destination.definition}, and start the gateway again.",
        )
    try:
        compiled(
            mapping, destination, definition, definition.settings.model_validate(dict(destination.settings))
        )
    except ValidationError as error:
        names = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False))
        return (
            f"The settings of the destination {destination.name} no longer fit its definition: {names}.",
            (
                f"Run {gates.verifying(destination)}, which says what to change. Or install the version of {destination.definition} that took "
                "these settings, and start the gateway again. What waits then goes on by itself."
            ),
        )
    except KeyError:
        return (
            f"The definition {destination.definition} has no action {mapping.action} any more.",
            "Install a version that has it, or make a mapping of another action.",
        )
    except MappingError as error:
        return (
            f"The mapping {mapping.name} no longer compiles: {error}",
            (
                "Mend the mapping so that it compiles: what waits goes on by itself then, as it does once a version is installed that takes "
                f"this one. With what is wrong in it mended, {_mending(mapping, error)}"
            ),
        )
    return "The mapping was mended just now.", "Nothing to do."


def _mending(mapping: Mapping, error: MappingError) -> str:
    """The change of what does not compile: as it is, since nobody knows what was meant."""
    if not isinstance(error, TriggerError):
        return mapping_fields(mapping.saved_id, {})
    triggers = {"trigger": mapping.trigger, "cancelTrigger": mapping.cancel_trigger}
    given = ", ".join(f"{name}: {json.dumps(text)}" for name, text in triggers.items() if text is not None)
    return mapping_update(mapping.saved_id, given)


def _unmappable(one: Compiled, event: Event, error: MappingError) -> PayloadValidationError:
    """What is wrong, and with which field where it is one."""
    field = failing_field(one.mapping.fields, event.payload)
    if field is None:
        return PayloadValidationError(str(error))
    saved = one.mapping.saved_id
    way = "." if saved is None else f" in the variables, then {mapping_fields(saved, {})}"
    return PayloadValidationError(f"/{field}: {error}", remedy=f"Mend the mapping's field `{field}`{way}")
