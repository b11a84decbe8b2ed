"""Who wrote to which sender, and when: it only moves forward."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from destinations.kit import Channel, canonical
from gateway.storage.prepared import Ask, among
from gateway.storage.rows import to_values
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


def claim_all(
    connection: Connection, destination_id: str, message_sids: Iterable[str], now: datetime
) -> set[str]:
    """Those of these messages that are heard for the first time."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    keys = [
        {"destination_id": destination_id, "message_sid": sid, "received_at": now}
        for sid in sorted(set(message_sids))
    ]
    if not keys:
        return set()
    new = dialect.insert(inbound_keys).values(keys).on_conflict_do_nothing()
    return set(connection.scalars(new.returning(inbound_keys.c.message_sid)))


def hear(connection: Connection, said: Conversation) -> None:
    """Somebody wrote: what is known to be later stands."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(conversations).values(
        space=said.space,
        phone=canonical(said.phone),
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


_OF_NUMBERS = Ask(
    select(
        conversations.c.phone,
        conversations.c.channel,
        conversations.c.sender,
        conversations.c.last_inbound_at,
    ).where(conversations.c.space == bindparam("space"), among(conversations.c.phone, "many")),
    *("space", "many"),
)


def last_inbound(
    connection: Connection, space: str, phones: Sequence[str]
) -> dict[str, dict[tuple[Channel, str], datetime]]:
    """For each of these numbers, by key, when it last wrote on a channel to a sender."""
    found: dict[str, dict[tuple[Channel, str], datetime]] = {phone: {} for phone in phones}
    for phone, channel, sender, at in _OF_NUMBERS.rows(connection, space, phones) if phones else ():
        found[phone][Channel(channel), sender] = at
    return found


def of_numbers(connection: Connection, space: str, phones: Sequence[str]) -> dict[str, list[Conversation]]:
    """For each of these numbers, in whatever form, every conversation on any channel; the latest first."""
    held = conversations.c
    keys = sorted({canonical(phone) for phone in phones})
    query = (
        select(conversations)
        .where(held.space == space, held.phone.in_(keys))
        .order_by(held.last_inbound_at.desc(), held.channel, held.sender)
    )
    found: dict[str, list[Conversation]] = {key: [] for key in keys}
    for one in to_values(Conversation, connection.execute(query).all() if keys else ()):
        found[one.phone].append(one)
    return {phone: found[canonical(phone)] for phone in phones}
