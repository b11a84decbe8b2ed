"""Mappings."""

from sqlalchemy import Connection, insert, select

from gateway.storage import configuration
from gateway.storage.rows import to_value
from gateway.storage.tables import mappings
from gateway.workspace import Mapping


def add(connection: Connection, mapping: Mapping) -> None:
    """Store a new mapping."""
    connection.execute(
        insert(mappings).values(
            id=mapping.id,
            destination_id=mapping.destination_id,
            action=mapping.action,
            name=mapping.name,
            trigger=mapping.trigger,
            cancel_trigger=mapping.cancel_trigger,
            purpose=mapping.purpose.value,
            max_age_seconds=mapping.max_age_seconds,
            allow_browser_events=mapping.allow_browser_events,
            allow_import=mapping.allow_import,
            fields=mapping.fields,
            enabled=mapping.enabled,
            revision=mapping.revision,
            created_at=mapping.created_at,
            updated_at=mapping.updated_at,
        )
    )
    configuration.changed(connection)


def get(connection: Connection, mapping_id: str) -> Mapping | None:
    """The mapping of that id."""
    row = connection.execute(select(mappings).where(mappings.c.id == mapping_id)).one_or_none()
    return None if row is None else to_value(Mapping, row)


def everything(connection: Connection) -> list[Mapping]:
    """Every mapping of every space."""
    return [to_value(Mapping, row) for row in connection.execute(select(mappings))]
