"""Which of what is configured was ever used: an answer for each, found by index and not by counting."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from gateway.storage.tables import conversations, deliveries
from gateway.workspace import Mapping


def matched(connection: Connection, mappings: Collection[Mapping]) -> frozenset[str]:
    """The ids of those mappings that an event led to a Delivery of."""
    return frozenset(
        mapping.id
        for mapping in mappings
        if connection.execute(
            select(deliveries.c.id)
            .where(
                deliveries.c.destination_id == mapping.destination_id, deliveries.c.mapping_id == mapping.id
            )
            .limit(1)
        ).first()
    )


def senders(connection: Connection, destination_ids: Collection[str]) -> frozenset[tuple[str, str]]:
    """(destination, address) of each sender that something went out from, or that somebody wrote to."""
    sent = select(deliveries.c.destination_id, deliveries.c.sender).where(
        deliveries.c.destination_id.in_(destination_ids), deliveries.c.message_sid.is_not(None)
    )
    heard = select(conversations.c.destination_id, conversations.c.sender).where(
        conversations.c.destination_id.in_(destination_ids)
    )
    rows = connection.execute(sent.union(heard))
    return frozenset((destination, sender) for destination, sender in rows if sender)
