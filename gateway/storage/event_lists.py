"""Lists of events: what they can be filtered by, and from which index each is read."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, union

from gateway.events import StoredEvent
from gateway.people import USER_ID, Identity
from gateway.storage import days, pages
from gateway.storage.event_filters import EventFilter
from gateway.storage.events import of_rows
from gateway.storage.pages import Cursor, Legs, Page
from gateway.storage.tables import IS_TROUBLED, event_keys, events, invalid_keys, sources

MOST_IDENTITIES = 200
"""Of how many ids of the people of one number the events are read: SQLite joins at most 500 lists."""

_c = events.c


def page(
    connection: Connection,
    space: str,
    first: int,
    after: Cursor | None,
    wanted: EventFilter,
    *,
    counted: bool = True,
    columns: Sequence[str] | None = None,
) -> Page[StoredEvent]:
    """The events of a space that pass the filter, newest first; `counted`: with how many there are. With these `columns`, or all."""
    where: list[ColumnElement[bool]] = []
    if wanted.type is not None:
        where.append(_c.type == wanted.type)
    if wanted.outcome:
        where.append(_c.outcome.in_([one.value for one in wanted.outcome]))
    if wanted.problem is not None:
        where.append(_has_problem(wanted.problem))
    if wanted.received_from is not None:
        where.append(_c.received_at >= wanted.received_from)
    where += _found_by(connection, space, wanted)
    return pages.newest_first(
        connection,
        events,
        "received_at",
        where,
        first,
        after,
        of_rows,
        until=wanted.received_to,
        counted=counted,
        columns=columns,
    )


def _found_by(connection: Connection, space: str, wanted: EventFilter) -> Iterable[ColumnElement[bool]]:
    """What is left of the filter: the index of one of these is taken, and the others are asked as values, which no index has."""
    asked = [
        (column, value)
        for column, value in (
            ("user_id", wanted.user_id),
            ("anonymous_id", wanted.anonymous_id),
            ("name", wanted.name),
        )
        if value is not None
    ]
    if wanted.message_id is not None and wanted.received_from is None:
        found = of_message(connection, space, wanted.message_id)
        yield and_(_c.id.in_(found), *days.near(connection, _c.received_at, found))
        asked.append(("space", space))
    elif wanted.message_id is not None:
        yield _c.message_id == wanted.message_id
    indexed = wanted.message_id is not None and wanted.received_from is None
    if not indexed and asked:
        column, value = asked.pop(0)
        yield and_(_c.space == space, _c[column] == value)
        indexed = True
    if not indexed and wanted.is_about_trouble:
        yield and_(_c.space == space, IS_TROUBLED)
        indexed = True
    if wanted.source_id is not None and not indexed:
        # One column, led by which there is an index: with both, SQLite reads the whole space for the events of a source.
        yield _c.source_id == wanted.source_id
    elif not indexed:
        yield _c.space == space
    elif wanted.source_id is not None:
        asked.append(("source_id", wanted.source_id))
    for column, value in asked:
        yield _c[column].concat("") == value


def _has_problem(code: str) -> ColumnElement[bool]:
    """Whether that is shown as its problem: why it is INVALID, else the first thing that could not be read of it."""
    first_doubt = _c.doubts.cast(_c.problem.type).startswith(f'[["{code}",', autoescape=True)
    return or_(_c.problem == code, and_(_c.problem.is_(None), first_doubt))


def of_message(connection: Connection, space: str, message_id: str) -> list[str]:
    """The ids of the events that came under a messageId to the sources of a space: of each source the last, and those that are INVALID."""
    there = connection.scalars(select(sources.c.id).where(sources.c.space == space)).all()
    parts = [
        select(keys.c.event_id).where(keys.c.source_id.in_(there), keys.c.message_id == message_id)
        for keys in (event_keys, invalid_keys)
    ]
    return list(connection.scalars(union(*parts))) if there else []


def of_people(
    connection: Connection,
    space: str,
    whose: Sequence[Identity],
    first: int,
    after: Cursor | None,
    *,
    counted: bool = True,
    columns: Sequence[str] | None = None,
) -> Page[StoredEvent]:
    """The events of a space that name one of these ids, newest first; of so many of the ids. The rest as `page`."""
    some = whose[:MOST_IDENTITIES]
    users = [value for kind, value in some if kind == USER_ID]
    devices = [value for kind, value in some if kind != USER_ID]
    places = (_c.user_id, users), (_c.anonymous_id, devices)
    parts = [and_(_c.space == space, column == value) for column, values in places for value in values]
    whole = or_(*(and_(_c.space == space, column.in_(values)) for column, values in places if values))
    if not parts:
        return Page([], has_next=False, total=0)
    return pages.newest_first(
        connection,
        events,
        "received_at",
        [],
        first,
        after,
        of_rows,
        legs=Legs(whole, parts),
        counted=counted,
        columns=columns,
    )


def more_than(connection: Connection, space: str, number: int) -> bool:
    """Whether a space has more events than that, without counting them all."""
    some = select(_c.id).where(_c.space == space).limit(number + 1)
    return (connection.scalar(select(func.count()).select_from(some.subquery())) or 0) > number
