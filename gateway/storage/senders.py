"""The senders of accounts, as syncs keep them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select, update

from destinations.kit import Channel, Reason, SenderKind, SenderList
from gateway.background_jobs import BackgroundKind
from gateway.deliveries import UNSENT
from gateway.jobs import JobKind
from gateway.storage import configuration, days, jobs, pages, synced, syncs, unfinished
from gateway.storage.pages import Cursor, Page
from gateway.storage.rows import to_values
from gateway.storage.tables import (
    IS_DOUBTED,
    IS_STOPPED,
    OF_A_DELIVERY,
    deliveries,
    jobs as jobs_table,
    senders,
)
from gateway.storage.types import Timestamp
from gateway.synced import DOUBT_LASTS, DOUBTED_AGAIN, Changes, KnownSenders, Sender
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


_STOPPED = select(senders.c.destination_id, senders.c.address).where(
    senders.c.destination_id.in_(bindparam("many", expanding=True)),
    or_(IS_STOPPED, and_(IS_DOUBTED, senders.c.doubted_at > bindparam("since", type_=Timestamp()))),
)


def stopped(
    connection: Connection, destination_ids: Sequence[str], now: datetime
) -> frozenset[tuple[str, str]]:
    """The (destination, address) of the senders that somebody paused or took out of use, and of those that are in doubt `now`."""
    given = {"many": destination_ids, "since": now - DOUBT_LASTS}
    rows = connection.execute(_STOPPED, given) if destination_ids else ()
    return frozenset((row.destination_id, row.address) for row in rows)


def pause(connection: Connection, sender_id: str, begun: Pause) -> bool:
    """Pause one; False, and nothing is changed, where it is paused already."""
    values = {"paused_at": begun.at, "paused_by": begun.by, "pause_note": begun.note}
    return _changed(connection, sender_id, senders.c.paused_at.is_(None), values)


def detach(connection: Connection, sender_id: str, now: datetime) -> bool:
    """Take one out of use; False, and nothing is changed, where it is already."""
    return _changed(connection, sender_id, senders.c.detached_at.is_(None), {"detached_at": now})


def resume(connection: Connection, sender_id: str) -> bool:
    """Let one that was paused go on, and take one into use that was taken out of it; False where it is neither."""
    nothing = {"paused_at": None, "paused_by": None, "pause_note": None, "detached_at": None}
    return _changed(connection, sender_id, IS_STOPPED, nothing)


def _changed(
    connection: Connection, sender_id: str, where: ColumnElement[bool], values: Mapping[str, Any]
) -> bool:
    done = connection.execute(update(senders).where(senders.c.id == sender_id, where).values(**values))
    if done.rowcount:
        configuration.changed(connection)
    return done.rowcount > 0


_DOUBT = (
    update(senders)
    .where(
        senders.c.destination_id == bindparam("whose"),
        senders.c.address == bindparam("which"),
        senders.c.removed_at.is_(None),
        or_(
            senders.c.doubted_at.is_(None),
            senders.c.doubted_at <= bindparam("before", type_=Timestamp()),
        ),
    )
    .values(doubted_at=bindparam("at", type_=Timestamp()))
)


def doubt(
    connection: Connection, refused: Collection[tuple[str, str]], now: datetime
) -> list[tuple[str, str]]:
    """The provider refused these senders, by (destination, address). Those of them that are in doubt by that: one that was not long ago
    is not.
    """
    before = now - DOUBTED_AGAIN
    new = [
        (whose, which)
        for whose, which in sorted(refused)
        if connection.execute(_DOUBT, {"whose": whose, "which": which, "before": before, "at": now}).rowcount
    ]
    if new:
        configuration.changed(connection)
    return new


def connected(connection: Connection, sender_id: str, url: str) -> None:
    """The provider calls that from now on with what people write to it."""
    _changed(connection, sender_id, senders.c.id == sender_id, {"inbound_url": url})


def go_on(connection: Connection, destination_id: str, *reasons: Reason) -> None:
    """Let what of a destination waits for these reasons have its turn: it waits again where its sender still is none."""
    for reason in reasons:
        jobs.go_on(connection, unfinished.held_for(connection, destination_id, reason))


def recall(connection: Connection, destination_id: str, addresses: Collection[str], now: datetime) -> int:
    """Take what waits for the turn of these senders out of its line, to be decided anew now; how many that is."""
    waiting = select(deliveries.c.id).where(
        deliveries.c.destination_id == destination_id,
        deliveries.c.status.in_([status.value for status in UNSENT]),
        deliveries.c.sender.in_(sorted(addresses)),
    )
    recalled = update(jobs_table).where(
        OF_A_DELIVERY,
        jobs_table.c.subject.in_(days.unfinished(connection, waiting)),
        jobs_table.c.leased_until.is_(None),
    )
    values = {"kind": JobKind.DELIVER.value, "lane": None, "available_at": now}
    return connection.execute(recalled.values(**values)).rowcount


def _of_rows(rows: Sequence[Row[Any]]) -> list[Sender]:
    return to_values(Sender, rows, _CONVERTED, pause=_pause)


_CONVERTED: Mapping[str, Any] = {"channels": lambda names: tuple(map(Channel, names))}


def _pause(row: Row[Any]) -> Pause | None:
    return None if row.paused_at is None else Pause(row.paused_at, row.paused_by, row.pause_note)
