"""How far is read what people wrote lately: a row for each list that a job has yet to read to its end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from gateway.storage.rows import to_values
from gateway.storage.tables import recent_lists

OVERLAP = timedelta(minutes=5)
"""By how much a second reading goes back beyond where the first one began: the provider's list and its clock may lag."""

_held = recent_lists.c


@dataclass(frozen=True, slots=True)
class RecentList:
    """What was written to a `sender` since then. It was begun with the newest; `position` is where the next page begins, None: with the
    first. `pages` of it are read.
    """

    job_id: str
    sender: str
    since: datetime
    begun_at: datetime | None = None
    position: str | None = None
    pages: int = 0

    @property
    def key(self) -> tuple[str, datetime]:
        """Which one of its job it is."""
        return self.sender, self.since


def want(connection: Connection, job_id: str, senders: Iterable[str], since: datetime) -> None:
    """That job is to read what was written to these since then. Of a list that it reads already only what came after that began."""
    there: dict[str, list[RecentList]] = {}
    for one in of_job(connection, job_id):
        there.setdefault(one.sender, []).append(one)
    new = [
        {"job_id": job_id, "sender": sender, "since": begins, "pages": 0}
        for sender in dict.fromkeys(senders)
        if (begins := _begins(there.get(sender, ()), since)) is not None
    ]
    if new:
        connection.execute(insert(recent_lists), new)


def _begins(there: Sequence[RecentList], since: datetime) -> datetime | None:
    """From when on a list is still to be read; None where one that is yet to begin will have all of it."""
    begun = [one.begun_at for one in there if one.begun_at is not None]
    if len(begun) < len(there):
        return None
    begins = max([since, *(at - OVERLAP for at in begun)])
    return None if begins in {one.since for one in there} else begins


def of_job(connection: Connection, job_id: str) -> list[RecentList]:
    """What that job has yet to read, the list of which it read the fewest pages first: so the newest of all are read first."""
    query = select(recent_lists).where(_held.job_id == job_id)
    rows = connection.execute(query.order_by(_held.pages, _held.sender, _held.since)).all()
    return to_values(RecentList, rows)


def go_on(connection: Connection, one: RecentList, position: str, at: datetime) -> None:
    """A page of it is read, which was asked for then, and the next one begins at that position."""
    begun = one.begun_at or at
    values = {"position": position, "begun_at": begun, "pages": one.pages + 1}
    connection.execute(update(recent_lists).where(_is(one)).values(values))


def start_over(connection: Connection, one: RecentList) -> None:
    """Its next page is not there any more: it is read from its first page again, and what it has by then."""
    connection.execute(update(recent_lists).where(_is(one)).values(position=None, begun_at=None))


def end(connection: Connection, one: RecentList) -> None:
    """It is read to its end."""
    connection.execute(delete(recent_lists).where(_is(one)))


def drop(connection: Connection, job_id: str) -> None:
    """That job reads nothing more."""
    connection.execute(delete(recent_lists).where(_held.job_id == job_id))


def _is(one: RecentList) -> ColumnElement[bool]:
    return and_(_held.job_id == one.job_id, _held.sender == one.sender, _held.since == one.since)
