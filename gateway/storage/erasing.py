"""What an erasure leaves of rows, by their keys and in the caller's transaction. Each says how many it was."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, select, tuple_, update

from gateway.deliveries import DeliveryStatus
from gateway.errors import StartupError
from gateway.events import EventType
from gateway.secrets import Secrets
from gateway.storage import days, removal, tables
from gateway.storage.whom import Whom

_Keys = Sequence[tuple[Any, ...]]
Erase = Callable[[Connection, Whom, _Keys, datetime], int]

_OF_NOBODY = (
    update(tables.events)
    .where(tables.events.c.id == bindparam("event"))
    .values(user_id=None, anonymous_id=None, name=bindparam("called"), doubts=bindparam("told"))
)


def removed(table: Table) -> Erase:
    """Removes the rows."""
    key = list(table.primary_key.columns)

    def erase(connection: Connection, _whom: Whom, keys: _Keys, _now: datetime) -> int:
        theirs = key[0].in_(_ids(keys)) if len(key) == 1 else tuple_(*key).in_(keys)
        return connection.execute(delete(table).where(theirs)).rowcount

    return erase


def events(connection: Connection, whom: Whom, keys: _Keys, now: datetime) -> int:
    """Leave of events their heads, of nobody, and empty their Deliveries. An event of which something is still to be sent came since:
    it stays, with what came of it.
    """
    held, made = tables.events.c, tables.deliveries.c
    found = connection.execute(
        select(made.id, made.event_id, made.status).where(made.event_id.in_(_ids(keys)))
    ).all()
    open_ = {row.event_id for row in found if not DeliveryStatus(row.status).final}
    ids = [one for one in _ids(keys) if one not in open_]
    removal.payloads(connection, ids, now)
    rows = connection.execute(
        select(held.id, held.type, held.name, held.doubts).where(held.id.in_(ids))
    ).all()
    emptied = [
        {
            "event": row.id,
            "called": row.name if row.type == EventType.TRACK.value else None,
            "told": None if row.doubts is None else [[code, ""] for code, _said in row.doubts],
        }
        for row in rows
    ]
    if emptied:
        connection.execute(_OF_NOBODY, emptied)
    deliveries(connection, whom, [(row.id,) for row in found if row.event_id not in open_], now)
    return len(emptied)


def deliveries(connection: Connection, _whom: Whom, keys: _Keys, now: datetime) -> int:
    """Leave of Deliveries how they ended, without the number, the text and what quotes them; of their attempts likewise."""
    held = tables.deliveries.c
    final = [one.value for one in DeliveryStatus if one.final]
    ids = list(connection.scalars(select(held.id).where(held.id.in_(_ids(keys)), held.status.in_(final))))
    if not ids:
        return 0
    removal.bodies(connection, ids, now)
    nothing = dict.fromkeys(("person_id", "recipient", "error_message", "remedy"))
    connection.execute(update(tables.deliveries).where(held.id.in_(ids)).values(nothing))
    theirs = days.of_what_hangs_on(connection, ids)
    of_them = tables.attempts.c.delivery_id.in_(ids)
    connection.execute(update(tables.attempts).where(of_them, *theirs).values(message=None))
    return len(ids)


def inbound_messages(connection: Connection, _whom: Whom, keys: _Keys, now: datetime) -> int:
    """Remove what they wrote."""
    return removal.inbound_messages_of(connection, _ids(keys), now)


def webhooks(connection: Connection, _whom: Whom, keys: _Keys, _now: datetime) -> int:
    """Remove what owners were told or are to be told; whoever is to send it finds nothing."""
    gone = tables.webhook_deliveries.c.id.in_(_ids(keys))
    return connection.execute(delete(tables.webhook_deliveries).where(gone)).rowcount


def uploads(connection: Connection, _whom: Whom, keys: _Keys, _now: datetime) -> int:
    """Remove the files that these pieces are of, whole: what imports one can't go on, and says so."""
    held = tables.uploads.c
    return connection.execute(delete(tables.uploads).where(held.id.in_(set(_ids(keys))))).rowcount


def background_jobs(connection: Connection, _whom: Whom, keys: _Keys, _now: datetime) -> int:
    """Leave of jobs what they counted, but for a result that tells of them."""
    mine = tables.background_jobs.c.id.in_(_ids(keys))
    nothing = {"message": None, "result": None}
    return connection.execute(update(tables.background_jobs).where(mine).values(nothing)).rowcount


def audit_entries(connection: Connection, whom: Whom, keys: _Keys, _now: datetime) -> int:
    """Leave of entries who did what to which id and when, and which fields were changed."""
    held = tables.audit_entries.c
    rows = connection.execute(select(held.id, held.changes).where(held.id.in_(_ids(keys)))).all()
    for row in rows:
        changes = [
            {**one, "before": whom.without(one["before"]), "after": whom.without(one["after"])}
            for one in row.changes
        ]
        connection.execute(update(tables.audit_entries).where(held.id == row.id).values(changes=changes))
    return len(rows)


def opened(secrets: Secrets, sealed: str | None) -> str:
    """What is sealed; "" where nothing is, or no key opens it any more."""
    if sealed is None:
        return ""
    try:
        return secrets.decrypt(sealed)
    except StartupError:
        return ""


def as_text(value: Any) -> str:
    """A value of a column as it is looked through."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _ids(keys: _Keys) -> list[Any]:
    return [key[0] for key in keys]
