"""What an owner is told, as values: which event a step of a Delivery is, and the body of each. Pure.

The bodies are those of `gateway/webhooks/events.schema.json`. A new field may come at any time; what a field or a name means never
changes while VERSION stays.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from destinations.kit import MessageStatus, OwnerEvent, Reason
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.sending_limits import Near
from gateway.spec import iso
from gateway.storage.deliveries import Standing
from gateway.storage.events import Told
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Destination

VERSION = 1

TEST = "webhook.test"
"""What a test is called: it tells of nothing."""

_OF_STATUS: Mapping[DeliveryStatus, OwnerEvent] = {
    DeliveryStatus.ACCEPTED: OwnerEvent.DELIVERY_ACCEPTED,
    DeliveryStatus.SUPPRESSED: OwnerEvent.DELIVERY_SUPPRESSED,
    DeliveryStatus.REJECTED: OwnerEvent.DELIVERY_FAILED,
    DeliveryStatus.CANCELED: OwnerEvent.DELIVERY_CANCELED,
    DeliveryStatus.EXPIRED: OwnerEvent.DELIVERY_EXPIRED,
}
_OF_MESSAGE: Mapping[MessageStatus, OwnerEvent] = {
    MessageStatus.SENT: OwnerEvent.DELIVERY_SENT,
    MessageStatus.PARTIALLY_DELIVERED: OwnerEvent.DELIVERY_DELIVERED,
    MessageStatus.DELIVERED: OwnerEvent.DELIVERY_DELIVERED,
    MessageStatus.READ: OwnerEvent.DELIVERY_READ,
    MessageStatus.UNDELIVERED: OwnerEvent.DELIVERY_FAILED,
    MessageStatus.FAILED: OwnerEvent.DELIVERY_FAILED,
    MessageStatus.CANCELED: OwnerEvent.DELIVERY_FAILED,
}


class Happening(NamedTuple):
    """That something became of a Delivery: how it stood before, and then."""

    event: OwnerEvent
    before: Standing
    after: Standing

    @property
    def delivery_id(self) -> str:
        """Whose it is."""
        return self.after.id

    @property
    def destination_id(self) -> str:
        """Through what it goes."""
        return self.after.destination_id

    @property
    def status(self) -> DeliveryStatus:
        """Where it stood then."""
        return self.after.status

    @property
    def message_status(self) -> MessageStatus | None:
        """The provider's word then."""
        return self.after.message_status


def happenings(before: Standing, after: Standing) -> Iterator[Happening]:
    """What a step is to an owner. That a text waits for its sender's pace is nothing: it happens to every text of a campaign."""
    found: list[OwnerEvent] = []
    if after.status is not before.status and after.status in _OF_STATUS:
        found.append(_OF_STATUS[after.status])
    if after.status is DeliveryStatus.HELD and after.reason not in (before.reason, Reason.PACED):
        found.append(OwnerEvent.DELIVERY_HELD)
    word = after.message_status
    if word is not None and word is not before.message_status and word in _OF_MESSAGE:
        found.append(_OF_MESSAGE[word])
    for event in found:
        yield Happening(event, before, after)


def of_delivery(happening: Happening, delivery: Delivery, event: Told | None, now: datetime) -> str:
    """What an owner is told of a Delivery. `event` is what it was made of, where that is still there."""
    return _body(
        happening.event,
        now,
        {
            "id": delivery.id,
            "destinationId": delivery.destination_id,
            "mappingId": delivery.mapping_id,
            "sourceId": delivery.source_id,
            "eventId": delivery.event_id,
            "messageId": None if event is None else event.message_id,
            "event": None if event is None else event.name,
            "userId": None if event is None else event.user_id,
            "anonymousId": None if event is None else event.anonymous_id,
            "status": happening.status,
            "messageStatus": happening.message_status,
            "reason": delivery.reason,
            "detail": delivery.detail,
            "errorCode": delivery.error_code,
            "errorMessage": delivery.error_message,
            "remedy": delivery.remedy,
            "channel": delivery.channel,
            "recipient": delivery.recipient,
            "sender": delivery.sender,
            "messageSid": delivery.message_sid,
            "segments": delivery.segments,
            "price": delivery.price,
            "replayOf": delivery.replay_of,
            "fallbackOf": delivery.fallback_of,
            "createdAt": iso(delivery.created_at),
        },
    )


def of_message(message: StoredMessage, now: datetime) -> str:
    """What an owner is told of what a person wrote."""
    return _body(
        OwnerEvent.MESSAGE_RECEIVED,
        now,
        {
            "id": message.id,
            "destinationId": message.destination_id,
            "channel": message.channel,
            "from": message.phone,
            "externalUserId": message.external_user_id,
            "to": message.sender,
            "messageSid": message.message_sid,
            "body": message.body,
            "mediaUrls": message.media_urls,
            "media": [{"url": medium.url, "contentType": medium.content_type} for medium in message.media],
            "button": message.button,
            "keyword": message.keyword,
            "needsReview": message.needs_review,
            "deliveryId": message.delivery_id,
            "receivedAt": iso(message.received_at),
        },
    )


def of_status(destination_id: str, before: str, after: str, problems: list[str], now: datetime) -> str:
    """What an owner is told of a destination that stands otherwise than before."""
    data = {"id": destination_id, "status": after, "previousStatus": before, "problems": problems}
    return _body(OwnerEvent.DESTINATION_STATUS_CHANGED, now, data)


def of_limit(near: Near, now: datetime) -> str:
    """What an owner is told of a destination that has sent nearly all that it may today."""
    data = {
        "id": near.destination_id,
        "limit": near.limit.field,
        "claimed": near.claimed,
        "most": near.limit.most,
        "overAt": iso(near.limit.over_at),
    }
    return _body(OwnerEvent.DESTINATION_LIMIT_NEAR, now, data)


def of_test(destination: Destination, now: datetime) -> str:
    """A test, which tells of nothing."""
    said = "This is a test. Nothing happened."
    return _body(TEST, now, {"destinationId": destination.id, "message": said})


_encode = msgspec.json.Encoder().encode


def _body(event: str, now: datetime, data: Mapping[str, Any]) -> str:
    return _encode({"type": event, "version": VERSION, "timestamp": iso(now), "data": data}).decode()
