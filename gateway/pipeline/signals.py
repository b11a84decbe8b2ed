"""What the provider says later, applied to the ledger. Callbacks repeat and overtake one another: every one is kept,
and a message's status only moves up.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from destinations.kit import (
    AccountTrouble,
    ConsentChanged,
    InboundMessage,
    Signal,
    StatusChanged,
    canonical,
)
from gateway import logging, metrics
from gateway.pipeline import accounts, messages, send, settle, steps, words
from gateway.storage import attempts, conversations, deliveries, external_contacts, unmatched
from gateway.storage.attempts import CallBack
from gateway.workspace import Destination

_log = logging.get("signals")


def apply(
    connection: Connection,
    destination: Destination,
    signals: Sequence[Signal],
    now: datetime,
) -> None:
    """Keep what one call signalled for a destination; what is about no Delivery of it is counted and logged.

    A Delivery that a look-up gave the message of another is looked up anew. Where a person's message was heard before,
    nothing that the call says after it is heard again; and a person's stop that is told with a message's status is heard once,
    however often the call comes. A message wakes nothing that waits.
    """
    about: StatusChanged | None = None
    evidence: dict[str, str] = {}
    number: str | None = None
    for signal in signals:
        match signal:
            case StatusChanged():
                about = signal
                number = _status(connection, destination, signal, now)
            case InboundMessage():
                heard = messages.hear(connection, destination, signal, signals, now)
                if not heard.is_new:
                    return
                number, evidence = heard.number, {"messageSid": signal.message_sid}
            case ConsentChanged():
                whose = signal.number or number
                if whose is None:
                    continue
                if about is not None and not _is_told_first(connection, destination, about, now):
                    return
                words.hear(connection, destination.space, whose, signal, evidence, now)
            case _ as never:
                assert_never(never)


def _is_told_first(
    connection: Connection, destination: Destination, about: StatusChanged, now: datetime
) -> bool:
    """Whether a message's status tells of a stop for the first time; told again, it would undo the person's own START."""
    told = f"{about.message_sid}:{about.provider_code}"
    return conversations.claim(connection, destination.id, told, now)


def _status(
    connection: Connection,
    destination: Destination,
    signal: StatusChanged,
    now: datetime,
) -> str | None:
    """Keep a status; the number it is about: the Delivery's own recipient, whatever address the provider shows."""
    named = signal.delivery_id and deliveries.get(connection, signal.delivery_id, for_update=True)
    delivery = named or deliveries.by_message_sid(connection, signal.message_sid, for_update=True)
    if delivery is None or delivery.destination_id != destination.id:
        metrics.CALLBACKS.labels("unknown").inc()
        _log.warning("A callback is about no delivery of this destination", destination=destination.id)
        unmatched.add(
            connection,
            destination,
            sender=signal.sender,
            recipient=signal.recipient,
            message_sid=signal.message_sid,
            now=now,
        )
        return external_contacts.number_of(connection, destination.id, signal.external_user_ids)
    attempts.call_back(connection, [CallBack(delivery.id, signal.status, signal.provider_code)], now)
    if delivery.attempt_count == 0:
        metrics.CALLBACKS.labels("never_sent").inc()
        _log.error("A callback is about a delivery that was never sent", delivery=delivery.id)
        return None
    if delivery.message_sid is not None and delivery.message_sid != signal.message_sid:
        metrics.CALLBACKS.labels("second_message").inc()
        _log.error("A callback names a second message of one delivery", delivery=delivery.id)
        return None
    metrics.CALLBACKS.labels("applied").inc()
    if named:
        send.give_back(connection, {signal.message_sid: delivery.id}, now)
    settle.apply(connection, [steps.reported(delivery.id, signal)], now)
    asked_at = delivery.first_attempt_at or now
    if signal.account_trouble:
        code = signal.provider_code or ""
        trouble = AccountTrouble(signal.message or code, None, code, signal.remedy)
        accounts.fail(connection, destination.id, trouble, delivery.id, asked_at, now)
    elif accounts.is_prober(destination, delivery.id):
        accounts.works(connection, destination.id, delivery.id, asked_at, now)
    number = None if delivery.recipient is None else canonical(delivery.recipient)
    if number is not None and signal.external_user_ids:
        messages.join(connection, destination, signal.external_user_ids, number, now)
    return number
