"""What people wrote, and which of it somebody has to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from destinations.kit import Channel, canonical
from gateway.consent import ReviewAnswer, ledger_channel
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_value
from gateway.storage.tables import inbound_messages

_held = inbound_messages.c


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message. `phone` is the key of the number. `needs_review`: it may be a stop, and
    nobody has given an `answer` yet. `delivery_id` is the Delivery that it replies to, where that is known.
    """

    id: str
    space: str
    destination_id: str
    message_sid: str
    channel: Channel
    phone: str | None
    external_user_id: str | None
    sender: str
    service: str | None
    body: str | None
    media_urls: Sequence[str]
    keyword: str | None
    needs_review: bool
    answer: ReviewAnswer | None
    delivery_id: str | None
    received_at: datetime


def add(connection: Connection, message: StoredMessage) -> None:
    """Keep a message."""
    values = {field.name: getattr(message, field.name) for field in fields(message)}
    connection.execute(insert(inbound_messages).values(**values | {"channel": message.channel.value}))


def get(connection: Connection, message_id: str) -> StoredMessage | None:
    """The message of that id."""
    row = connection.execute(select(inbound_messages).where(_held.id == message_id)).one_or_none()
    return None if row is None else to_value(StoredMessage, row)


def page(
    connection: Connection,
    space: str,
    first: int,
    after: Cursor | None,
    *,
    destination_id: str | None = None,
    phone: str | None = None,
    needs_review: bool | None = None,
) -> Page[StoredMessage]:
    """The messages of a space, the newest first: of one destination, of one number (E.164), or in review, where that is asked."""
    query = select(inbound_messages).where(_held.space == space)
    if destination_id is not None:
        query = query.where(_held.destination_id == destination_id)
    if phone is not None:
        query = query.where(_held.phone == canonical(phone))
    if needs_review is not None:
        query = query.where(_held.needs_review.is_(needs_review))
    return pages.newest_first(
        connection,
        inbound_messages,
        "received_at",
        query,
        first,
        after,
        lambda row: to_value(StoredMessage, row),
    )


def in_review(connection: Connection, space: str, phone: str, channel: Channel) -> str | None:
    """The first message of a number on a channel that nobody has answered for; None where none is left."""
    wanted = ledger_channel(channel)
    return connection.scalar(
        select(_held.id)
        .where(
            _held.space == space,
            _held.phone == canonical(phone),
            _held.channel == wanted.value,
            _held.needs_review.is_(True),
        )
        .order_by(_held.id)
        .limit(1)
    )


def answer(connection: Connection, message: StoredMessage, said: ReviewAnswer) -> None:
    """Keep what a person says of a message. A stop answers for all that the number wrote on the channel."""
    connection.execute(
        update(inbound_messages).where(_held.id == message.id).values(answer=said.value, needs_review=False)
    )
    if said is ReviewAnswer.STOP and message.phone is not None:
        connection.execute(
            update(inbound_messages)
            .where(
                _held.space == message.space,
                _held.phone == message.phone,
                _held.channel == message.channel.value,
                _held.needs_review.is_(True),
            )
            .values(answer=said.value, needs_review=False)
        )
