"""A ledger of many Deliveries, as one that has grown: the oldest first, each in its day.

On PostgreSQL the days get their partitions, and the rows are led to them by COPY, in several streams; on SQLite a statement makes a piece
of them at a time. Either is as the tables are, with every index and trigger.
"""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway import ids
from gateway.deliveries import DeliveryStatus
from gateway.secrets import Secrets
from gateway.storage import deliveries, destinations, partitions
from gateway.storage.engine import Store
from gateway.storage.tables import deliveries as rows
from gateway.storage.tables.by_day import DAY_OF
from gateway.storage.types import to_number
from tests.factories import destination, new_delivery

APART = timedelta(milliseconds=100)
"""From one Delivery to the next."""
MAPPINGS = 4
EACH = 10
"""Deliveries of one recipient."""
PIECE = 50_000
"""Rows of one transaction."""
STREAMS = 2
_LINES = 500
_NAMES = [column.name for column in rows.columns]

_SURE = 4
"""After so many pieces it is believed how long the rest takes."""

Tell = Callable[[str], None]


class TooLongError(Exception):
    """It would take longer than it may; the message says how long."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """A store with so many Deliveries, the last of which was made at `newest`."""

    store: Store
    count: int
    newest: datetime

    def moment(self, number: int) -> datetime:
        """When the nth from the newest one was made."""
        return self.newest - number * APART


def phone(number: int) -> str:
    """Of the nth Delivery from the newest one."""
    return f"+1415{number // EACH:07}"


async def fill(
    store: Store,
    address: str,
    total: int,
    newest: datetime,
    tell: Tell = lambda _: None,
    within: float = math.inf,
) -> Ledger:
    """So many Deliveries in the empty store that is at that address. Raises TooLongError once it is seen that they are not there `within`
    so many seconds.
    """
    ledger = Ledger(store, total, newest)
    dialect = await store.write(lambda connection: _first(connection, newest))
    began, done = time.monotonic(), 0

    def one_more(piece: range) -> None:
        nonlocal done
        done += len(piece)
        passed = time.monotonic() - began
        rest = passed / done * (total - 1 - done)
        tell(f"{done:,} of {total - 1:,} Deliveries, the rest in {rest:.0f} s")
        if done >= _SURE * PIECE and passed + rest > within:
            raise TooLongError(
                f"{total:,} Deliveries would take {(passed + rest) / 60:.0f} minutes, and {within / 60:.0f} are given."
            )

    if dialect == "postgresql":
        await _make_days(ledger)
        pieces = _pieces(total)
        await asyncio.gather(*(_copy(ledger, address, pieces, one_more) for _ in range(STREAMS)))
    else:
        for piece in _pieces(total):
            await store.write(partial(_add_copies, piece=piece, newest=newest))
            one_more(piece)
    return ledger


def _pieces(total: int) -> Iterator[range]:
    """All but the first, the oldest of them first."""
    for last in range(total - 1, 0, -PIECE):
        yield range(last, max(0, last - PIECE), -1)


def _first(connection: Connection, newest: datetime) -> str:
    """The newest Delivery, as a text that waits for another try leaves it; on which engine that is."""
    destinations.add(connection, destination(), Secrets(["a key of no secret"]))
    deliveries.add(connection, [new_delivery(id="dlv_first", mapping_id="map_0", person_id="per_1")], newest)
    gates = (
        "ready",
        "fresh",
        "trusted",
        "fields",
        "recipient",
        "consent",
        "content",
        "sender",
        "window",
        "pace",
    )
    explanation = [{"gate": gate, "passed": True, "detail": f"{gate} is as it has to be"} for gate in gates]
    intent = {"method": "POST", "url": "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages.json"}
    form = [["To", phone(0)], ["From", "+15005550006"], ["Body", "Hello Ada, your order is on its way! " * 3]]
    shown: dict[str, Any] = {
        "explanation": explanation,
        "intent": {**intent, "form": form},
        "recipient": phone(0),
    }
    shown |= {"sender": "+15005550006", "message_sid": "SM0", "segments": 1, "attempt_count": 1}
    deliveries.change(connection, [{"id": "dlv_first", "status": DeliveryStatus.HELD, **shown}], newest)
    return connection.dialect.name


# -- PostgreSQL ---------------------------------------------------------------------------------------------------------


async def _make_days(ledger: Ledger) -> None:
    day = partitions.start_of_day(ledger.moment(ledger.count))
    while day <= ledger.newest:
        for table in DAY_OF:
            await ledger.store.write(partial(partitions.make, table=table, day=day))
        day += timedelta(days=1)


async def _copy(ledger: Ledger, address: str, pieces: Iterator[range], done: Callable[[range], None]) -> None:
    """Lead pieces there, until there are no more."""
    engine = create_async_engine(address, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            wire = (await connection.get_raw_connection()).driver_connection
            assert wire is not None
            line = _Line.of(await _as_text(wire))
            for piece in pieces:
                await wire.copy_to_table(rows.name, columns=_NAMES, source=_lines(line, ledger, piece))
                done(piece)
    finally:
        await engine.dispose()


async def _as_text(wire: Any) -> bytes:
    """The newest Delivery as COPY writes it."""
    said: list[bytes] = []

    async def keep(some: bytes) -> None:
        said.append(some)

    await wire.copy_from_query(
        f"SELECT {', '.join(_NAMES)} FROM {rows.name} WHERE id = 'dlv_first'", output=keep
    )
    return b"".join(said)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of COPY, in which what each row has of its own is left open."""

    text: str

    @classmethod
    def of(cls, first: bytes) -> "_Line":
        values = first.decode().removesuffix("\n").replace("%", "%%").split("\t")
        own = {
            "id": "dlv_%(key)032x",
            "event_id": "%(event)s%(rest)020x",
            "person_id": "per_%(person)d",
            "mapping_id": "map_%(mapping)d",
            "status": "%(status)s",
            "recipient": "%(recipient)s",
            "message_sid": "SM%(sid)032x",
            "created_at": "%(at)d",
        }
        return cls("\t".join(own.get(name, value) for name, value in zip(_NAMES, values, strict=True)) + "\n")

    def filled(self, ledger: Ledger, number: int, chance: random.Random) -> str:
        """That of the nth Delivery from the newest one."""
        at = ledger.moment(number)
        return self.text % {
            "key": chance.getrandbits(128),
            "event": ids.before("evt", at),
            "rest": chance.getrandbits(80),
            "person": number // EACH,
            "mapping": number % MAPPINGS,
            "status": "ACCEPTED" if number % MAPPINGS else "HELD",
            "recipient": phone(number),
            "sid": chance.getrandbits(128),
            "at": to_number(at),
        }


