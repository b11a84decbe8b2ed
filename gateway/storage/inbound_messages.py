"""What people wrote, and which of it somebody has to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, update

from destinations.kit import Channel, ConsentStatus, canonical
from gateway.consent import ReviewAnswer
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.prepared import Ask, among
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import inbound_messages

_held = inbound_messages.c


class SourceEventOutcome(StrEnum):
    """What became of a message as an event of its destination's inbound source."""

    MADE = "MADE"  # it is one
    LOOP = "LOOP"  # it is none: two machines seem to answer one another
    SOURCE_OFF = "SOURCE_OFF"  # it is none: the source is deleted or disabled


class Medium(NamedTuple):
    """One of a message's media, and its type where the provider said one. How large it is, it does not say."""

    url: str
    content_type: str | None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message. `phone` is the key of the number. `needs_review`: it may be a stop, and
    nobody has given an `answer` yet. `delivery_id` is the Delivery that it replies to, where that is known. `media_types` are
    those of `media_urls`, in their order, and `button` is the id of what was pressed. `source_event` is None where no event was asked for.
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
    word: ConsentStatus | None
    needs_review: bool
    answer: ReviewAnswer | None
    delivery_id: str | None
    received_at: datetime
    media_types: Sequence[str] | None = None
    button: str | None = None
    source_event: SourceEventOutcome | None = None

    @property
    def media(self) -> list[Medium]:
        """Its media with the type of each."""
        types = [*(self.media_types or ()), *([""] * len(self.media_urls))]
        return [Medium(url, kind or None) for url, kind in zip(self.media_urls, types, strict=False)]


def add(connection: Connection, message: StoredMessage) -> None:
    """Keep a message."""
    values = {field.name: getattr(message, field.name) for field in fields(message)}
    words = {
        "channel": message.channel.value,
        "word": message.word.value if message.word else None,
        "source_event": message.source_event.value if message.source_event else None,
    }
    connection.execute(insert(inbound_messages).values(**values | words))


def get(connection: Connection, message_id: str) -> StoredMessage | None:
    """The message of that id."""
    row = connection.execute(select(inbound_messages).where(_held.id == message_id)).one_or_none()
    return None if row is None else to_value(StoredMessage, row)


def _of_number(space: str, phone: str) -> Select[tuple[str]]:
    """The ids of what came from a number: found by themselves, or SQLite would read the whole space in the order of the list."""
    other = inbound_messages.alias().c
    return select(other.id).where(other.space == space, other.phone == canonical(phone))


def page(
    connection: Connection,
    space: str,
    first: int,
    after: Cursor | None,
    *,
    destination_id: str | None = None,
    phone: str | None = None,
    external_user_ids: Sequence[str] | None = None,
    needs_review: bool | None = None,
) -> Page[StoredMessage]:
    """The messages of a space, the newest first: of one destination, of one number (E.164), or in review, where that is asked."""
    where: list[ColumnElement[bool]] = []
    if phone is not None:
        where.append(_held.id.in_(_of_number(space, phone)))
    elif destination_id is None:
        where.append(_held.space == space)
    else:  # as a value, which no index has: the index of the whole space must not seem as good
        where.append(_held.space.concat("") == space)
    if destination_id is not None:
        column = _held.destination_id if phone is None else _held.destination_id.concat("")
        where.append(column == destination_id)
    if external_user_ids is not None:
        where.append(_held.external_user_id.in_(external_user_ids))
    if needs_review is not None:
        where.append(_held.needs_review.is_(needs_review))
    return pages.newest_first(
        connection,
        inbound_messages,
        "received_at",
        where,
        first,
        after,
        partial(to_values, StoredMessage),
    )


_IN_REVIEW = Ask(
    select(_held.phone, _held.channel, func.min(_held.id).label("first"))
    .where(_held.space == bindparam("space"), among(_held.phone, "many"), _held.needs_review.is_(True))
    .group_by(_held.phone, _held.channel),
    *("space", "many"),
)


def in_review(connection: Connection, space: str, phones: Sequence[str]) -> dict[str, dict[Channel, str]]:
    """For each of these numbers, by key, the first message on a channel that nobody has answered for."""
    found: dict[str, dict[Channel, str]] = {phone: {} for phone in phones}
    for phone, channel, first in _IN_REVIEW.rows(connection, space, phones) if phones else ():
        found[phone][Channel(channel)] = first
    return found


def stops_since(connection: Connection, message: StoredMessage, since: datetime) -> Sequence[str]:
    """The SIDs of what its person wrote to its sender after that, before it, and that was read as a word."""
    query = select(_held.message_sid).where(
        _held.space == message.space,
        _held.phone == message.phone,
        _held.channel == message.channel.value,
        _held.destination_id == message.destination_id,
        _held.sender == message.sender,
        _held.received_at > since,
        _held.keyword.is_not(None),
        _held.id != message.id,
    )
    return connection.scalars(query).all()


def events_since(connection: Connection, message: StoredMessage, since: datetime) -> int:
    """Of how much that its person wrote to its sender after that an event was made."""
    person = (
        (_held.space == message.space, _held.phone == message.phone)
        if message.phone is not None
        else (_held.external_user_id == message.external_user_id, _held.phone.is_(None))
    )
    query = select(func.count()).where(
        *person,
        _held.destination_id == message.destination_id,
        _held.channel == message.channel.value,
        _held.sender == message.sender,
        _held.received_at > since,
        _held.source_event == SourceEventOutcome.MADE.value,
    )
    return connection.scalar(query) or 0


def without_number(
    connection: Connection, destination_id: str, external_user_ids: Sequence[str]
) -> list[StoredMessage]:
    """What somebody wrote whose number was not known then, by the provider's ids of them; the first first."""
    query = (
        select(inbound_messages)
        .where(
            _held.destination_id == destination_id,
            _held.external_user_id.in_(external_user_ids),
            _held.phone.is_(None),
        )
        .order_by(_held.received_at, _held.id)
    )
    return to_values(StoredMessage, connection.execute(query).all())


def attribute(connection: Connection, message_id: str, phone: str) -> None:
    """That number's it was."""
    connection.execute(update(inbound_messages).where(_held.id == message_id).values(phone=phone, word=None))


def answer(connection: Connection, message: StoredMessage, said: ReviewAnswer) -> None:
    """Keep what a person says of a message. A stop answers for all that the number wrote on the channel."""
    word = ConsentStatus.UNSUBSCRIBED.value if said is ReviewAnswer.STOP and message.phone is None else None
    connection.execute(
        update(inbound_messages)
        .where(_held.id == message.id)
        .values(answer=said.value, needs_review=False, word=word)
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
