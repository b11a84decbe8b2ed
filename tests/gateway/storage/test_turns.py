"""What one process at a time does for all: one suite over every engine."""

from gateway.storage import turns
from gateway.storage.engine import Store
from tests.factories import later


async def take(store: Store, holder: str, *, at: float, until: float) -> bool:
    return await store.write(lambda c: turns.take(c, "pacer", holder, later(at), later(until)))


async def test_one_has_the_turn_and_no_other_until_it_is_over(store: Store) -> None:
    assert await take(store, "one", at=0, until=15)
    assert not await take(store, "two", at=14, until=29)
    assert await take(store, "two", at=15, until=30)
    assert not await take(store, "one", at=15, until=30)


async def test_whoever_has_it_keeps_it_by_saying_so(store: Store) -> None:
    assert await take(store, "one", at=0, until=15)
    assert await take(store, "one", at=10, until=25)
    assert not await take(store, "two", at=20, until=35)


async def test_what_is_given_back_is_anothers_at_once(store: Store) -> None:
    await take(store, "one", at=0, until=15)

    await store.write(lambda c: turns.give_back(c, "pacer", "two"))
    assert not await take(store, "two", at=1, until=16)
    await store.write(lambda c: turns.give_back(c, "pacer", "one"))

    assert await take(store, "two", at=1, until=16)


async def test_each_thing_to_do_has_its_own_turn(store: Store) -> None:
    await take(store, "one", at=0, until=15)

    assert await store.write(lambda c: turns.take(c, "other", "two", later(0), later(15)))
