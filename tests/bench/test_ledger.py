"""The benchmark of the ledger: what it fills, and what it makes of the figures."""

import random
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Connection

from gateway.deliveries import Delivery
from gateway.storage import delivery_lists
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import open_store
from gateway.storage.pages import Page
from tests.bench.ledger import (
    APART,
    COMING,
    KINDS,
    NEWEST,
    Figures,
    coming_in,
    fill,
    phone,
    table,
    turns,
    verdicts,
)


async def test_pages_of_every_kind_are_whole_and_in_their_order(anyio_backend: str, tmp_path: Path) -> None:
    stores = [await open_store(f"sqlite:///{tmp_path}/{name}.db") for name in ("few", "many")]
    few, many = await fill(stores[0], 400), await fill(stores[1], 500)

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
    store = await open_store(f"sqlite:///{tmp_path}/one.db")
    ledger = await fill(store, 400)

    async with coming_in(ledger):
        while True:
            page = await store.read(newest)
            if (page.total or 0) > 400:
                break

    await store.close()
    assert page.items[0].created_at == NEWEST + APART
    assert page.total == 400 + COMING


def newest(connection: Connection) -> Page[Delivery]:
    return delivery_lists.page(connection, "default", 1, None, DeliveryFilter())


@pytest.mark.parametrize(("slowest", "met"), [(2.0, (True, True)), (2.1, (True, False))])
def test_the_slowest_pages_count_too(slowest: float, met: tuple[bool, bool]) -> None:
    one = Figures("SQLite", "the newest", [1.0] * 100, [1.0] * 98 + [slowest] * 2)

    assert tuple(verdict.met for verdict in verdicts(one)) == met


def test_the_table_says_what_was_missed() -> None:
    text = StringIO()

    Console(width=140, file=text).print(
        table([Figures("SQLite", "anywhere", [1.0] * 9, [3.0] * 9)], 50_000, 5_000_000, 9)
    )

    assert "3.00 / 3.00   MISS p50 ≤ 2x  MISS p99 ≤ 2x" in text.getvalue()
