"""What a person writes as an event of a source, so that mappings are for it: a track `Message Received`.

It is enqueued in the transaction that keeps the message, which is heard once: so it is neither lost nor doubled. Its messageId follows
from the provider's id of the message.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from destinations.kit import InboundSourceEvent, sender_key
from gateway import logging
from gateway.deliveries import Delivery
from gateway.people import USER_ID
from gateway.pipeline import source_events
from gateway.storage import deliveries, events, inbound_messages, people
from gateway.storage.inbound_messages import SourceEventOutcome, StoredMessage
from gateway.workspace import Destination

ANSWERED_WITHIN = timedelta(days=7)
"""How old the last text to somebody may be so that what they write answers it, where the provider does not say what it answers."""

MOST_IN_A_LOOP = 5
LOOP_WITHIN = timedelta(minutes=10)
"""How many messages of a conversation that answer texts about such messages become events, and within how long."""

_NAMESPACE = uuid.UUID("0f8a1f0e-6f6b-5f57-9d55-7265706c6965")
_log = logging.get("replies")


class Answered(NamedTuple):
    """The delivery that a message answers. `said`: by the provider; else it is the last that went to them."""

    delivery: Delivery
    said: bool


def tell(
    connection: Connection,
    destination: Destination,
    message: StoredMessage,
    said: Delivery | None,
    now: datetime,
) -> SourceEventOutcome | None:
    """Let the message become an event, where the destination asks for that; what became of it.

    It becomes none where it answers what one of our own events sent, and more than MOST_IN_A_LOOP became some of that conversation
    within LOOP_WITHIN: so two machines that answer one another come to an end. What it says of consent counts all the same.
    """
    source_id, wanted = destination.policy.inbound_source_id, destination.policy.inbound_source_events
    if source_id is None or InboundSourceEvent.MESSAGE_RECEIVED not in wanted:
        return None
    answered = _answered(connection, destination, message, said, now)
    if _is_in_a_loop(connection, message, answered, now):
        _log.warning(
            "What somebody wrote is kept and becomes no event: it answers a text that an event of ours sent, and the two seem to "
            "answer one another without an end",
            destination=destination.id,
            message=message.id,
            delivery=None if answered is None else answered.delivery.id,
        )
        return SourceEventOutcome.LOOP
    call = _call(connection, message, answered, now)
    taking = source_events.enqueue(connection, {source_id: [call]}, now)
    return SourceEventOutcome.MADE if source_id in taking else SourceEventOutcome.SOURCE_OFF


def _is_in_a_loop(
    connection: Connection, message: StoredMessage, answered: Answered | None, now: datetime
) -> bool:
    """Where the event of the text that is answered is gone, nobody can say that it was not one of ours."""
    if answered is None:
        return False
    event_id = answered.delivery.event_id
    event = events.told(connection, [event_id]).get(event_id)
    if event is not None and source_events.kind_of(event) is None:
        return False
    return inbound_messages.events_since(connection, message, now - LOOP_WITHIN) > MOST_IN_A_LOOP


def _answered(
    connection: Connection,
    destination: Destination,
    message: StoredMessage,
    said: Delivery | None,
    now: datetime,
) -> Answered | None:
    if said is not None:
        return Answered(said, said=True)
    if message.phone is None:
        return None
    written_to = {sender_key(one) for one in (message.sender, message.service) if one}
    last = deliveries.last_sent(connection, destination.id, message.phone, now - ANSWERED_WITHIN)
    found = next((one for one in last if one.sender and sender_key(one.sender) in written_to), None)
    return None if found is None else Answered(found, said=False)


def _call(
    connection: Connection, message: StoredMessage, answered: Answered | None, now: datetime
) -> dict[str, Any]:
    delivery = None if answered is None else answered.delivery
    names, is_known = who(connection, message, delivery)
    call: dict[str, Any] = {
        "type": "track",
        "event": source_events.NAMES[InboundSourceEvent.MESSAGE_RECEIVED],
        "messageId": source_events.message_id(InboundSourceEvent.MESSAGE_RECEIVED, message.message_sid),
        **names,
        "timestamp": now.isoformat(),
        "properties": {
            "inboundMessageId": message.id,
            "messageSid": message.message_sid,
            "channel": message.channel.value,
            "from": message.phone,
            "to": message.sender,
            "body": message.body,
            "keyword": message.keyword,
            "button": message.button,
            "mediaUrls": list(message.media_urls),
            "mediaTypes": list(message.media_types or ()),
            "needsReview": message.needs_review,
            "externalUserId": message.external_user_id,
            "destinationId": message.destination_id,
            "deliveryId": None if delivery is None else delivery.id,
            "deliverySaid": answered is not None and answered.said,
            "mappingId": None if delivery is None else delivery.mapping_id,
        },
    }
    if not is_known and message.phone is not None:
        call["context"] = {"traits": {"phone": message.phone}}
    return call


def who(
    connection: Connection, message: StoredMessage, delivery: Delivery | None
) -> tuple[dict[str, str], bool]:
    """The ids of whoever wrote, and whether they are somebody known: of those who gave the number the one whose text is answered, or the
    only one there is. The number of somebody known is not given again, since it would become their latest.
    """
    if message.phone is not None:
        having = people.of_numbers(connection, message.space, [message.phone])[message.phone]
        if len(having) > 1 and delivery is not None:
            having = [one for one in having if one.id == delivery.person_id]
        names = having[0].identities if len(having) == 1 else []
        if names:
            kind, value = names[0]
            return {"userId" if kind == USER_ID else "anonymousId": value}, True
    written_by = message.phone or message.external_user_id or message.id
    return {"anonymousId": str(uuid.uuid5(_NAMESPACE, f"{message.space}\x1f{written_by}"))}, False
