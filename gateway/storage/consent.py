"""The history of consent: rows are added, never changed."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select

from destinations.kit import Channel, canonical
from gateway.consent import ConsentEntry, ConsentSource, ledger_channel
from gateway.storage.locks import lock_number
from gateway.storage.rows import to_value
from gateway.storage.tables import consent_history


def add(connection: Connection, entry: ConsentEntry) -> None:
    """Keep one word."""
    add_all(connection, [entry])


def add_all(connection: Connection, entries: Sequence[ConsentEntry]) -> None:
    """Keep these words, in their order."""
    if not entries:
        return
    for space, phone in sorted({(entry.space, canonical(entry.phone)) for entry in entries}):
        lock_number(connection, space, phone)
    connection.execute(
        insert(consent_history),
        [
            {
                "space": entry.space,
                "phone": canonical(entry.phone),
                "channel": ledger_channel(entry.channel).value,
                "sender": entry.sender,
                "status": entry.status.value,
                "service": entry.service,
                "own_word": entry.own_word,
                "reach": None if entry.reach is None else entry.reach.value,
                "source": entry.source,
                "evidence": entry.evidence,
                "occurred_at": entry.occurred_at,
                "received_at": entry.received_at,
            }
            for entry in entries
        ],
    )


def of_number(
    connection: Connection, space: str, phone: str, channel: Channel | None = None
) -> list[ConsentEntry]:
    """Every word for a number, in the order they were kept; of one channel where it is named."""
    query = select(consent_history).where(_is_about(space, phone, channel)).order_by(consent_history.c.id)
    return [to_value(ConsentEntry, row) for row in connection.execute(query)]


def deciding(
    connection: Connection, space: str, phone: str, channel: Channel | None = None
) -> list[ConsentEntry]:
    """Of every word for a number those that can decide: `consent.state` makes the same of these few as of all.

    Per channel the latest of each status, apart by whom it was said to, how far it reaches, and whether it is the person's own or
    an admin's.
    """
    history = consent_history.c
    said = (history.channel, history.sender, history.service, history.status, history.own_word, history.reach)
    kinds = (*said, history.source == ConsentSource.ADMIN.value)
    place = func.row_number().over(
        partition_by=kinds, order_by=(history.occurred_at.desc(), history.id.desc())
    )
    places = select(history.id, place.label("place")).where(_is_about(space, phone, channel)).subquery()
    latest = select(places.c.id).where(places.c.place == 1)
    query = select(consent_history).where(history.id.in_(latest)).order_by(history.id)
    return [to_value(ConsentEntry, row) for row in connection.execute(query)]


def count(connection: Connection, space: str, phone: str, channel: Channel) -> int:
    """How many words were given for a number: unchanged, nothing was said since."""
    query = select(func.count()).select_from(consent_history).where(_is_about(space, phone, channel))
    return connection.scalar(query) or 0


def _is_about(space: str, phone: str, channel: Channel | None) -> ColumnElement[bool]:
    """Of every channel where none is named."""
    history = consent_history.c
    about = and_(history.space == space, history.phone == canonical(phone))
    return about if channel is None else and_(about, history.channel == ledger_channel(channel).value)
