"""Idempotency keys in the ledger."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.storage import idempotency
from gateway.storage.engine import Store
from gateway.storage.idempotency import REPEATABLE, Earlier
from tests.factories import NOW

ALMOST = NOW + REPEATABLE - timedelta(microseconds=1)


def claim(connection: Connection, space: str = "default", now: datetime = NOW) -> Earlier | None:
    return idempotency.claim(connection, space, "sourceCreate", "k", input_hash="h", now=now)


def make(connection: Connection) -> None:
    assert claim(connection) is None
    idempotency.remember(connection, "default", "sourceCreate", "k", "src_1", "sealed")


async def test_a_key_finds_what_it_made_in_its_space_for_a_day(store: Store) -> None:
    await store.write(make)

    assert await store.write(claim) == ("h", "src_1", "sealed")
    assert await store.write(lambda c: claim(c, "other")) is None
    assert await store.write(lambda c: claim(c, now=ALMOST)) == ("h", "src_1", "sealed")


async def test_after_a_day_a_key_is_free_even_where_it_was_not_removed_yet(store: Store) -> None:
    await store.write(make)

    def again(connection: Connection) -> None:
        assert claim(connection, now=NOW + REPEATABLE) is None
        idempotency.remember(connection, "default", "sourceCreate", "k", "src_2")

    await store.write(again)

    assert await store.write(lambda c: claim(c, now=NOW + REPEATABLE)) == ("h", "src_2", None)


async def test_a_key_that_made_nothing_is_free_again(store: Store) -> None:
    def make_nothing(connection: Connection) -> None:
        assert claim(connection) is None
        idempotency.forget(connection, "default", "sourceCreate", "k")

    await store.write(make_nothing)

    assert await store.write(claim) is None
