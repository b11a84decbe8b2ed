"""What the provider says later, told by it or asked for, applied to the ledger. Callbacks repeat and overtake one another: every
one is kept, and a message's status only moves up.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, assert_never

from sqlalchemy import Connection

from destinations.kit import (
    AccountTrouble,
    ConsentChanged,
    InboundMessage,
    LinkClicked,
    MessageStatus,
    Signal,
    StatusChanged,
    canonical,
)
from gateway import ids, logging, metrics
from gateway.deliveries import MESSAGE_ARRIVED, MESSAGE_FAILED, Delivery
from gateway.pipeline import (
    accounts,
    double_opt_in,
    messages,
    resend,
    send,
    settle,
    steps,
    stop_confirmations,
    telling,
    words,
)
from gateway.pipeline.settle import Reached
from gateway.secrets import Secrets
from gateway.shared.base import SenderKey
from gateway.storage import attempts, conversations, deliveries, destinations, external_contacts, unmatched
from gateway.storage.attempts import CallBack
from gateway.storage.inbound_messages import StoredMessage
from gateway.storage.locks import lock_numbers
from gateway.workspace import Destination

_log = logging.get("signals")


class Told(NamedTuple):
    """What the provider says of the message of a Delivery, as it was read when it was asked for."""

    delivery: Delivery
    signals: Sequence[Signal]


def apply(
    connection: Connection,
    secrets: Secrets,
    destination: Destination,
    signals: Sequence[Signal],
    now: datetime,
) -> list[Reached]:
    """Keep what one call signalled for a destination; what is about no Delivery of it is counted and logged. Returns the steps that
    its Deliveries took.

    A Delivery that a look-up gave the message of another is looked up anew. Where a person's message was heard before,
    nothing that the call says after it is heard again; and a person's stop that is told with a message's status is heard once,
    however often the call comes. A message wakes nothing that waits.
    """
    statuses = [signal for signal in signals if isinstance(signal, StatusChanged)]
    _lock(connection, destination, signals, lambda: (_about(connection, one) for one in statuses))
    about: StatusChanged | None = None
    message: StoredMessage | None = None
    evidence: dict[str, str] = {}
    number: str | None = None
    reached: list[Reached] = []
    for signal in signals:
        match signal:
            case StatusChanged():
                about = signal
                number, taken = _status(connection, destination, signal, now)
                reached += taken
            case InboundMessage():
                heard = messages.hear(connection, destination, signal, signals, now)
                if not heard.is_new:
                    return reached
                message, number, evidence = heard.message, heard.number, {"messageSid": signal.message_sid}
                double_opt_in.hear(connection, secrets, message, signal, now)
            case ConsentChanged():
                whose = signal.number or number
                if whose is None:
                    continue
                if about is not None and not _is_told_first(connection, destination, about, now):
                    return reached
                words.hear(connection, destination.space, whose, signal, evidence, now)
                if message is not None:
                    reached += stop_confirmations.confirm(connection, destination, message, signal, now)
            case LinkClicked():
                _click(connection, destination, signal, now)
            case _ as never:
                assert_never(never)
    return reached


def asked_for(
    connection: Connection, destination: Destination, answers: Sequence[Told], now: datetime
) -> list[Reached]:
    """Apply what a destination says of these messages; what is no longer its Delivery's is passed over. A person's stop is heard
    once, whether it is told or asked for.
    """
    signals = [signal for one in answers for signal in one.signals]
    _lock(connection, destination, signals, lambda: (one.delivery for one in answers))
    beside = resend.children(
        connection,
        [
            one.delivery
            for one in answers
            if any(isinstance(said, StatusChanged) and _arrives(one.delivery, said) for said in one.signals)
        ],
    )
    stands = deliveries.standings(connection, [*(one.delivery.id for one in answers), *beside])
    theirs = [
        (one.delivery, signal)
        for one in answers
        if one.delivery.id in stands and stands[one.delivery.id].message_sid == one.delivery.message_sid
        for signal in one.signals
    ]
    statuses = [(delivery, signal) for delivery, signal in theirs if isinstance(signal, StatusChanged)]
    reached = settle.apply(
        connection, [steps.reported(delivery.id, signal, now) for delivery, signal in statuses], now
    )
    failed = [(delivery.id, signal.resend) for delivery, signal in statuses if signal.resend is not None]
    reached += resend.resend(connection, destination.policy, failed, now)
    for delivery, signal in statuses:
        before = stands[delivery.id].message_status
        reached += _beyond(connection, destination, delivery, before, signal, now)
    about = {delivery.id: signal for delivery, signal in statuses}
    said = [
        (number, about[delivery.id], signal)
        for delivery, signal in theirs
        if isinstance(signal, ConsentChanged) and delivery.id in about
        if (number := signal.number or _number(delivery)) is not None
    ]
    for number, status, word in said:
        if _is_told_first(connection, destination, status, now):
            words.hear(connection, destination.space, number, word, {}, now)
    return reached


def _lock(
    connection: Connection,
    destination: Destination,
    signals: Sequence[Signal],
    about: Callable[[], Iterable[Delivery | None]],
) -> None:
    """What these signals may change beyond the Deliveries they are about, before those: everybody takes it in that order
    (`storage.locks`).
    """
    statuses = [signal for signal in signals if isinstance(signal, StatusChanged)]
    if any(signal.account_trouble for signal in statuses) or (statuses and accounts.has_prober(destination)):
        destinations.lock(connection, [destination.id])
    words = [signal for signal in signals if isinstance(signal, ConsentChanged)]
    yeses = [one for one in signals if isinstance(one, InboundMessage) and one.yes is not None]
    confirming = {messages.number_of(connection, destination, one) for one in yeses}
    lock_numbers(connection, ((destination.space, number) for number in confirming if number is not None))
    if destination.policy.stop_confirmation is not None and not statuses:
        # Of two stops that somebody says at once one is confirmed.
        spoken = {canonical(word.number) for word in words if word.number is not None}
        lock_numbers(connection, ((destination.space, number) for number in spoken))
    if statuses and (words or any(signal.external_user_ids for signal in statuses)):
        numbers = {canonical(word.number) for word in words if word.number is not None}
        numbers.update(number for one in about() if one is not None and (number := _number(one)) is not None)
        lock_numbers(connection, ((destination.space, number) for number in numbers))


def _about(connection: Connection, signal: StatusChanged) -> Delivery | None:
    """The Delivery that the provider names, else the one that has the message."""
    named = signal.delivery_id and deliveries.get(connection, signal.delivery_id)
    return named or deliveries.by_message_sid(connection, signal.message_sid)


def _lock_with_child(connection: Connection, signal: StatusChanged) -> None:
    """Of what arrives after all, lock what was to repeat it as well, in the order in which everybody locks Deliveries."""
    before = _about(connection, signal) if signal.status in MESSAGE_ARRIVED else None
    if before is not None and _arrives(before, signal):
        deliveries.standings(connection, [before.id, *resend.children(connection, [before])])


def _arrives(delivery: Delivery, signal: StatusChanged) -> bool:
    """Whether a message that had failed was delivered after all."""
    return delivery.message_status in MESSAGE_FAILED and signal.status in MESSAGE_ARRIVED


def _click(connection: Connection, destination: Destination, click: LinkClicked, now: datetime) -> None:
    """Tell of a click, once."""
    delivery = deliveries.by_message_sid(connection, click.message_sid)
    if delivery is None or delivery.destination_id != destination.id:
        metrics.CALLBACKS.labels("unknown").inc()
        _log.warning("A click is on a link of no delivery of this destination", destination=destination.id)
        unmatched.add(
            connection,
            destination,
            sender=click.sender,
            recipient=click.recipient,
            message_sid=click.message_sid,
            now=now,
        )
        return
    told = f"click:{ids.digest(f'{click.message_sid} {click.key}')[:32]}"
    if not conversations.claim(connection, destination.id, told, now):
        metrics.CALLBACKS.labels("repeated").inc()
        return
    metrics.CALLBACKS.labels("clicked").inc()
    telling.of_click(connection, delivery, click, now)


def too_fast(connection: Connection, destination: Destination, signals: Sequence[Signal]) -> set[SenderKey]:
    """The senders of the destination that send too fast by what one call signalled."""
    found: set[SenderKey] = set()
    for signal in signals:
        if isinstance(signal, StatusChanged) and signal.too_fast:
            delivery = _about(connection, signal)
            if delivery and delivery.sender and delivery.destination_id == destination.id:
                found.add((destination.id, delivery.sender))
    return found


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
) -> tuple[str | None, list[Reached]]:
    """Keep a status. The number it is about: the Delivery's own recipient, whatever address the provider shows; and what was reached."""
    _lock_with_child(connection, signal)
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
        return external_contacts.number_of(connection, destination.id, signal.external_user_ids), []
    attempts.call_back(connection, [CallBack(delivery.id, signal.status, signal.provider_code)], now)
    telling.pass_on(connection, [(delivery.id, signal)], now)
    if delivery.attempt_count == 0:
        metrics.CALLBACKS.labels("never_sent").inc()
        _log.error("A callback is about a delivery that was never sent", delivery=delivery.id)
        return None, []
    if delivery.message_sid is not None and delivery.message_sid != signal.message_sid:
        metrics.CALLBACKS.labels("second_message").inc()
        _log.error("A callback names a second message of one delivery", delivery=delivery.id)
        return None, []
    metrics.CALLBACKS.labels("applied").inc()
    reached: list[Reached] = []
    if named and delivery.message_sid is None:
        reached += send.give_back(connection, {signal.message_sid: delivery.id}, now)
    reached += settle.apply(connection, [steps.reported(delivery.id, signal, now)], now)
    if signal.resend is not None:
        reached += resend.resend(connection, destination.policy, [(delivery.id, signal.resend)], now)
    reached += _beyond(connection, destination, delivery, delivery.message_status, signal, now)
    return _number(delivery), reached


def _beyond(
    connection: Connection,
    destination: Destination,
    delivery: Delivery,
    before: MessageStatus | None,
    signal: StatusChanged,
    now: datetime,
) -> list[Reached]:
    """What a message's status, which was another `before`, says beyond its Delivery: of what was to repeat it, of the account, and of
    who the person is. Returns the steps that other Deliveries took.
    """
    reached: list[Reached] = []
    if before in MESSAGE_FAILED and signal.status in MESSAGE_ARRIVED:
        reached = resend.arrived(connection, delivery, now)
    asked_at = delivery.first_attempt_at or now
    if signal.account_trouble:
        code = signal.provider_code or ""
        trouble = AccountTrouble(signal.message or code, None, code, signal.remedy)
        accounts.fail(connection, destination.id, trouble, delivery.id, asked_at, now)
    elif accounts.is_prober(destination, delivery.id):
        accounts.works(connection, destination.id, delivery.id, asked_at, now)
    number = _number(delivery)
    if number is not None and signal.external_user_ids:
        messages.join(connection, destination, signal.external_user_ids, number, now)
    return reached


def _number(delivery: Delivery) -> str | None:
    return None if delivery.recipient is None else canonical(delivery.recipient)
