"""`testSend`: a real text by a mapping, to one number."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import Connection as Database
from strawberry.scalars import JSON

from destinations.kit import DestinationStatus, GateResult, e164
from gateway import audit, phones, spec
from gateway.deliveries import Delivery
from gateway.events import Event
from gateway.facts.compiled import Compiled
from gateway.facts.pasting import filled
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.changes import DeliveryPayload, answered, gone
from gateway.graphql.mappings.checks import errors_of
from gateway.graphql.mappings.types import findings
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.idempotency import SENT_ONCE, once
from gateway.graphql.terms.inputs import INPUT, no_number
from gateway.jobs import JobKind
from gateway.pipeline import settle, test_sends
from gateway.pipeline.preview import Preview, preview
from gateway.pipeline.settle import Reached
from gateway.storage import deliveries
from gateway.workspace import Role

_OF_A_NUMBER = ("recipient", "consent", "country")
"""The gates that ask about the number."""


@strawberry.input(description="A test of a mapping: which event, and to which number.")
class TestSendInput:
    """See testSend."""

    mapping_id: strawberry.ID = strawberry.field(description="The mapping; a disabled one, too.")
    event: JSON = strawberry.field(description="A Segment event that its trigger is for.")
    to: str = strawberry.field(description="The number that gets the text, in any notation.")
    idempotency_key: str = strawberry.field(description=SENT_ONCE)


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Send a real text by a mapping to one number, whomever the mapping would pick. It passes every gate but that of the event's age; a "
        "number of the destination's `testNumbers` needs no consent, any other must have agreed before, and a stop always holds. What would "
        "not be sent is an error, and nothing is made. The event is kept and teaches nothing; no other mapping has it."
    )
    async def test_send(self, info: Info, given: Annotated[TestSendInput, INPUT]) -> DeliveryPayload:
        context = info.context
        context.require(Role.OPERATOR, "Sending a test")
        one, problems = _compiled(context, given.mapping_id)
        event, wrong = _event(context, given)
        problems += wrong
        number = None if one is None else e164(given.to, _country(context, one))
        if one is not None and number is None:
            said = f"{no_number('to', given.to)} Nothing was sent."
            problems.append(input_error(ErrorCode.INVALID, said, "to"))
        if problems or one is None or event is None or number is None:
            return _refused(*problems)
        return await _send(context, given, one, event, number)


def _country(context: Context, one: Compiled) -> str | None:
    return context.definition(one.destination.definition).default_country(one.settings)


async def _send(
    context: Context, given: TestSendInput, one: Compiled, event: Event, number: str
) -> DeliveryPayload:
    services, key, now = context.services, given.idempotency_key, context.services.clock.now()
    known = test_sends.delivery_id(one, event, key)
    if not await services.store.read(lambda c: deliveries.made(c, [known])):
        there, mapping, raw = one.destination, one.mapping, event.payload
        tried = await preview(services, there, mapping, raw, replayed_at=now, wholly=False, test_to=number)
        wrong = _wrong(tried, one)
        if wrong is not None:
            return _refused(wrong)

    new: list[Reached] = []

    def create(database: Database) -> Delivery | UserError:
        new[:] = test_sends.make(database, one, event, number, key, now)
        told = audit.changes({}, {"delivery": known, "to": phones.masked(number)})
        context.record(database, "testSend", one.mapping.id, told, space=one.destination.space)
        return deliveries.get(database, known) or gone("test", known)

    same = {"mappingId": one.mapping.id, "event": given.event, "to": number}
    made = await once(services, one.destination.space, "testSend", key, same, create, Delivery)
    if made.id is None:
        return _refused(*made.errors)
    settle.tell(services, new)
    await context.changed()
    services.shared.wakeups.ring(JobKind.DELIVER)
    return await answered(context, made, "test", made.id)


def _compiled(context: Context, mapping_id: str) -> tuple[Compiled | None, list[UserError]]:
    """The mapping, where it compiles; and what keeps it from sending."""
    mapping = context.mapping(mapping_id)
    if mapping is None:
        return None, [not_found("mapping", "mappingId")]
    there = context.snapshot.destinations[mapping.destination_id]
    broken = errors_of(findings(context, there, mapping))
    one = context.snapshot.compiled.get(mapping.id)
    if broken or one is None:
        said = " ".join(error.message for error in broken)
        message = f"The mapping {mapping.name} does not compile. Nothing was sent. {said}"
        return None, [input_error(ErrorCode.INVALID, message.strip(), "mappingId")]
    if there.status is not DestinationStatus.VERIFIED:
        given = f'input: {{id: "{there.id}"}}'
        verify = (
            f"mutation {{ destinationVerify({given}) {{ destination {{ status }} errors {{ message }} }} }}"
        )
        message = (
            f"The destination {there.name} is {there.status}, not VERIFIED. Nothing was sent. Run {verify}"
        )
        return one, [input_error(ErrorCode.NOT_VERIFIED, message, "mappingId")]
    return one, []


def _event(context: Context, given: TestSendInput) -> tuple[Event | None, list[UserError]]:
    event: Any = given.event
    if not isinstance(event, dict):
        message = "An event is a JSON object, as an SDK sends it. Nothing was sent."
        return None, [input_error(ErrorCode.INVALID, message, "event")]
    parsed = test_sends.event_of(event, given.idempotency_key, context.services.clock.now())
    if parsed.problem is None:
        return parsed, []
    said = spec.REASONS.get(parsed.problem, parsed.problem)
    return None, [input_error(ErrorCode.INVALID, f"{parsed.problem}: {said} Nothing was sent.", "event")]


def _wrong(tried: Preview, one: Compiled) -> UserError | None:
    """Why nothing would be sent; what only waits is made, and waits."""
    said = " ".join(_details(tried.explanation))
    if not tried.matched:
        message = f"The event is not for this mapping. Nothing was sent. {said}"
        return input_error(ErrorCode.INVALID, message, "event")
    if tried.decision not in ("SUPPRESS", "REJECT"):
        return None
    failed = next((line.gate for line in tried.explanation if not line.passed), "")
    path = "to" if failed in _OF_A_NUMBER else "mappingId"
    reason = "" if tried.reason is None else f"{tried.reason}: "
    remedy = None if tried.remedy is None else filled(tried.remedy, one.destination, one.mapping)
    message = " ".join(filter(None, (f"{reason}{said}", "Nothing was sent.", remedy)))
    code = ErrorCode.SUPPRESSED if tried.decision == "SUPPRESS" else ErrorCode.INVALID
    return input_error(code, message, path)


def _details(lines: tuple[GateResult, ...]) -> list[str]:
    return [line.detail for line in lines if not line.passed and line.detail]


def _refused(*errors: UserError) -> DeliveryPayload:
    return DeliveryPayload(delivery=None, errors=list(errors))
