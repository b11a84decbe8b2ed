"""How far an import of consent is: a row for each job that imports, until it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.consent import ConsentSource
from gateway.storage import uploads
from gateway.storage.prepared import Ask, among
from gateway.storage.rows import to_value
from gateway.storage.tables import consent_history, consent_imports

_held, _history = consent_imports.c, consent_history.c
_IMPORTED = Ask(
    select(
        *(_history.phone, _history.channel, _history.sender, _history.status, _history.occurred_at),
        *(_history.evidence, _history.own_word),
    ).where(
        _history.space == bindparam("space"),
        _history.source == ConsentSource.IMPORT.value,
        among(_history.phone, "many"),
    ),
    *("space", "many"),
)


@dataclass(frozen=True, slots=True)
class ConsentImport:
    """What a job imports, and how far it is: so many `lines` of the upload are read, and so many `rows` of it dealt with. National numbers
    are those of `country`, as it was when it was asked for. It `applies` what it reads, or only counts it. `reading` is how the file is
    read (`consent_files.Reading`).
    """

    job_id: str
    upload_id: str
    actor: str
    country: str | None
    reading: Mapping[str, Any]
    applies: bool
    lines: int
    rows: int


def begin(connection: Connection, one: ConsentImport) -> None:
    """That job is to do so."""
    given = {name: getattr(one, name) for name in ConsentImport.__slots__}
    connection.execute(insert(consent_imports).values(given))


def of_job(connection: Connection, job_id: str) -> ConsentImport | None:
    """What that job imports."""
    row = connection.execute(select(consent_imports).where(_held.job_id == job_id)).one_or_none()
    return None if row is None else to_value(ConsentImport, row)


def go_on(connection: Connection, job_id: str, lines: int, rows: int) -> None:
    """So much of it is dealt with."""
    connection.execute(update(consent_imports).where(_held.job_id == job_id).values(lines=lines, rows=rows))


def end(connection: Connection, job_id: str) -> None:
    """Nothing is imported by that job any more. Of rows that were given with it nothing is kept."""
    one = of_job(connection, job_id)
    if one is None:
        return
    connection.execute(delete(consent_imports).where(_held.job_id == job_id))
    if one.reading["given"]:
        uploads.remove(connection, one.upload_id)


Imported = tuple[str, str, str | None, str, datetime, Mapping[str, Any] | None, bool]
"""The number, channel, sender, status, time and evidence of a word, and whether it is the person's own."""


def imported(connection: Connection, space: str, phones: Sequence[str]) -> Sequence[Imported]:
    """Every word that an import kept for these numbers."""
    return _IMPORTED.rows(connection, space, phones) if phones else ()  # type: ignore[return-value]  # as it is selected
