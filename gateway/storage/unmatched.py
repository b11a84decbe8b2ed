"""What a provider told that is about nobody and nothing known."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, insert, select

from gateway import ids
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import unmatched_callbacks
from gateway.workspace import Destination

_held = unmatched_callbacks.c


@dataclass(frozen=True, slots=True)
class UnmatchedCallback:
    """One call. `sender` and `recipient` are as they came."""

    id: str
    space: str
    destination_id: str
    sender: str | None
    recipient: str | None
    message_sid: str | None
    received_at: datetime


def add(
    connection: Connection,
    destination: Destination,
    *,
    sender: str | None,
    recipient: str | None,
    message_sid: str | None,
    now: datetime,
) -> None:
    """Keep a call to a destination, with the addresses as they came."""
    connection.execute(
        insert(unmatched_callbacks).values(
            id=ids.new("unm"),
            space=destination.space,
            destination_id=destination.id,
            sender=sender,
            recipient=recipient,
            message_sid=message_sid,
            received_at=now,
        )
    )


def get(connection: Connection, callback_id: str) -> UnmatchedCallback | None:
    """The call of that id."""
    row = connection.execute(select(unmatched_callbacks).where(_held.id == callback_id)).one_or_none()
    return None if row is None else to_value(UnmatchedCallback, row)


def page(
    connection: Connection, space: str, first: int, after: Cursor | None, destination_id: str | None = None
) -> Page[UnmatchedCallback]:
    """The calls of a space, the newest first; to one destination where that is asked."""
    where = [_held.space == space]
    if destination_id is not None:
        where.append(_held.destination_id == destination_id)
    return pages.newest_first(
        connection,
        unmatched_callbacks,
        "received_at",
        where,
        first,
        after,
        partial(to_values, UnmatchedCallback),
    )
