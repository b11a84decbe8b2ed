"""What becomes of messages as track events of a source, so that mappings are for it. Each has a messageId of its own, so that what is
told twice is one event.

| event | is made |
| --- | --- |
| Message Received | of what a person writes, see `replies` |
| Message Delivered | once for a Delivery: its message is PARTIALLY_DELIVERED, DELIVERED or READ for the first time |
| Message Failed | once for a Delivery: the provider says UNDELIVERED or FAILED for the first time, and of nothing that had arrived; or REJECTED is the provider's answer to its request |
| Message Link Clicked | once for each click that the provider tells of |

What the gateway refuses, suppresses, cancels or lets expire is no Message Failed; nor is what it gave up without an answer, or what
somebody canceled at the provider. What failed and arrived after all is both, in that order. A test send makes no event, nor does the
confirmation of a stop, or a Delivery that came of Message Delivered, Message Failed or Message Link Clicked itself, of whatever
destination and source: else a text about a text would be followed by the next one without an end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from destinations.kit import InboundSourceEvent, LinkClicked, OwnerEvent
from gateway import events, ids, logging
from gateway.deliveries import MESSAGE_ARRIVED, MESSAGE_FAILED, RETRIES_EXHAUSTED, Delivery, DeliveryStatus
from gateway.events import QueuedRequest
from gateway.jobs import JobKind, NewJob
from gateway.pipeline.owner_events import Happening
from gateway.storage import jobs, sources
from gateway.storage.events import Told

NAMES: Mapping[InboundSourceEvent, str] = {
    InboundSourceEvent.MESSAGE_RECEIVED: "Message Received",
    InboundSourceEvent.MESSAGE_DELIVERED: "Message Delivered",
    InboundSourceEvent.MESSAGE_FAILED: "Message Failed",
    InboundSourceEvent.MESSAGE_LINK_CLICKED: "Message Link Clicked",
}
"""What each event is called."""

_PREFIXES: Mapping[InboundSourceEvent, str] = {
    InboundSourceEvent.MESSAGE_RECEIVED: "inbound-",
    InboundSourceEvent.MESSAGE_DELIVERED: "delivered-",
    InboundSourceEvent.MESSAGE_FAILED: "failed-",
    InboundSourceEvent.MESSAGE_LINK_CLICKED: "clicked-",
}
_KEY_DIGITS = 32
_log = logging.get("source_events")


def message_id(kind: InboundSourceEvent, about: str) -> str:
    """The messageId of the event of that kind about that message or Delivery."""
    return f"{_PREFIXES[kind]}{about}"


def kind_of(event: Told) -> InboundSourceEvent | None:
    """Which of these an event is; None: somebody else made it."""
    return next(
        (
            kind
            for kind, name in NAMES.items()
            if event.name == name and event.message_id.startswith(_PREFIXES[kind])
        ),
        None,
    )


def of(happening: Happening) -> InboundSourceEvent | None:
    """What a step of a Delivery is: see the table."""
    before, after = happening.before, happening.after
    if happening.event in (OwnerEvent.DELIVERY_DELIVERED, OwnerEvent.DELIVERY_READ):
        return None if before.message_status in MESSAGE_ARRIVED else InboundSourceEvent.MESSAGE_DELIVERED
    if happening.event is not OwnerEvent.DELIVERY_FAILED:
        return None
    if after.status is DeliveryStatus.REJECTED:
        answered = (
            before.status is DeliveryStatus.SENDING
            and (after.error_code or RETRIES_EXHAUSTED) != RETRIES_EXHAUSTED
        )
        return InboundSourceEvent.MESSAGE_FAILED if answered else None
    newly = after.message_status in MESSAGE_FAILED and before.message_status not in MESSAGE_FAILED
    return InboundSourceEvent.MESSAGE_FAILED if newly else None


def of_delivery(
    kind: InboundSourceEvent, happening: Happening, delivery: Delivery, event: Told | None, now: datetime
) -> dict[str, Any] | None:
    """The track call of what became of a Delivery, which was made of that event; None where it makes none."""
    status = happening.message_status or happening.status
    return _call(kind, delivery, event, delivery.id, {"status": status.value}, now, now)


def of_click(
    delivery: Delivery, event: Told | None, click: LinkClicked, now: datetime
) -> dict[str, Any] | None:
    """The track call of a click on a link of a Delivery, which was made of that event; None where it makes none."""
    status = delivery.message_status or delivery.status
    at = min(click.occurred_at or now, now)
    said = {"status": status.value, "url": click.url, "clickedAt": at.isoformat()}
    about = f"{delivery.id}-{ids.digest(click.key)[:_KEY_DIGITS]}"
    return _call(InboundSourceEvent.MESSAGE_LINK_CLICKED, delivery, event, about, said, at, now)


def _call(
    kind: InboundSourceEvent,
    delivery: Delivery,
    event: Told | None,
    about: str,
    said: Mapping[str, Any],
    at: datetime,
    now: datetime,
) -> dict[str, Any] | None:
    why = _why_not(delivery, event)
    if why is not None or event is None:
        _log.info(
            "What became of a delivery is no event of the source",
            delivery=delivery.id,
            named=NAMES[kind],
            why=why,
        )
        return None
    who = {"userId": event.user_id, "anonymousId": event.anonymous_id}
    return {
        "type": "track",
        "event": NAMES[kind],
        "messageId": message_id(kind, about),
        **{name: value for name, value in who.items() if value},
        "timestamp": at.isoformat(),
        "sentAt": now.isoformat(),
        "properties": {
            "deliveryId": delivery.id,
            "messageSid": delivery.message_sid,
            "mappingId": delivery.mapping_id,
            "destinationId": delivery.destination_id,
            "channel": None if delivery.channel is None else delivery.channel.value,
            "to": delivery.recipient,
            "from": delivery.sender,
            "errorCode": delivery.error_code,
            "reason": delivery.error_message,
            **said,
        },
    }


def _why_not(delivery: Delivery, event: Told | None) -> str | None:
    if delivery.is_test:
        return "it is a test send"
    if delivery.is_stop_confirmation:
        return "it confirms a stop"
    if event is None:
        return "the ledger has the event no more that it was made of"
    if kind_of(event) not in (None, InboundSourceEvent.MESSAGE_RECEIVED):
        return f"it came of {event.name} itself"
    return None if event.user_id or event.anonymous_id else "its event is nobody's"


def enqueue(
    connection: Connection, calls: Mapping[str, Sequence[dict[str, Any]]], now: datetime
) -> frozenset[str]:
    """Let these calls be matched as if they had come from each of these sources, by id; the sources that take them. One that takes
    nothing gets none of them, which the log says.
    """
    wanted = [source_id for source_id, some in calls.items() if some]
    taking = sources.taking(connection, wanted)
    for source_id in wanted:
        if source_id not in taking:
            _log.warning(
                "What became of messages is kept and becomes no event: the source of inboundSourceId is deleted or disabled",
                source=source_id,
                events=[one["messageId"] for one in calls[source_id]],
            )
    jobs.enqueue(
        connection,
        [
            NewJob(
                JobKind.MATCH,
                events.encode(QueuedRequest(ids.new("req", now), source_id, now, list(calls[source_id]))),
                source_id,
            )
            for source_id in wanted
            if source_id in taking
        ],
        now,
    )
    return taking
