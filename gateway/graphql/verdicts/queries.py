"""Why an event led to nothing, and what would stop a text to somebody: fields of Event and Contact."""

from typing import Annotated

import strawberry
from msgspec.structs import replace

from destinations import kit
from gateway.graphql.contacts.known import read_by_id
from gateway.graphql.contacts.types import Contact
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.types import GateResult
from gateway.graphql.events.types import Event
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.verdicts.types import MappingVerdict
from gateway.pipeline.trial import Person, why_not
from gateway.pipeline.why_not import verdicts
from gateway.workspace import Mapping


def _of_event(event: strawberry.Parent[Event], info: Info) -> list[MappingVerdict]:
    return [MappingVerdict.of(info.context, one) for one in verdicts(info.context.snapshot, event.value)]


async def _of_contact(
    contact: strawberry.Parent[Contact],
    info: Info,
    mapping_id: Annotated[strawberry.ID, strawberry.argument(description="The mapping that would send it.")],
) -> list[GateResult]:
    context = info.context
    mapping = context.mapping(mapping_id)
    destination = None if mapping is None else context.destination(mapping.destination_id)
    if mapping is None or destination is None or destination.space != contact.space:
        raise bad_input("`mappingId` names no mapping of this contact's space.")
    # A contact is shown whatever comes of this field, whose list is never null: what can be expected to fail is a line of it.
    gates = await _gates(context, mapping, contact.id)
    if context.viewer.masked:  # a detail may repeat what an event says, which is not theirs to read
        gates = [replace(gate, detail=None) for gate in gates]
    return [GateResult.of(context.viewer, gate) for gate in gates]


async def _gates(context: Context, mapping: Mapping, contact_id: str) -> list[kit.GateResult]:
    one = context.snapshot.compiled.get(mapping.id)
    if one is None:
        detail = (
            "This mapping does not compile any more, or its destination's type is not installed: nothing of it is sent. "
            f'Ask for {{ mapping(id: "{mapping.id}") {{ problems {{ message }} }} }}.'
        )
        return [kit.GateResult("mapping", passed=False, detail=detail)]
    secrets = context.services.secrets
    known = await context.services.store.read(lambda c: read_by_id(c, secrets, contact_id))
    if known is None or known.phone is None:
        detail = "No number of this contact is known, only a provider's own id: no mapping can text it yet."
        return [kit.GateResult("recipient", passed=False, reason=kit.Reason.NO_SUPPORTED_IDS, detail=detail)]
    return await why_not(context.services, one, Person(known.space, known.phone, known.user_ids))


@strawberry.type
class EventFields:
    """What an event shows of the mappings that it reached."""

    why_not: list[MappingVerdict] = strawberry.field(
        resolver=_of_event,
        description="What each mapping that it reaches makes of it, as they are now, the nearest first, 100 at most. Empty for an event "
        "that is INVALID or DUPLICATE, or whose payload was removed.",
    )


@strawberry.type
class ContactFields:
    """What a contact shows of what could be sent to it."""

    why_not: list[GateResult] = strawberry.field(
        resolver=_of_contact,
        description="Each gate that a text of this mapping to this person would pass now, and the one that would stop it. Nothing is sent "
        "or stored. For viewers `detail` is null.",
    )
