"""What people write, kept: who they are, when they last wrote, and what waits for somebody to look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import ConsentChanged, ConsentStatus, InboundMessage, Signal, canonical, sender_key
from gateway import ids, logging, metrics
from gateway.consent import ConsentEntry, ConsentSource
from gateway.deliveries import Delivery
from gateway.pipeline import replies, telling
from gateway.storage import (
    consent,
    conversations,
    deliveries,
    external_contacts,
    inbound_messages,
    people,
    unmatched,
)
from gateway.storage.conversations import Conversation
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Destination

_log = logging.get("messages")


@dataclass(frozen=True, slots=True)
class Heard:
    """Whether a message is heard for the first time, and whose it is, where that is known; and how it is kept then."""

    is_new: bool
    number: str | None = None
    message: StoredMessage | None = None


def hear(
    connection: Connection,
    destination: Destination,
    signal: InboundMessage,
    said: Sequence[Signal],
    now: datetime,
) -> Heard:
    """Remember a message, once. `said` is all that the call says: a word of consent in it waits with the message until
    somebody knows whose number it is.
    """
    if not conversations.claim(connection, destination.id, signal.message_sid, now):
        metrics.CALLBACKS.labels("repeated").inc()
        return Heard(is_new=False)
    metrics.CALLBACKS.labels("inbound").inc()
    return keep(connection, destination, signal, said, now)


def keep(
    connection: Connection,
    destination: Destination,
    signal: InboundMessage,
    said: Sequence[Signal],
    now: datetime,
    *,
    late: bool = False,
) -> Heard:
    """Keep a message that is heard for the first time: see `hear`. One that is heard `late` becomes no event, is told to nobody, and is
    kept as of when it was written.

    The number is the one that came, else that of the person's id, else that of the message it replies to.
    """
    answered = _answered(connection, destination, signal)
    number = _number(connection, destination, signal, answered)
    if signal.external_user_ids:
        number = join(connection, destination, signal.external_user_ids, number, now)
    word = next((one.status for one in said if isinstance(one, ConsentChanged)), None)
    message = StoredMessage(
        id=ids.new("inb"),
        space=destination.space,
        destination_id=destination.id,
        message_sid=signal.message_sid,
        channel=signal.channel,
        phone=number,
        external_user_id=next(iter(signal.external_user_ids), None),
        sender=signal.sender,
        service=signal.service,
        body=signal.text,
        media_urls=list(signal.media_urls),
        keyword=signal.keyword,
        word=None if number is not None else word,
        needs_review=signal.needs_review,
        answer=None,
        delivery_id=answered.id if answered else None,
        received_at=signal.occurred_at or now if late else now,
        media_types=list(signal.media_types),
        button=signal.button,
    )
    if number is None:
        _unmatched(connection, destination, signal, now)
    else:
        people.add_contact(connection, destination.space, number, now)
        _converse(connection, message, number, signal.occurred_at)
    if not late:
        telling.of_message(connection, message, now)
        message = replace(message, source_event=replies.tell(connection, destination, message, answered, now))
    inbound_messages.add(connection, message)
    return Heard(is_new=True, number=number, message=message)


def join(
    connection: Connection,
    destination: Destination,
    external_user_ids: Sequence[str],
    number: str | None,
    now: datetime,
) -> str | None:
    """These ids are one person's, and that number is theirs where one is known; what waited for it is made up for. The
    number, where one is known now.
    """
    known = external_contacts.remember(
        connection, destination.space, destination.id, external_user_ids, number, now
    )
    if known is None:
        return None
    for message in inbound_messages.without_number(connection, destination.id, external_user_ids):
        people.add_contact(connection, destination.space, known, now)
        _converse(connection, message, known, None)
        if message.word is not None:
            consent.add(connection, _made_up(message, message.word, known, now))
        inbound_messages.attribute(connection, message.id, known)
    return known


def _made_up(message: StoredMessage, word: ConsentStatus, number: str, now: datetime) -> ConsentEntry:
    return ConsentEntry(
        space=message.space,
        phone=number,
        channel=message.channel,
        sender=sender_key(message.sender),
        status=word,
        own_word=True,
        source=ConsentSource.PROVIDER,
        evidence={"method": f"keyword {message.keyword}", "messageSid": message.message_sid},
        occurred_at=message.received_at,
        received_at=now,
        service=message.service,
    )


def _converse(connection: Connection, message: StoredMessage, number: str, at: datetime | None) -> None:
    said = Conversation(
        space=message.space,
        phone=number,
        channel=message.channel,
        sender=message.sender,
        destination_id=message.destination_id,
        last_inbound_at=at or message.received_at,
    )
    conversations.hear(connection, said)


def number_of(connection: Connection, destination: Destination, signal: InboundMessage) -> str | None:
    """Whose a message will be, as far as that is known before it is heard: see `keep`."""
    return _number(connection, destination, signal, _answered(connection, destination, signal))


def _answered(connection: Connection, destination: Destination, signal: InboundMessage) -> Delivery | None:
    if signal.replied_to is None:
        return None
    found = deliveries.by_message_sid(connection, signal.replied_to)
    return found if found is not None and found.destination_id == destination.id else None


def _number(
    connection: Connection, destination: Destination, signal: InboundMessage, answered: Delivery | None
) -> str | None:
    if signal.number is not None:
        return canonical(signal.number)
    known = external_contacts.number_of(connection, destination.id, signal.external_user_ids)
    if known is not None:
        return known
    return canonical(answered.recipient) if answered is not None and answered.recipient else None


def _unmatched(
    connection: Connection, destination: Destination, signal: InboundMessage, now: datetime
) -> None:
    metrics.CALLBACKS.labels("unmatched").inc()
    _log.warning("A message is from nobody whose number is known", destination=destination.id)
    unmatched.add(
        connection,
        destination,
        sender=signal.address,
        recipient=signal.sender,
        message_sid=signal.message_sid,
        now=now,
    )
