"""The decision on one event and one mapping: the same for the real thing and for the dry run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from destinations.kit import (
    Context,
    Facts,
    Hold,
    IntegrationError,
    PayloadValidationError,
    Plan,
    Send,
    Suppress,
    Trace,
)
from destinations.kit.payload import payload_of
from destinations.kit.ports import ConsentLedger, People
from gateway.events import Event
from gateway.facts.workspace import Compiled
from gateway.pipeline import gates
from gateway.pipeline.core import Pipeline
from gateway.workspace import Source, SourceTrust
from mappings import MappingError


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided upon, and what the plan may know of it."""

    source: Source
    event: Event
    one: Compiled
    consent: ConsentLedger
    people: People
    callback_url: str | None
    recipient: str | None = None
    profile_hold_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan, or the error that ends the Delivery; the trace of gates; and the mapped fields as far as they came."""

    plan: Plan | IntegrationError
    trace: Trace
    fields: Any = None


async def decide(pipeline: Pipeline, subject: Subject, now: datetime) -> Decision:
    """Run the gates in their order. Reads facts, and templates where the rules need them; changes nothing."""
    source, event, one, trace = subject.source, subject.event, subject.one, Trace()
    waits = gates.ready(trace, one.destination, one.mapping, event)
    if isinstance(waits, Suppress):
        return Decision(waits, trace)
    # What waits for a verification is asked for its age first, so that it ends once it is too old.
    early = gates.fresh(trace, event, one.mapping, now) or waits or gates.trusted(trace, source, one.mapping)
    if early is not None:
        return Decision(early, trace)
    fields: Any = None
    try:
        fields = one.apply(event.payload)
        payload = payload_of(one.action.payload, fields, one.settings)
        trace.passed("fields", f"mapped for {one.action.slug}")
    except (MappingError, IntegrationError) as error:
        trace.stopped("fields", None, str(error))
        refusal = error if isinstance(error, IntegrationError) else PayloadValidationError(str(error))
        refusal.remedy = (
            refusal.remedy or "Mend the mapping's fields; mappingPreview shows what they make of an event."
        )
        return Decision(refusal, trace, fields)
    context = Context(
        settings=one.settings,
        now=now,
        read=pipeline.reader.cached,
        purpose=one.mapping.purpose,
        occurred_at=min(event.timestamp, event.received_at),
        trusted=source.trust is SourceTrust.SERVER,
        facts=Facts(consent=subject.consent, people=subject.people),
        callback_url=subject.callback_url,
        allowed_hosts=pipeline.settings.allowed_hosts,
        recipient=subject.recipient,
        profile_hold_until=subject.profile_hold_until,
        test_numbers=frozenset(),
        trace=trace,
    )
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
    if isinstance(plan, Send):
        untrusted = gates.number_is_trusted(trace, source, plan, await subject.people.person())
        plan = untrusted or plan
    if isinstance(plan, Hold) and plan.until > gates.expiry(event, one.mapping):
        plan = Hold(gates.expiry(event, one.mapping), plan.reason, plan.detail, plan.remedy)
    return Decision(plan, trace, fields)
