"""Sources, and which destinations each is connected to."""

from sqlalchemy import Connection, insert, select

from gateway.storage.rows import to_value
from gateway.storage.tables import source_destinations, sources
from gateway.workspace import Source


def add(connection: Connection, source: Source) -> None:
    """Store a new source."""
    connection.execute(
        insert(sources).values(
            id=source.id,
            space=source.space,
            name=source.name,
            trust=source.trust.value,
            enabled=source.enabled,
            revision=source.revision,
            write_key_hash=source.write_key_hash,
            write_key_last_four=source.write_key_last_four,
            write_key_set_at=source.write_key_set_at,
            sms_opt_in_trait=source.sms_opt_in_trait,
            whatsapp_opt_in_trait=source.whatsapp_opt_in_trait,
            created_at=source.created_at,
        )
    )


def get(connection: Connection, source_id: str) -> Source | None:
    """The source of that id."""
    row = connection.execute(select(sources).where(sources.c.id == source_id)).one_or_none()
    return None if row is None else to_value(Source, row)


def everything(connection: Connection) -> list[Source]:
    """Every source of every space."""
    return [to_value(Source, row) for row in connection.execute(select(sources))]


def connect(connection: Connection, source_id: str, destination_id: str) -> None:
    """Let the source's events reach the destination; doing it twice changes nothing."""
    known = connection.execute(
        select(source_destinations).where(
            source_destinations.c.source_id == source_id,
            source_destinations.c.destination_id == destination_id,
        )
    ).first()
    if known is None:
        connection.execute(
            insert(source_destinations).values(source_id=source_id, destination_id=destination_id)
        )


def links(connection: Connection) -> list[tuple[str, str]]:
    """Every (source id, destination id) that is connected."""
    return [(row.source_id, row.destination_id) for row in connection.execute(select(source_destinations))]
