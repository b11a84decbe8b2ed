"""The benchmark of the ledger: what it fills, and what it makes of the figures."""

import random
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Connection, text

from gateway.deliveries import Delivery
from gateway.storage import delivery_lists
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import open_store
from gateway.storage.pages import Page
from tests.bench import ledger_fill
from tests.bench.ledger import (
    COMING,
    KINDS,
    Figures,
    coming_in,
    table,
    turns,
    verdicts,
)
from tests.bench.ledger_fill import APART, TooLongError, fill, phone
from tests.databases import database
from tests.factories import NOW


async def test_pages_of_every_kind_are_whole_and_in_their_order(anyio_backend: str, tmp_path: Path) -> None:
    addresses = [f"sqlite:///{tmp_path}/{name}.db" for name in ("few", "many")]
    stores = [await open_store(address) for address in addresses]
    few = await fill(stores[0], addresses[0], 400, NOW)
    many = await fill(stores[1], addresses[1], 500, NOW)

    found, wrong = await turns(few, many, "SQLite", 2, random.Random(1))
    page = await many.store.read(lambda c: delivery_lists.page(c, "default", 1, None, DeliveryFilter()))

    for store in stores:
        await store.close()
    assert wrong == []
    assert [(one.kind, len(one.few), len(one.many)) for one in found] == [(kind.name, 2, 2) for kind in KINDS]
    assert (page.total, page.items[0].recipient, page.items[0].created_at) == (500, phone(0), many.moment(0))


async def test_what_comes_in_meanwhile_is_newer_than_all_there_was(
    anyio_backend: str, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path}/one.db"
    store = await open_store(address)
    ledger = await fill(store, address, 400, NOW)

    async with coming_in(ledger):
        while True:
            page = await store.read(newest)
            if (page.total or 0) > 400:
                break

    await store.close()
    assert page.items[0].created_at == NOW + APART
    assert page.total == 400 + COMING


async def test_what_would_take_too_long_to_fill_is_given_up(
    anyio_backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_fill, "PIECE", 10)
    address = f"sqlite:///{tmp_path}/one.db"
    store = await open_store(address)
    told: list[str] = []

    with pytest.raises(TooLongError, match=r"^400 Deliveries would take \d+ minutes, and 0 are given\.$"):
        await fill(store, address, 400, NOW, told.append, within=0)

    page = await store.read(newest)
    await store.close()
    assert [one.split(",")[0] for one in told] == [f"{done} of 399 Deliveries" for done in (10, 20, 30, 40)]
    assert page.total == 41


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    with database("ledger", postgresql_server) as address:
        assert address is not None
        yield address


async def test_days_are_made_and_filled_by_copy(anyio_backend: str, postgresql: str) -> None:
    store = await open_store(postgresql)
    ledger = await fill(store, postgresql, 400, NOW)

    found, wrong = await turns(ledger, ledger, "PostgreSQL", 2, random.Random(1))
    rows = text(
        "SELECT tableoid::regclass::text, count(*), count(DISTINCT id), count(DISTINCT message_sid), count(DISTINCT recipient) "
        "FROM deliveries GROUP BY 1"
    )
    there = (await store.read(lambda c: c.execute(rows).all()))[0]
    page = await store.read(newest)

    await store.close()
    assert wrong == []
    assert len(found) == len(KINDS)
    assert tuple(there) == (f"deliveries_{NOW:%Y%m%d}", 400, 400, 400, 40)
    assert (page.total, page.items[0].recipient, page.items[0].created_at) == (400, phone(0), NOW)


def newest(connection: Connection) -> Page[Delivery]:
    return delivery_lists.page(connection, "default", 1, None, DeliveryFilter())


@pytest.mark.parametrize(("slowest", "met"), [(2.0, (True, True)), (2.1, (True, False))])
def test_the_slowest_pages_count_too(slowest: float, met: tuple[bool, bool]) -> None:
    one = Figures("SQLite", "the newest", [1.0] * 100, [1.0] * 98 + [slowest] * 2)

    assert tuple(verdict.met for verdict in verdicts(one)) == met


def test_the_table_says_what_was_missed() -> None:
    said = StringIO()

    Console(width=140, file=said).print(
        table([Figures("SQLite", "anywhere", [1.0] * 9, [3.0] * 9)], 50_000, 5_000_000, 9)
    )

    assert "3.00 / 3.00   MISS p50 ≤ 2x  MISS p99 ≤ 2x" in said.getvalue()
