"""Who wrote to which sender, and when: it only moves forward."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from destinations.kit import Channel
from gateway.phones import keyed
from gateway.storage.rows import to_value
from gateway.storage.tables import conversations, inbound_keys


@dataclass(frozen=True, slots=True)
class Conversation:
    """When somebody last wrote to a sender, and to which destination that came."""

    space: str
    phone: str
    channel: Channel
    sender: str
    destination_id: str
    last_inbound_at: datetime


def claim(connection: Connection, destination_id: str, message_sid: str, now: datetime) -> bool:
    """Whether this message is heard for the first time."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = connection.execute(
        dialect.insert(inbound_keys)
        .values(destination_id=destination_id, message_sid=message_sid, received_at=now)
        .on_conflict_do_nothing()
    )
    return added.rowcount == 1


def hear(connection: Connection, said: Conversation) -> None:
    """Somebody wrote: what is known to be later stands."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(conversations).values(
        space=said.space,
        phone=keyed(said.phone, said.channel),
        channel=said.channel.value,
        sender=said.sender,
        destination_id=said.destination_id,
        last_inbound_at=said.last_inbound_at,
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=conversations.primary_key.columns,
            set_={
                "destination_id": new.excluded.destination_id,
                "last_inbound_at": new.excluded.last_inbound_at,
            },
            where=conversations.c.last_inbound_at < new.excluded.last_inbound_at,
        )
    )


def last_inbound(
    connection: Connection, space: str, phone: str, sender: str, channel: Channel
) -> datetime | None:
    """When that number last wrote to that sender; None: never."""
    held = conversations.c
    return connection.scalar(
        select(held.last_inbound_at).where(
            held.space == space,
            held.phone == keyed(phone, channel),
            held.channel == channel.value,
            held.sender == sender,
        )
    )


def of_number(connection: Connection, space: str, phone: str) -> Sequence[Conversation]:
    """Every conversation with a number, on each channel as that keys it; the latest first."""
    held = conversations.c
    forms = (and_(held.channel == channel.value, held.phone == keyed(phone, channel)) for channel in Channel)
    query = (
        select(conversations)
        .where(held.space == space, or_(*forms))
        .order_by(held.last_inbound_at.desc(), held.channel, held.sender)
    )
    return [to_value(Conversation, row) for row in connection.execute(query)]
