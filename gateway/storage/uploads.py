"""Files that somebody uploaded, as text: kept for a day, in pieces of whole lines. Whoever reads one holds a piece at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, tuple_, update

from gateway import ids
from gateway.storage.prepared import Ask
from gateway.storage.rows import to_value
from gateway.storage.tables import upload_pieces, uploads

KEPT = timedelta(hours=24)
"""For how long a file is there."""

PIECE = 64 * 1024
"""From so many characters on a piece is full: it ends with the line that fills it."""

TOGETHER = 20
"""How many pieces are removed in one transaction."""

_held, _pieces = uploads.c, upload_pieces.c
_NEXT = Ask(
    select(_pieces.line, _pieces.text)
    .where(_pieces.upload_id == bindparam("upload"), _pieces.line >= bindparam("line"))
    .order_by(_pieces.line)
    .limit(1),
    *("upload", "line"),
)
_LAST = Ask(
    select(_pieces.line, _pieces.text)
    .where(_pieces.upload_id == bindparam("upload"), _pieces.line <= bindparam("line"))
    .order_by(_pieces.line.desc())
    .limit(1),
    *("upload", "line"),
)


@dataclass(frozen=True)
class Upload:
    """A file: how large it was, and how many lines of text it has."""

    id: str
    space: str
    bytes: int
    lines: int
    created_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When it is there no more."""
        return self.created_at + KEPT


@dataclass(slots=True)
class Cut:
    """Cuts a text that comes bit by bit into pieces of whole lines. `lines` is how many it has so far."""

    lines: int = 0
    _rest: str = ""

    @property
    def unfinished(self) -> int:
        """How long the line is that has no end yet."""
        return len(self._rest)

    def add(self, text: str) -> list[tuple[int, str]]:
        """The pieces that are full now: of each how many lines are before it, and its lines."""
        whole, end, rest = text.rpartition("\n")
        if not end:
            self._rest += text
            return []
        whole, self._rest = self._rest + whole + end, rest
        pieces: list[tuple[int, str]] = []
        start = 0
        while start < len(whole):
            stop = whole.find("\n", start + PIECE) + 1 or len(whole)
            piece = whole[start:stop]
            pieces.append((self.lines, piece))
            self.lines += piece.count("\n")
            start = stop
        return pieces

    def end(self) -> list[tuple[int, str]]:
        """What is left: a last line without an end."""
        if not self._rest:
            return []
        last = [(self.lines, self._rest)]
        self.lines, self._rest = self.lines + 1, ""
        return last


def begin(connection: Connection, space: str, now: datetime) -> str:
    """The id of a file that is to come: nobody finds it before `complete`."""
    upload_id = ids.new("upl")
    given = {"id": upload_id, "space": space, "bytes": 0, "lines": 0, "complete": False, "created_at": now}
    connection.execute(insert(uploads).values(given))
    return upload_id


def add(connection: Connection, upload_id: str, pieces: list[tuple[int, str]], size: int) -> None:
    """Keep these pieces of it; so many bytes have come by now."""
    rows = [{"upload_id": upload_id, "line": line, "text": text} for line, text in pieces]
    if rows:
        connection.execute(insert(upload_pieces), rows)
    connection.execute(update(uploads).where(_held.id == upload_id).values(bytes=size))


def keep(connection: Connection, space: str, text: str, now: datetime) -> str:
    """The id of a file that is that text."""
    upload_id, cut = begin(connection, space, now), Cut()
    size = len(text.encode())
    add(connection, upload_id, [*cut.add(text), *cut.end()], size)
    complete(connection, upload_id, size, cut.lines)
    return upload_id


def complete(connection: Connection, upload_id: str, size: int, lines: int) -> None:
    """All of it is there: so many bytes came, and they are so many lines."""
    whole = {"bytes": size, "lines": lines, "complete": True}
    connection.execute(update(uploads).where(_held.id == upload_id).values(whole))


def get(connection: Connection, upload_id: str, now: datetime, *, holds: bool = False) -> Upload | None:
    """The file of that id, where all of it is there and it is still kept. `holds`: before this transaction ends nobody removes it."""
    query = select(uploads).where(
        _held.id == upload_id, _held.complete.is_(True), _held.created_at > now - KEPT
    )
    row = connection.execute(query.with_for_update(read=True) if holds else query).one_or_none()
    return None if row is None else to_value(Upload, row)


def bytes_of(connection: Connection, space: str) -> int:
    """How many bytes are kept of files of that space."""
    return int(connection.scalar(select(func.sum(_held.bytes)).where(_held.space == space)) or 0)


def lines(connection: Connection, upload_id: str, after: int) -> Iterator[str]:
    """The lines of it behind so many, each with its end but perhaps the last."""
    found = _LAST.rows(connection, upload_id, after)
    while found:
        [(line, text)] = found
        some = split(text)
        yield from some[max(0, after - line) :]
        found = _NEXT.rows(connection, upload_id, line + len(some))


def split(text: str) -> list[str]:
    """The lines of a text, each with its end but perhaps the last. They end at line feeds alone."""
    some = [f"{line}\n" for line in text.split("\n")]
    if some[-1] == "\n":
        return some[:-1]
    return [*some[:-1], some[-1][:-1]]


def remove(connection: Connection, upload_id: str) -> None:
    """It is there no more."""
    connection.execute(delete(uploads).where(_held.id == upload_id))


def forget(connection: Connection, before: datetime) -> tuple[int, bool]:
    """Remove some of what came before then: how many files are gone wholly, and whether there may be more."""
    old = _held.created_at <= before
    query = select(_pieces.upload_id, _pieces.line).join(uploads, _held.id == _pieces.upload_id).where(old)
    keys = [tuple(row) for row in connection.execute(query.limit(TOGETHER))]
    if keys:
        connection.execute(delete(upload_pieces).where(tuple_(_pieces.upload_id, _pieces.line).in_(keys)))
        return 0, True
    empty = ~exists().where(_pieces.upload_id == _held.id)
    return connection.execute(delete(uploads).where(old, empty)).rowcount, False
