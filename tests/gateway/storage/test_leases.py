"""Which jobs may be leased while others are: one suite over every engine."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from gateway.jobs import Job, JobKind, NewJob
from gateway.storage import jobs, leases
from gateway.storage.engine import Store
from gateway.storage.leases import LANES_AT_ONCE
from tests.factories import NOW, later

LEASE = timedelta(seconds=30)


async def put(store: Store, *lanes: int | None, source: str = "src_1", first: int = 0) -> None:
    new = [
        NewJob(JobKind.MATCH, b"%d" % number, source, lanes=one) for number, one in enumerate(lanes, first)
    ]
    await store.write(lambda c: jobs.enqueue(c, new, NOW))


async def take(store: Store, most: int = 100, *, at: float = 0, without: Sequence[str] = ()) -> list[Job]:
    return await store.write(
        lambda c: leases.lease_by_turns(c, JobKind.MATCH, most, later(at), LEASE, frozenset(without))
    )


def numbers(taken: Sequence[Job]) -> list[int]:
    return [int(job.payload) for job in taken]


async def test_what_shares_a_lane_with_something_leased_waits_for_it(store: Store) -> None:
    await put(store, 1, 1, 2, 1)

    mine = await take(store, 2)
    others = await take(store)
    await store.write(lambda c: jobs.ack(c, mine))

    assert (numbers(mine), numbers(others)) == ([0, 1], [2])
    assert numbers(await take(store)) == [3]


async def test_what_waits_blocks_what_comes_after_it(store: Store) -> None:
    await put(store, 1, 1 | 2, 2, 4)

    assert numbers(await take(store, 1)) == [0]
    assert numbers(await take(store)) == [3]


async def test_what_was_put_without_lanes_is_of_all_of_them(store: Store) -> None:
    await put(store, 1, None, 2)

    assert numbers(await take(store, 1)) == [0]
    assert await take(store) == []


async def test_another_source_waits_for_nothing(store: Store) -> None:
    await put(store, 1)
    await put(store, 1, source="src_2")

    assert [job.subject for job in await take(store, 1)] == ["src_1"]
    assert [job.subject for job in await take(store, 1)] == ["src_2"]


async def test_a_worker_that_has_enough_to_do_leaves_lanes_to_others(store: Store) -> None:
    await put(store, *(1 << number % 8 for number in range(16)))

    assert numbers(await take(store, 8)) == [0, 1, 2, 3, 8, 9, 10, 11]
    assert numbers(await take(store, 8)) == [4, 5, 6, 7, 12, 13, 14, 15]


async def test_where_few_lanes_are_not_enough_it_takes_what_is_next_whatever_lanes_that_has(
    store: Store,
) -> None:
    await put(store, 0b111111, 1 << 10, 0b11, 1)

    assert LANES_AT_ONCE < 6
    assert numbers(await take(store, 4)) == [0, 1, 2, 3]


async def test_what_waits_for_others_keeps_nobody_from_being_found(store: Store) -> None:
    await put(store, *([1] * 200), 2)

    assert numbers(await take(store, 1)) == [0]
    assert numbers(await take(store, 1)) == [200]


async def test_a_lease_that_ran_out_blocks_nobody(store: Store) -> None:
    await put(store, 1, 1)
    await take(store, 1)

    assert await take(store, at=29) == []
    assert numbers(await take(store, at=30)) == [0, 1]


async def deliver(store: Store, *people: str | None) -> None:
    new = [
        NewJob(JobKind.DELIVER, b"%d" % number, f"dlv_{number}", person=one)
        for number, one in enumerate(people)
    ]
    await store.write(lambda c: jobs.enqueue(c, new, NOW))


async def due(store: Store, most: int = 100, *, at: float = 0) -> list[Job]:
    return await store.write(
        lambda c: leases.lease(c, JobKind.DELIVER, most, later(at), LEASE, one_of_a_person=True)
    )


@pytest.fixture
def several(store: Store) -> bool:
    """Whether several workers may be at work."""
    return type(store).__name__ == "PostgresStore"


async def test_of_a_person_one_text_at_a_time_is_worked_on(store: Store, several: bool) -> None:
    await deliver(store, "ann", "ann", "bob", None, None)

    first = await due(store)
    second = await due(store)
    await store.write(lambda c: jobs.ack(c, first))

    assert numbers(first) == ([0, 2, 3, 4] if several else [0, 1, 2, 3, 4])
    assert second == []
    assert numbers(await due(store)) == ([1] if several else [])


async def test_a_text_that_waits_for_later_keeps_nobody_waiting(store: Store, several: bool) -> None:
    await deliver(store, "ann", "ann")
    (held, *_) = await due(store, 1)
    await store.write(lambda c: jobs.retry_at(c, [(held, later(3600))]))

    assert numbers(await due(store)) == [1]


async def test_a_text_that_is_due_at_once_is_overtaken_by_no_clock(store: Store, several: bool) -> None:
    await deliver(store, "ann", "ann")
    (again, *_) = await due(store, 1)
    await store.write(lambda c: jobs.retry_at(c, [(again, later(0.5))]))

    assert numbers(await due(store)) == ([] if several else [1])
    assert numbers(await due(store, at=0.5)) == [0]


async def test_two_who_turn_out_to_be_one_have_one_order(store: Store, several: bool) -> None:
    await deliver(store, "ann", "annie")
    await store.write(lambda c: jobs.move(c, [("annie", "ann")]))

    assert numbers(await due(store)) == ([0] if several else [0, 1])


async def test_what_was_leased_while_an_earlier_text_waited_is_behind_it_once_that_may_go(
    store: Store, several: bool
) -> None:
    await deliver(store, "ann", "ann", None)
    (paced,) = await due(store, 1)
    await store.write(lambda c: jobs.pace(c, [(paced, "lane", later(3600))]))
    others = await due(store)

    before = await store.read(lambda c: leases.behind(c, others, NOW))
    await store.write(lambda c: jobs.let_go(c, [paced.id], NOW))
    after = await store.read(lambda c: leases.behind(c, others, NOW))

    assert numbers(others) == [1, 2]
    assert (before, after) == (set(), {others[0].id} if several else set())


async def let_go(store: Store, *people: str) -> list[Job]:
    """Texts that waited for their sender, and may go now."""
    await deliver(store, *people)
    paced = await store.write(lambda c: leases.lease(c, JobKind.DELIVER, 100, NOW, LEASE))
    await store.write(lambda c: jobs.pace(c, [(one, "lane", later(3600)) for one in paced]))
    await store.write(lambda c: jobs.let_go(c, [one.id for one in paced], NOW))
    return paced


@pytest.mark.parametrize(("seconds", "has_it"), [(4.9, True), (5, False)])
async def test_a_turn_lasts_for_a_moment_where_several_send(
    store: Store, several: bool, seconds: float, has_it: bool
) -> None:
    await let_go(store, "ann")

    (mine,) = await due(store, at=seconds)

    assert mine.lane == ("lane" if has_it or not several else None)


async def test_a_text_that_has_its_turn_still_waits_for_one_before_it_that_has_none_any_more(
    store: Store, several: bool
) -> None:
    first, _second = await let_go(store, "ann", "ann")
    (again, *_) = await due(store, 1, at=1)
    await store.write(lambda c: jobs.pace(c, [(again, "lane", later(3600))]))

    assert numbers(await due(store, at=1)) == ([] if several else [1])

    await store.write(lambda c: jobs.let_go(c, [first.id], later(1)))
    assert numbers(await due(store, at=1)) == [0]


async def test_a_turn_that_was_not_used_within_a_lease_is_over(store: Store) -> None:
    await deliver(store, "ann")
    (paced,) = await due(store)
    await store.write(lambda c: jobs.pace(c, [(paced, "lane", later(3600))]))
    await store.write(lambda c: jobs.let_go(c, [paced.id], NOW))

    (mine,) = await due(store)
    (theirs,) = await due(store, at=30)
    await store.write(lambda c: leases.give_back(c, [theirs]))
    (again,) = await due(store, at=31)

    assert (mine.lane, theirs.lane, again.lane) == ("lane", None, None)


async def test_what_waits_for_its_turn_keeps_its_place_when_two_turn_out_to_be_one(
    store: Store, several: bool
) -> None:
    await deliver(store, "annie", "ann")
    (paced,) = await due(store, 1)
    await store.write(lambda c: jobs.pace(c, [(paced, "lane", later(3600))]))
    await store.write(lambda c: jobs.move(c, [("annie", "ann")]))
    await store.write(lambda c: jobs.let_go(c, [paced.id], NOW))

    assert numbers(await due(store)) == ([0] if several else [0, 1])


async def test_what_another_took_over_is_extended_for_nobody(store: Store) -> None:
    await put(store, 1)
    (mine,) = await take(store)
    (theirs,) = await take(store, at=30)

    await store.write(lambda c: leases.extend(c, [mine], later(90)))

    assert await take(store, at=59) == []
    assert numbers(await take(store, at=60)) == [0]
    assert (mine.tries, theirs.tries) == (1, 2)


WORKERS = ("one", "two", "three")


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_is_leased_before_what_it_waits_for(store: Store, seed: int) -> None:
    """Some workers take, end and lose jobs as it happens; what each is given is held against everything that was there."""
    random = Random(seed)
    there: dict[int, int] = {}
    held: dict[str, list[Job]] = {worker: [] for worker in WORKERS}
    last, at = 0, 0.0
    for _ in range(60):
        worker = random.choice(WORKERS)
        action = random.choice(("put", "take", "take", "end", "die"))
        if action == "put":
            new = [random.choice((1, 2, 4, 8, 16, 3, 12, 129)) for _ in range(random.randint(1, 4))]
            await put(store, *new, first=last)
            there |= dict(enumerate(new, last))
            last += len(new)
        elif action == "take" and not held[worker]:
            held[worker] = await take(store, random.randint(1, 6), at=at)
            mine = set(numbers(held[worker]))
            for number in mine:
                before = {one for one in there if one < number and there[one] & there[number]}
                assert before <= mine
        elif action == "end":
            await _end(store, held.pop(worker), there)
            held[worker] = []
        elif action == "die":
            at += 30
            held[worker] = []
            alive = [job for whose in held.values() for job in whose]
            await store.write(partial(leases.extend, held=alive, until=later(at + 30)))
    for whose in held.values():
        await _end(store, whose, there)
    left: list[int] = []
    while taken := await take(store, at=at + 30):
        left += numbers(taken)
        await _end(store, taken, {})
    assert sorted(left) == sorted(there)


async def _end(store: Store, done: Sequence[Job], there: dict[int, int]) -> None:
    await store.write(partial(jobs.ack, done=done))
    for number in numbers(done):
        there.pop(number, None)
