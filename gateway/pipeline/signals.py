"""What the provider says later, applied to the ledger. Callbacks repeat and overtake one another: every one is kept,
and a message's status only moves up.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import ConsentChanged, MessageStatus, Signal, StatusChanged
from gateway import logging, metrics
from gateway.consent import ConsentEntry, ConsentSource
from gateway.deliveries import PROVABLE, Delivery, DeliveryStatus
from gateway.storage import consent, deliveries, people
from gateway.workspace import Destination

_log = logging.get("signals")
_TROUBLE = (MessageStatus.UNDELIVERED, MessageStatus.FAILED)


def apply(connection: Connection, destination: Destination, signals: Sequence[Signal], now: datetime) -> None:
    """Keep what was signalled for a destination; what is about no Delivery of it is counted and logged."""
    for signal in signals:
        if isinstance(signal, StatusChanged):
            _status(connection, destination, signal, now)
        else:
            _consent(connection, destination, signal, now)


def _status(connection: Connection, destination: Destination, signal: StatusChanged, now: datetime) -> None:
    delivery = deliveries.get(connection, signal.delivery_id) if signal.delivery_id else None
    delivery = delivery or deliveries.by_message_sid(connection, signal.message_sid)
    if delivery is None or delivery.destination_id != destination.id:
        metrics.CALLBACKS.labels("unknown").inc()
        _log.warning("A callback is about no delivery of this destination", destination=destination.id)
        return
    deliveries.add_callback(connection, delivery.id, signal.status, signal.provider_code, now)
    if delivery.attempt_count == 0:
        metrics.CALLBACKS.labels("never_sent").inc()
        _log.error("A callback is about a delivery that was never sent", delivery=delivery.id)
        return
    if delivery.message_sid is not None and delivery.message_sid != signal.message_sid:
        metrics.CALLBACKS.labels("second_message").inc()
        _log.error("A callback names a second message of one delivery", delivery=delivery.id)
        return
    metrics.CALLBACKS.labels("applied").inc()
    _prove(connection, delivery, signal, now)


def _prove(connection: Connection, delivery: Delivery, signal: StatusChanged, now: datetime) -> None:
    """The message exists, whatever the answer to its create was."""
    rises = delivery.message_status is None or signal.status.rank > delivery.message_status.rank
    values: dict[str, object] = {"status": DeliveryStatus.ACCEPTED, "message_sid": signal.message_sid}
    if delivery.status is not DeliveryStatus.ACCEPTED:
        values |= {
            "error_code": None,
            "error_message": None,
            "remedy": None,
            "reason": None,
            "detail": None,
            "next_attempt_at": None,
        }
    if rises:
        values["message_status"] = signal.status
        if signal.status in _TROUBLE:
            values |= {
                "error_code": signal.provider_code,
                "error_message": signal.message,
                "remedy": signal.remedy,
            }
        elif delivery.status is DeliveryStatus.ACCEPTED:
            values |= {"error_code": None, "error_message": None, "remedy": None}
    if signal.price is not None:
        values["price"] = signal.price
    deliveries.change(connection, delivery.id, (*PROVABLE, DeliveryStatus.ACCEPTED), now, **values)


def _consent(connection: Connection, destination: Destination, signal: ConsentChanged, now: datetime) -> None:
    if signal.number is None:
        return
    people.add_contact(connection, destination.space, signal.number, now)
    consent.add(
        connection,
        ConsentEntry(
            space=destination.space,
            phone=signal.number,
            channel=signal.channel,
            sender=signal.sender,
            status=signal.status,
            own_word=signal.stop,
            source=ConsentSource.PROVIDER,
            evidence={"method": signal.evidence},
            occurred_at=signal.occurred_at or now,
            received_at=now,
        ),
    )
