"""Confirms to a person that their own stop was heard, where the provider does not and the policy `stopConfirmation` has words for it.

One Delivery is made of one message, by a mapping that nobody configures (`stops`): so it passes the gates as any text
does, but for that of consent, which lets it through since it is about the stop, and for as long as CONFIRMED_WITHIN. Its id follows from the
message. None is made where it is not sure that the provider sends none, of what is not read as a stop for certain, of what was heard late, for
somebody whose number is not known, and for whom this sender told so within a day.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from destinations.kit import ConsentChanged
from gateway import ids, logging, spec, stops
from gateway.deliveries import Delivery, NewDelivery
from gateway.events import EventOutcome
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import replies, settle
from gateway.pipeline.settle import Reached
from gateway.storage import deliveries, events, inbound_messages, jobs
from gateway.storage.events import Kept
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Destination

ONCE_WITHIN = timedelta(hours=24)
"""A sender confirms nobody's stop twice within that."""

_log = logging.get("stop_confirmations")


def confirm(
    connection: Connection,
    destination: Destination,
    message: StoredMessage,
    word: ConsentChanged,
    now: datetime,
) -> list[Reached]:
    """Make the confirmation of what a message says, where there is to be one; the new Delivery, to be told of.

    The numbers of the transaction are locked by whoever calls.
    """
    text, number = destination.policy.stop_confirmation, message.phone
    if text is None or not word.stop or word.confirmed is not False or message.needs_review or number is None:
        return []
    if _was_told(connection, message, number, now):
        _log.info("A stop is not confirmed again: this sender did so within a day", message=message.id)
        return []
    source = stops.source_of(destination.space, destination.created_at)
    names, _is_known = replies.who(connection, message, None)
    event = spec.event_of(
        {
            "type": "track",
            "event": stops.EVENT,
            "messageId": f"stop-{message.message_sid}",
            **names,
            "timestamp": now.isoformat(),
            "properties": {
                "to": number,
                "from": message.sender,
                "body": text,
                "messageSid": message.message_sid,
                "inboundMessageId": message.id,
            },
        },
        received_at=now,
    )
    kept = replace(event, id=ids.new("evt", event.received_at))
    new = NewDelivery(
        id=_delivery_id(message, number),
        space=destination.space,
        event_id=kept.id,
        source_id=source.id,
        destination_id=destination.id,
        mapping_id=stops.mapping_id_of(destination.id, message.channel),
        person_id=None,
        channel=message.channel,
        recipient=number,
    )
    if deliveries.made(connection, [new.id]) or not deliveries.add(connection, [new], now):
        return []
    events.add(connection, [Kept(source, kept, EventOutcome.MATCHED)])
    jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=new.id)], now)
    return settle.made([new])


def _delivery_id(message: StoredMessage, number: str) -> str:
    return _id_of(message, message.message_sid, number)


def _id_of(message: StoredMessage, message_sid: str, number: str) -> str:
    mapping_id = stops.mapping_id_of(message.destination_id, message.channel)
    return ids.delivery(message.space, mapping_id, f"stop-{message_sid}", number)


def _was_told(connection: Connection, message: StoredMessage, number: str, now: datetime) -> bool:
    """Whether a confirmation of what they wrote to this sender before went to them, or still may."""
    before = inbound_messages.stops_since(connection, message, now - ONCE_WITHIN)
    known = deliveries.by_ids(connection, [_id_of(message, sid, number) for sid in before])
    return any(_may_arrive(one) for one in known.values())


def _may_arrive(one: Delivery) -> bool:
    return not one.status.final or one.may_have_been_sent
