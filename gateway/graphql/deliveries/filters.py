"""What lists of deliveries can be filtered by."""

import re
from datetime import datetime
from typing import Annotated

import strawberry

from destinations.kit import COUNTRIES, Channel, MessageStatus, Reason, forms
from gateway.deliveries import DeliveryStatus
from gateway.events import shown
from gateway.graphql.context import Context
from gateway.graphql.terms.errors import Refused, bad_input
from gateway.graphql.terms.inputs import no_number, refuse_empty, refuse_probing
from gateway.graphql.terms.named import id_of
from gateway.phones import sought
from gateway.storage.delivery_lists import DeliveryFilter


@strawberry.input(description="A span of time.")
class TimeRangeInput:
    """Half open, so that spans can follow each other."""

    from_: datetime = strawberry.field(name="from", description="Its first moment.")
    to: datetime = strawberry.field(description="The first moment behind it.")


@strawberry.input(
    description="Which deliveries: those that pass all that is given. In a space of more than 10,000, what no index serves "
    "(messageStatus, reason, channel, sourceId, sender, country, errorCode by themselves) needs createdAt beside it."
)
class DeliveryFilterInput:
    """See DeliveryFilter."""

    source_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Of events of that source."
    )
    status: list[DeliveryStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of those statuses."
    )
    message_status: list[MessageStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Whose message has one of those statuses."
    )
    reason: list[Reason] | None = strawberry.field(
        default=strawberry.UNSET, description="Stopped or held for one of those reasons."
    )
    channel: list[Channel] | None = strawberry.field(
        default=strawberry.UNSET, description="By one of those channels."
    )
    destination_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Through that destination."
    )
    mapping_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Of that mapping."
    )
    recipient: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="To that number, in any notation and any of its forms; refused to viewers.",
    )
    message_sid: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whose message has that id at the provider."
    )
    message_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of the event with that messageId: of each source the last; with createdAt beside it, of every one.",
    )
    user_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="About whoever goes by that userId, whatever id their event came with; in a tail, of an event that names it.",
    )
    sender: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="From that sender: its number, in any notation, its name or its id at the provider.",
    )
    country: str | None = strawberry.field(
        default=strawberry.UNSET, description="To a number of that country, by its two letters, such as `US`."
    )
    error_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Refused or failed with that code, such as `30003`."
    )
    created_at: TimeRangeInput | None = strawberry.field(
        default=strawberry.UNSET, description="Made within that span."
    )


Filter = Annotated[
    DeliveryFilterInput | None, strawberry.argument(name="filter", description="Which ones; null: all.")
]


def wanted(context: Context, given: DeliveryFilterInput | None, space: str) -> DeliveryFilter:
    """What is asked for, with the numbers as that space reads them. Raises Refused where it makes no sense, or this viewer may not ask."""
    if not given:
        return DeliveryFilter()
    refuse_empty(given)
    country = context.snapshot.country_of_space(space)
    if given.recipient and context.viewer.masked:
        raise Refused("FORBIDDEN", "A VIEWER sees no numbers, so deliveries can't be filtered by one.")
    texts = (given.sender, given.user_id, given.message_id, given.message_sid)
    refuse_probing(context.viewer, "deliveries can't be", texts, country)
    span = given.created_at or None
    if span is not None and span.from_ >= span.to:
        raise bad_input("`createdAt` is empty: `from` must lie before `to`.")
    return DeliveryFilter(
        status=given.status or (),
        message_status=given.message_status or (),
        reason=given.reason or (),
        channel=given.channel or (),
        source_id=id_of(context, "source", given.source_id, "filter.sourceId", space),
        destination_id=id_of(context, "destination", given.destination_id, "filter.destinationId", space),
        mapping_id=id_of(context, "mapping", given.mapping_id, "filter.mappingId", space),
        recipient=_number(given.recipient, country) if given.recipient else None,
        message_sid=given.message_sid or None,
        message_id=given.message_id or None,
        user_id=given.user_id or None,
        sender=_senders(given.sender, country) if given.sender else (),
        country=_country(given.country) if given.country else None,
        error_code=given.error_code or None,
        created_from=span.from_ if span else None,
        created_to=span.to if span else None,
    )


def _number(text: str, country: str | None) -> str:
    """The number that is looked for; one that was texted earlier and would not be now is found as it was written."""
    number = sought(text, country) or (text if _TEXTED.fullmatch(text) else None)
    if number is None:
        raise bad_input(no_number("recipient", text))
    return number


def _senders(text: str, country: str | None) -> list[str]:
    """How a sender may stand in the ledger. Raises Refused for digits that are neither a number nor a short code."""
    address = text.strip()
    number = sought(address, country)
    if number is None:
        if _DIALLED.fullmatch(address):
            raise bad_input(no_number("sender", text))
        return [address]
    prefixes = ("", *(f"{channel.lower()}:" for channel in Channel))
    return [address, *(f"{prefix}{form}" for form in sorted(forms(number)) for prefix in prefixes)]


def _country(text: str) -> str:
    country = text.strip().upper()
    if country not in COUNTRIES:
        raise bad_input(f"`country` came as {shown(text)}: write its two letters (ISO 3166), such as US.")
    return country


_DIALLED = re.compile(r"(?:[a-z]+:)?(?=(?:[^0-9]*[0-9]){9})[+0-9(][0-9 ().\-]*")
"""Written as a number, and too long for a short code."""
_TEXTED = re.compile(r"\+[0-9]{1,20}")


def _needs_a_span(asked: DeliveryFilter) -> bool:
    """Whether every row of the space would be read to find what passes."""
    served = (
        asked.recipient,
        asked.message_sid,
        asked.mapping_id,
        asked.destination_id,
        asked.created_from,
        asked.status,
        asked.user_id,
        asked.message_id,
    )
    unserved = (
        asked.message_status,
        asked.reason,
        asked.channel,
        asked.source_id,
        asked.sender,
        asked.country,
        asked.error_code,
    )
    return any(unserved) and not any(served)
