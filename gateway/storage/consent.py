"""The history of consent: rows are added, never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, select, text, tuple_

from destinations.kit import Channel, ConsentStatus, StopReach, canonical
from gateway.consent import ConsentEntry, ConsentSource, ledger_channel
from gateway.secrets import Secrets
from gateway.storage import erased_refusals
from gateway.storage.locks import lock_numbers
from gateway.storage.pages import COUNTED, Cursor, Page
from gateway.storage.prepared import Ask, Rows, among
from gateway.storage.rows import to_values
from gateway.storage.tables import consent_history

_history = consent_history.c
_ADD = Rows(
    consent_history,
    *("space", "phone", "channel", "sender", "status", "service", "own_word", "reach", "source", "evidence"),
    *("occurred_at", "received_at"),
)
_ASKED = and_(_history.space == bindparam("space"), among(_history.phone, "many"))
_COUNTS = Ask(
    select(_history.phone, _history.channel, func.count().label("words"))
    .where(_ASKED)
    .group_by(_history.phone, _history.channel),
    *("space", "many"),
)


_ENTRY = ConsentEntry.__struct_fields__
"""The columns of a word, in the order in which it is made of them."""


def _deciding() -> Select[Any]:
    said = (_history.sender, _history.service, _history.status, _history.own_word, _history.reach)
    kinds = (_history.phone, _history.channel, *said, _history.source == ConsentSource.ADMIN.value)
    newest = (_history.occurred_at.desc(), _history.id.desc())
    place = func.row_number().over(partition_by=kinds, order_by=newest)
    words = func.count().over(partition_by=(_history.phone, _history.channel))
    every = select(consent_history, place.label("place"), words.label("words")).where(_ASKED).subquery()
    columns = (every.c[name] for name in (*_ENTRY, "words"))
    return select(*columns).where(every.c.place == 1).order_by(every.c.id)


_DECIDING = Ask(_deciding(), "space", "many")
_LOOK = text("ANALYZE consent_history")

_CHANNELS = {channel.value: channel for channel in Channel}
_CONSENT = {status.value: status for status in ConsentStatus}


def add(connection: Connection, entry: ConsentEntry) -> None:
    """Keep one word."""
    add_all(connection, [entry])


def add_all(connection: Connection, entries: Sequence[ConsentEntry]) -> None:
    """Keep these words, in their order."""
    if not entries:
        return
    lock_numbers(connection, ((entry.space, canonical(entry.phone)) for entry in entries))
    _ADD.insert(
        connection,
        [
            (
                entry.space,
                canonical(entry.phone),
                ledger_channel(entry.channel).value,
                entry.sender,
                entry.status.value,
                entry.service,
                entry.own_word,
                None if entry.reach is None else entry.reach.value,
                entry.source,
                entry.evidence,
                entry.occurred_at,
                entry.received_at,
            )
            for entry in entries
        ],
    )


def of_number(
    connection: Connection, space: str, phone: str, channel: Channel | None = None
) -> list[ConsentEntry]:
    """Every word for a number, in the order they were kept; of one channel where it is named."""
    query = select(consent_history).where(_is_about(space, phone, channel)).order_by(consent_history.c.id)
    return to_values(ConsentEntry, connection.execute(query).all())


def page(
    connection: Connection, space: str, phone: str, first: int, after: Cursor | None
) -> Page[tuple[str, ConsentEntry]]:
    """Every word for a number on any channel with an id of its own, the newest first by when it was said. A number has few."""
    about = select(consent_history).where(_is_about(space, phone, None))
    query = about
    if after is not None:
        query = query.where(tuple_(_history.occurred_at, _history.id) < (after.at, int(after.id[4:], 16)))
    query = query.order_by(_history.occurred_at.desc(), _history.id.desc()).limit(first + 1)
    rows = connection.execute(query).all()
    shown = rows[:first]
    some = about.with_only_columns(_history.id).limit(COUNTED + 1).subquery()
    counted = connection.scalar(select(func.count()).select_from(some)) or 0
    return Page(
        list(zip([f"wrd_{row.id:x}" for row in shown], to_values(ConsentEntry, shown), strict=True)),
        has_next=len(rows) > first,
        total=counted if counted <= COUNTED else None,
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What was said for one number: of every word those that can decide (`consent.state` makes the same of these few as of all),
    and how many words there are, by channel. While that number stays the same, nothing was said since.
    """

    deciding: Sequence[ConsentEntry] = ()
    counts: Mapping[Channel, int] = field(default_factory=dict)


def deciding(connection: Connection, secrets: Secrets, space: str, phones: Iterable[str]) -> dict[str, Said]:
    """What was said for each of these numbers, by key; of the words that can decide per channel the latest of each status, apart by
    whom it was said to, how far it reaches, and whether it is the person's own or an admin's. Before them stands what an erasure of
    the number left: it is no word of theirs any more, and not counted.
    """
    wanted = sorted({canonical(phone) for phone in phones})
    kept = erased_refusals.of(connection, secrets, space, wanted)
    found: dict[str, list[ConsentEntry]] = {phone: kept.get(phone, []) for phone in wanted}
    sums: dict[str, dict[Channel, int]] = {phone: {} for phone in wanted}
    for _space, phone, name, *said, words in _DECIDING.rows(connection, space, wanted) if wanted else ():
        channel = _CHANNELS[name]
        found[phone].append(_entry(space, phone, channel, *said))
        sums[phone][channel] = words
    return {phone: Said(found[phone], sums[phone]) for phone in wanted}


def _entry(
    space: str,
    phone: str,
    channel: Channel,
    sender: str | None,
    status: str,
    own_word: bool,
    source: str,
    evidence: Mapping[str, Any] | None,
    occurred_at: datetime,
    received_at: datetime,
    service: str | None,
    reach: str | None,
) -> ConsentEntry:
    return ConsentEntry(
        space,
        phone,
        channel,
        sender,
        _CONSENT[status],
        own_word,
        source,
        evidence,
        occurred_at,
        received_at,
        service,
        None if reach is None else StopReach(reach),
    )


def grew(connection: Connection) -> None:
    """Have PostgreSQL look how large the history is: a plan that it made while there was little reads all of it each time, until its own
    look at a table comes round. SQLite plans by its indexes alone.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOOK)


def counts(connection: Connection, space: str, phones: Iterable[str]) -> dict[tuple[str, Channel], int]:
    """How many words were given for each of these numbers on each channel; where there were none it is left out."""
    wanted = sorted(set(phones))
    rows = _COUNTS.rows(connection, space, wanted) if wanted else ()
    return {(phone, _CHANNELS[channel]): words for phone, channel, words in rows}


def _is_about(space: str, phone: str, channel: Channel | None) -> ColumnElement[bool]:
    """Of every channel where none is named."""
    history = consent_history.c
    about = and_(history.space == space, history.phone == canonical(phone))
    return about if channel is None else and_(about, history.channel == ledger_channel(channel).value)
