"""What a person writes as an event of a source, so that mappings are for it: a track `Message Received`.

It is enqueued in the transaction that keeps the message, which is heard once: so it is neither lost nor doubled. Its messageId follows
from the provider's id of the message.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from destinations.kit import InboundSourceEvent, sender_key
from gateway.deliveries import Delivery
from gateway.people import USER_ID
from gateway.pipeline import source_events
from gateway.storage import deliveries, people
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Destination

ANSWERED_WITHIN = timedelta(days=7)
"""How old the last text to somebody may be so that what they write answers it, where the provider does not say what it answers."""

_NAMESPACE = uuid.UUID("0f8a1f0e-6f6b-5f57-9d55-7265706c6965")


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
) -> None:
    """Let the message become an event, where the destination asks for that."""
    source_id, wanted = destination.policy.inbound_source_id, destination.policy.inbound_source_events
    if source_id is None or InboundSourceEvent.MESSAGE_RECEIVED not in wanted:
        return
    call = _call(connection, message, _answered(connection, destination, message, said, now), now)
    source_events.enqueue(connection, {source_id: [call]}, now)


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
    who, is_known = _who(connection, message, delivery)
    call: dict[str, Any] = {
        "type": "track",
        "event": source_events.NAMES[InboundSourceEvent.MESSAGE_RECEIVED],
        "messageId": source_events.message_id(InboundSourceEvent.MESSAGE_RECEIVED, message.message_sid),
        **who,
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


def _who(
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
