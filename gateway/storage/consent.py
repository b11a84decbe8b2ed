"""The history of consent: rows are added, never changed."""

from sqlalchemy import Connection, func, insert, select

from destinations.kit import Channel
from gateway.consent import ConsentEntry, ledger_channel
from gateway.storage.rows import to_value
from gateway.storage.tables import consent_history


def add(connection: Connection, entry: ConsentEntry) -> None:
    """Keep one word."""
    connection.execute(
        insert(consent_history).values(
            space=entry.space,
            phone=entry.phone,
            channel=ledger_channel(entry.channel).value,
            sender=entry.sender,
            status=entry.status.value,
            own_word=entry.own_word,
            source=entry.source,
            evidence=entry.evidence,
            occurred_at=entry.occurred_at,
            received_at=entry.received_at,
        )
    )


def of_number(
    connection: Connection, space: str, phone: str, channel: Channel | None = None
) -> list[ConsentEntry]:
    """Every word for a number, in the order they were kept; of one channel where it is named."""
    query = select(consent_history).where(consent_history.c.space == space, consent_history.c.phone == phone)
    if channel is not None:
        query = query.where(consent_history.c.channel == ledger_channel(channel).value)
    return [to_value(ConsentEntry, row) for row in connection.execute(query.order_by(consent_history.c.id))]


def count(connection: Connection, space: str, phone: str, channel: Channel) -> int:
    """How many words were given for a number: unchanged, nothing was said since."""
    query = select(func.count()).where(
        consent_history.c.space == space,
        consent_history.c.phone == phone,
        consent_history.c.channel == ledger_channel(channel).value,
    )
    return connection.scalar(query) or 0
