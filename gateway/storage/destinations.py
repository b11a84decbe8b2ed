"""Destinations. Their settings are one encrypted text: nothing of an account is readable in the file."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from destinations.kit import DestinationStatus
from gateway.secrets import Secrets
from gateway.storage.rows import to_value
from gateway.storage.tables import destinations
from gateway.workspace import Destination


def _value(row: Row[Any], secrets: Secrets) -> Destination:
    return to_value(Destination, row, settings=msgspec.json.decode(secrets.decrypt(row.settings)))


def add(connection: Connection, destination: Destination, secrets: Secrets) -> None:
    """Store a new destination, its settings encrypted."""
    connection.execute(
        insert(destinations).values(
            id=destination.id,
            space=destination.space,
            definition=destination.definition,
            name=destination.name,
            enabled=destination.enabled,
            status=destination.status.value,
            revision=destination.revision,
            settings=secrets.encrypt(msgspec.json.encode(destination.settings).decode()),
            secrets_set_at=destination.secrets_set_at,
            verification=destination.verification,
            created_at=destination.created_at,
            updated_at=destination.updated_at,
        )
    )


def get(connection: Connection, destination_id: str, secrets: Secrets) -> Destination | None:
    """The destination of that id."""
    row = connection.execute(select(destinations).where(destinations.c.id == destination_id)).one_or_none()
    return None if row is None else _value(row, secrets)


def everything(connection: Connection, secrets: Secrets) -> list[Destination]:
    """Every destination of every space."""
    return [_value(row, secrets) for row in connection.execute(select(destinations))]


def status_of(connection: Connection, destination_id: str) -> DestinationStatus | None:
    """How far the checks of that destination have come."""
    status = connection.scalar(select(destinations.c.status).where(destinations.c.id == destination_id))
    return None if status is None else DestinationStatus(status)


def set_verification(
    connection: Connection,
    destination_id: str,
    status: DestinationStatus,
    verification: dict[str, Any],
    now: datetime,
) -> None:
    """Keep what the checks said."""
    connection.execute(
        update(destinations)
        .where(destinations.c.id == destination_id)
        .values(status=status.value, verification=verification, updated_at=now)
    )
