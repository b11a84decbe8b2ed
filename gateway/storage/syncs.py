"""How the syncs of each destination stand, and who wants one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from destinations.kit import SenderKind
from gateway.background_jobs import BackgroundKind
from gateway.storage.rows import to_values
from gateway.storage.tables import syncs
from gateway.synced import Sync


def everything(connection: Connection, kind: BackgroundKind | None = None) -> list[Sync]:
    """How each sync of each destination stands, or each of that kind. One that never was asked for is not there."""
    query = select(syncs)
    return _of_rows(
        connection.execute(query if kind is None else query.where(syncs.c.kind == kind.value)).all()
    )


def started(connection: Connection, destination_id: str, kind: BackgroundKind, now: datetime) -> None:
    """One begins."""
    _set(connection, destination_id, kind, started_at=now)


def asked(connection: Connection, destination_id: str, kind: BackgroundKind, now: datetime) -> None:
    """One is wanted."""
    _set(connection, destination_id, kind, asked_at=now)


def went_well(
    connection: Connection,
    destination_id: str,
    kind: BackgroundKind,
    at: datetime,
    unread: Collection[SenderKind] = (),
) -> None:
    """One that began `at` listed everything, but for the kinds that are `unread`."""
    _set(connection, destination_id, kind, good_at=at, unread=sorted(unread))


def _set(connection: Connection, destination_id: str, kind: BackgroundKind, **values: Any) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(syncs).values(
        destination_id=destination_id, kind=kind.value, **{"unread": [], **values}
    )
    connection.execute(new.on_conflict_do_update(index_elements=["destination_id", "kind"], set_=values))


def _of_rows(rows: Sequence[Row[Any]]) -> list[Sync]:
    return to_values(Sync, rows, {"unread": lambda kinds: frozenset(map(SenderKind, kinds))})