async def _lines(line: _Line, ledger: Ledger, piece: range) -> AsyncIterator[bytes]:
    chance = random.Random(piece.start)
    for start in range(0, len(piece), _LINES):
        some = piece[start : start + _LINES]
        yield "".join(line.filled(ledger, number, chance) for number in some).encode()


# -- SQLite -------------------------------------------------------------------------------------------------------------


def _add_copies(connection: Connection, piece: range, newest: datetime) -> None:
    """Add these rows, each made of the first one."""
    made = {
        "id": "'dlv_' || lower(hex(randomblob(16)))",
        "event_id": "'evt_' || lower(hex(randomblob(16)))",
        "person_id": f"'per_' || (series.n / {EACH})",
        "mapping_id": f"'map_' || (series.n % {MAPPINGS})",
        "status": f"CASE WHEN series.n % {MAPPINGS} = 0 THEN 'HELD' ELSE 'ACCEPTED' END",
        "recipient": f"printf('+1415%07d', series.n / {EACH})",
        "message_sid": "'SM' || lower(hex(randomblob(16)))",
        "created_at": f"{to_number(newest)} - series.n * {APART // timedelta(microseconds=1)}",
    }
    chosen = ", ".join(made.get(name, f"newest.{name}") for name in _NAMES)
    connection.exec_driver_sql(
        f"INSERT INTO deliveries ({', '.join(_NAMES)}) WITH RECURSIVE series(n) AS "
        f"(SELECT {piece.start} UNION ALL SELECT n - 1 FROM series WHERE n > {piece.stop + 1}) "
        f"SELECT {chosen} FROM series, deliveries newest WHERE newest.id = 'dlv_first'"
    )
