"""How a whole list of what an account has is kept: what is new, what changed, and what two lists in a row do not have."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, insert, select, update

from gateway import ids
from gateway.synced import Changes

APART = timedelta(seconds=10)
"""Two syncs are two lists only so far apart: a list may lag behind."""


def keep(
    connection: Connection,
    table: Table,
    key: Column[str],
    destination_id: str,
    listed: Mapping[str, Mapping[str, Any]],
    prefix: str,
    at: datetime,
    *,
    unseen: Callable[[Any], bool] = lambda _row: False,
) -> Changes:
    """Keep the list that a sync read, which began `at`: the columns of each item by its key. `unseen` says of a row that the list could
    not have it, so that nothing follows from its absence.
    """
    rows = connection.execute(select(table).where(table.c.destination_id == destination_id)).all()
    there = {getattr(row, key.name): row for row in rows}
    new = [one for one in listed if one not in there]
    if new:
        times = {"created_at": at, "synced_at": at}
        added = [
            {"id": ids.new(prefix), "destination_id": destination_id, key.name: one, **times, **listed[one]}
            for one in new
        ]
        connection.execute(insert(table), added)
    changed = [
        one
        for one, values in listed.items()
        if one in there and any(getattr(there[one], name) != value for name, value in values.items())
    ]
    back = [one for one in listed if one in there and there[one].removed_at is not None]
    if there and listed:
        _write(
            connection,
            table,
            [
                {"its": there[one].id, "synced_at": at, "missed_at": None, "removed_at": None, **values}
                for one, values in listed.items()
                if one in there
            ],
        )
    absent = [
        one for one, row in there.items() if one not in listed and row.removed_at is None and not unseen(row)
    ]
    missed = [one for one in absent if there[one].missed_at is None]
    removed = [one for one in absent if one not in missed and at >= there[one].missed_at + APART]
    _write(connection, table, [{"its": there[one].id, "missed_at": at} for one in missed])
    _write(connection, table, [{"its": there[one].id, "removed_at": at} for one in removed])
    return Changes(len(listed), tuple(new), tuple(removed), tuple(missed), tuple(back), tuple(changed))


def _write(connection: Connection, table: Table, rows: Collection[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(update(table).where(table.c.id == bindparam("its")), list(rows))
