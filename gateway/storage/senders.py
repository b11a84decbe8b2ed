"""The senders of accounts, as syncs keep them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from destinations.kit import Channel, SenderKind, SenderList
from gateway.background_jobs import BackgroundKind
from gateway.storage import configuration, pages, synced, syncs
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_values
from gateway.storage.tables import senders
from gateway.synced import Changes, KnownSenders, Sender
from gateway.workspace import Pause


def keep(connection: Connection, destination_id: str, listed: SenderList, at: datetime) -> Changes:
    """Keep what a sync listed that began `at`; whoever decides by it learns of a change."""
    unread = listed.unread
    changes = synced.keep(
        connection,
        senders,
        senders.c.address,
        destination_id,
        {
            one.address: {
                "kind": one.kind.value,
                "label": one.label,
                "channels": [channel.value for channel in one.channels],
                "sid": one.sid,
                "country": one.country,
                "inbound_url": one.inbound_url,
                "pool": one.pool,
                "by_pool": one.by_pool,
            }
            for one in listed.senders
        },
        "snd",
        at,
        unseen=lambda row: row.kind in unread,
    )
    syncs.went_well(connection, destination_id, BackgroundKind.SENDER_SYNC, at, unread)
    configuration.changed(connection)
    return changes


def get(connection: Connection, sender_id: str) -> Sender | None:
    """The sender of that id, a removed one too."""
    rows = connection.execute(select(senders).where(senders.c.id == sender_id)).all()
    return next(iter(_of_rows(rows)), None)


def page(
    connection: Connection,
    destination_id: str,
    kind: SenderKind | None,
    first: int,
    after: Cursor | None,
    *,
    counted: bool,
) -> Page[Sender]:
    """The senders of a destination, those that were listed first last."""
    where = [senders.c.destination_id == destination_id]
    if kind is not None:
        where.append(senders.c.kind == kind.value)
    return pages.newest_first(
        connection, senders, "created_at", where, first, after, _of_rows, counted=counted
    )


_OF = select(senders).where(senders.c.destination_id.in_(bindparam("many", expanding=True)))


def known(connection: Connection, destination_ids: Sequence[str] | None = None) -> dict[str, KnownSenders]:
    """What is known of the senders of these destinations, or of all, by destination."""
    if destination_ids is None:
        rows = connection.execute(select(senders)).all()
    else:
        rows = connection.execute(_OF, {"many": destination_ids}).all()
    by_destination: dict[str, dict[str, Sender]] = {}
    for one in _of_rows(rows):
        by_destination.setdefault(one.destination_id, {})[one.address] = one
    stand = {one.destination_id: one for one in syncs.everything(connection, BackgroundKind.SENDER_SYNC)}
    return {
        key: KnownSenders(by_destination.get(key, {}), stand[key].good_at, stand[key].unread)
        for key in stand
        if destination_ids is None or key in destination_ids
    }


def _of_rows(rows: Sequence[Row[Any]]) -> list[Sender]:
    return to_values(Sender, rows, _CONVERTED, pause=_pause)


_CONVERTED: Mapping[str, Any] = {"channels": lambda names: tuple(map(Channel, names))}


def _pause(row: Row[Any]) -> Pause | None:
    return None if row.paused_at is None else Pause(row.paused_at, row.paused_by, row.pause_note)
