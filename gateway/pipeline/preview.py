"""The dry run: the decision on an event as if it came now, with nothing sent and nothing stored."""

from collections.abc import Mapping as Object
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from destinations.kit import GateResult, Hold, HttpRequest, Reason, Send, Suppress
from gateway import spec
from gateway.events import Doubt
from gateway.facts.consent import ConsentFacts
from gateway.facts.conversations import ConversationFacts
from gateway.facts.people import PeopleFacts
from gateway.facts.workspace import Compiled, compiled, lets_through
from gateway.pipeline.claims import claims_of
from gateway.pipeline.decide import Subject, decide
from gateway.pipeline.learn import ids_of, suppose
from gateway.services import Services
from gateway.storage import people
from gateway.workspace import Destination, Mapping, Source, SourceTrust
from mappings import plain

Outcome = Literal["SEND", "HOLD", "SUPPRESS", "REJECT", "NO_MATCH"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the event. `problem` says why it could not even be an event; where it is not for the mapping,
    the explanation says why. `doubts` are what of it could not be read.
    """

    matched: bool
    fields: Any = None
    decision: Outcome = "NO_MATCH"
    reason: Reason | None = None
    explanation: tuple[GateResult, ...] = ()
    request: HttpRequest | None = None
    segments: int | None = None
    encoding: str | None = None
    problem: str | None = None
    remedy: str | None = None
    """The cheapest way to change what was decided."""
    doubts: tuple[Doubt, ...] = ()


async def preview(
    services: Services,
    destination: Destination,
    mapping: Mapping,
    event: Any,
    at: datetime | None = None,
    *,
    replayed_at: datetime | None = None,
) -> Preview:
    """What a mapping, stored or not, would make of an event from a server source at that time (now, where it is None), or of its replay.

    Raises TriggerError or MappingError where the mapping does not compile.
    """
    now = at or services.clock.now()
    parsed = spec.event_of(event, received_at=now)
    if parsed.problem is not None:
        return Preview(matched=False, problem=f"{parsed.problem}: {spec.REASONS[parsed.problem]}")
    definition = services.definition(destination.definition)
    settings = definition.settings.model_validate(dict(destination.settings))
    one = compiled(mapping, destination, definition, settings)
    unmatched = _unmatched(one, parsed.payload)
    if unmatched:
        return Preview(matched=False, explanation=unmatched, doubts=parsed.doubts)
    source = _supposed(destination, now)
    country = definition.default_country(settings)
    claims = claims_of(parsed, source, country)
    crowd = await services.store.read(lambda c: people.load(c, {source.space: ids_of(claims)}))
    new = suppose(crowd, claims)
    doubts = (*parsed.doubts, *new.doubts)
    subject = Subject(
        source=source,
        event=parsed,
        one=one,
        consent=ConsentFacts(services.store, source.space, {}, new.words),
        people=PeopleFacts(new.known, parsed),
        conversations=ConversationFacts(services.store, source.space, {}),
        callback_url=services.callback_url(one, "preview"),
        replayed_at=replayed_at,
    )
    decision = await decide(services, subject, now)
    plan, explanation = decision.plan, tuple(decision.trace.results)
    if isinstance(plan, Send):
        return Preview(
            matched=True,
            fields=plain(decision.fields),
            decision="SEND",
            explanation=explanation,
            request=plan.request,
            segments=plan.segments,
            encoding=plan.encoding,
            doubts=doubts,
        )
    outcome: Outcome = (
        "HOLD" if isinstance(plan, Hold) else "SUPPRESS" if isinstance(plan, Suppress) else "REJECT"
    )
    reason = plan.reason if isinstance(plan, Hold | Suppress) else None
    return Preview(
        matched=True,
        fields=plain(decision.fields),
        decision=outcome,
        reason=reason,
        explanation=explanation,
        remedy=plan.remedy,
        doubts=doubts,
    )


def _unmatched(one: Compiled, payload: Object[str, Any]) -> tuple[GateResult, ...]:
    """Why the event is not for the mapping: what it does not let through, or the terms of the trigger that fail."""
    if not lets_through(payload.get("integrations"), one.integration_names):
        names = ", ".join(one.integration_names)
        detail = f"The event's `integrations` object does not let it through to any of: {names}."
        return (GateResult("integrations", passed=False, detail=detail),)
    return tuple(
        GateResult("trigger", passed=False, detail=str(failure)) for failure in one.trigger.failed(payload)
    )


def _supposed(destination: Destination, now: datetime) -> Source:
    """A server source with the usual opt-in traits, since a preview names none."""
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
