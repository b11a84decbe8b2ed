"""The dry run: what a mapping would make of an event, with no request made and nothing stored."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from destinations.kit import HttpRequest, Reason, Send, Shown
from gateway.events import Doubt, StoredEvent
from gateway.facts.pasting import filled
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.types import GateResult
from gateway.graphql.events.types import Event
from gateway.graphql.mappings import overlaps, preview_input
from gateway.graphql.mappings.checks import Finding, MappingProblem
from gateway.graphql.mappings.forms import PreviewRequest
from gateway.graphql.mappings.preview_input import MappingPreviewInput, Occasion, Subject
from gateway.graphql.mappings.types import findings, reviewed
from gateway.graphql.messages import shown
from gateway.graphql.messages.types import MessageButton, buttons
from gateway.graphql.terms.enums import Decision, Severity
from gateway.graphql.terms.errors import UserError
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT
from gateway.pipeline.preview import Preview, preview
from gateway.spec import iso
from gateway.storage.delivery_lists import PRICED_AMONG
from gateway.workspace import MappingMode, Role
from mappings import UNDEFINED


@strawberry.type(description="What a mapping would make of an event.")
class MappingPreview:
    """See pipeline.preview."""

    matched: bool = strawberry.field(
        description="Whether the trigger and the event's `integrations` let it through to the mapping."
    )
    fields: JSON | None = strawberry.field(description="The values that the mapping's fields come to.")
    decision: Decision = strawberry.field(description="What would happen.")
    reason: Reason | None = strawberry.field(description="Why nothing would be sent, or not yet.")
    explanation: list[GateResult] = strawberry.field(
        description="Each gate in order, with what it saw; where nothing matched, what of the trigger does not hold, or what else keeps "
        "the event from the mapping: it is disabled, or the source is not connected."
    )
    release_at: datetime | None = strawberry.field(
        description="When it would go out, where it is held for a time that is known; null where it goes at once, or nobody knows."
    )
    request: PreviewRequest | None = strawberry.field(
        description="The request that would be made; where a gate stops it, the one that would be made without that. Null where none can "
        "be made, such as to nobody, or of wrong content."
    )
    text: str | None = strawberry.field(
        description="The text as the person would get it, or would get but for the gate that stops it; null where there is no request, or "
        "a template's text is not known."
    )
    media: list[str] = strawberry.field(description="The addresses of the media that would go with it.")
    buttons: list[MessageButton] = strawberry.field(description="The buttons below it, of a template.")
    segments: int | None = strawberry.field(
        description="How many segments the text takes; null for what is not counted in them, such as media and WhatsApp."
    )
    encoding: str | None = strawberry.field(
        description="How the text is encoded, which decides its segments."
    )
    unicode_character: str | None = strawberry.field(
        description="The first character that is not in GSM-7, so that all of the text is UCS-2; null where there is none."
    )
    price: str | None = strawberry.field(
        description="What the last text like it cost, with its currency: of the same sender, country and number of segments, among the last "
        f"{PRICED_AMONG} that the destination sent. Null where none of them has a price, and for what is not counted in segments. What it "
        "will cost, the provider says once it is sent."
    )
    remedy: str | None = strawberry.field(description="The cheapest way to change what was decided.")
    event: Event | None = strawberry.field(description="The stored event that it was tried with.")
    problems: list[MappingProblem] = strawberry.field(
        description="What is wrong with the mapping or the event, or doubtful, such as another mapping that would text the same person "
        "for this event."
    )
    errors: list[UserError] = strawberry.field(
        description="What was wrong with the input; then nothing was tried."
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "The dry run: the same path as the real one, no request made, nothing stored. It shows what would become of the event now, or `at` "
        "another time; what a sender's pace would make wait is shown as SEND. Where a gate stops it (not verified, paused, too old, consent, "
        "country, the window), what would be sent but for that is shown beside it, and what the gates behind it see."
    )
    async def mapping_preview(
        self, info: Info, given: Annotated[MappingPreviewInput, INPUT]
    ) -> MappingPreview:
        context = info.context
        context.require(Role.READER, "A dry run, which shows numbers and what they agreed to,")
        subject = preview_input.subject(context, given)
        space = context.viewer.space if isinstance(subject, list) else subject.destination.space
        occasion = await preview_input.occasion(context, given, space)
        if isinstance(subject, list) or isinstance(occasion, list):
            wrong = [one for found in (subject, occasion) if isinstance(found, list) for one in found]
            return _nothing(Decision.REJECT, errors=[*wrong])
        found = findings(context, subject.destination, subject.mapping)
        problems = [finding.as_problem() for finding in found]
        if any(finding.severity is Severity.ERROR for finding in found):
            return _nothing(Decision.REJECT, problems=problems)
        reviews = await reviewed(context, subject.destination, subject.mapping)
        problems += [finding.as_problem() for finding in reviews]
        return await _run(context, subject, occasion, given.at or None, problems)


def _of_mode(subject: Subject) -> list[Finding]:
    if subject.mapping.mode is MappingMode.LIVE:
        return []
    message = "The mapping is in SHADOW: what would be sent is recorded as SHADOWED, and no request is made. mode: LIVE in mappingUpdate lets it send."
    return [Finding(message, ("mode",), severity=Severity.WARNING)]


async def _run(
    context: Context,
    subject: Subject,
    occasion: Occasion,
    at: datetime | None,
    problems: list[MappingProblem],
) -> MappingPreview:
    seen = await preview(
        context.services, subject.destination, subject.mapping, occasion.event, at, source=occasion.source
    )
    if seen.problem is not None:
        problems.append(Finding(seen.problem, (occasion.path,)).as_problem())
        return _nothing(Decision.REJECT, problems=problems)
    found = [
        *_of_mode(subject),
        *(_doubt(occasion.path, doubt) for doubt in seen.doubts),
        *(overlaps.twice(other, certain=True) for other in seen.twice),
    ]
    sent, stored = seen.sent, occasion.stored
    phone = await _on_phone(context, subject, sent)
    return MappingPreview(
        matched=seen.matched,
        fields=None if seen.fields is None or seen.fields is UNDEFINED else JSON(seen.fields),
        decision=Decision(seen.decision),
        reason=seen.reason,
        release_at=seen.release_at,
        explanation=[GateResult.of(context.viewer, gate) for gate in (*seen.obstacles, *seen.explanation)],
        request=None if sent is None else _request(sent.request),
        text=phone.text,
        media=list(phone.media),
        buttons=buttons(context.viewer, phone.buttons),
        segments=None if sent is None else sent.segments,
        encoding=None if sent is None else sent.encoding,
        unicode_character=None if sent is None else sent.unicode_character,
        price=seen.price,
        remedy=_remedy(seen, subject, stored, at),
        event=None if stored is None else Event.of(context, stored),
        problems=[*problems, *(finding.as_problem() for finding in found)],
        errors=[],
    )


async def _on_phone(context: Context, subject: Subject, sent: Send | None) -> Shown:
    """What the phone shows: as the plan knows it, or else as the last sync does."""
    if sent is None:
        return shown.NOTHING
    known = Shown(sent.text, sent.media, sent.buttons)
    if known != shown.NOTHING:
        return known
    return await shown.of_request(context, subject.destination.id, sent.request.form)


def _request(request: HttpRequest) -> PreviewRequest:
    return PreviewRequest.of(request.method, request.url, request.form, request.json)


def _doubt(path: str, doubt: Doubt) -> Finding:
    return Finding(f"{doubt.code}: {doubt.message}", (path,), severity=Severity.WARNING)


def _remedy(seen: Preview, subject: Subject, stored: StoredEvent | None, at: datetime | None) -> str | None:
    """The cheapest way to change what was decided; an event that came is too old by now as a rule."""
    if seen.remedy is None:
        return None
    remedy = filled(seen.remedy, subject.destination, subject.mapping)
    if stored is None or at is not None or seen.reason is not Reason.STALE_EVENT:
        return remedy
    return f'To see what became of it when it came, say at: "{iso(stored.received_at)}". {remedy}'


def _nothing(
    decision: Decision, *, problems: list[MappingProblem] | None = None, errors: list[UserError] | None = None
) -> MappingPreview:
    return MappingPreview(
        matched=False,
        fields=None,
        decision=decision,
        reason=None,
        release_at=None,
        explanation=[],
        request=None,
        text=None,
        media=[],
        buttons=[],
        segments=None,
        encoding=None,
        unicode_character=None,
        price=None,
        remedy=None,
        event=None,
        problems=problems or [],
        errors=errors or [],
    )
