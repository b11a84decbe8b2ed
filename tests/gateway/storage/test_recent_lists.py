"""What a job has yet to read of what people wrote: one suite over every engine."""

import pytest
from sqlalchemy import delete

from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.storage import background_jobs, recent_lists, tables
from gateway.storage.engine import Store
from gateway.storage.recent_lists import OVERLAP, RecentList
from tests.factories import later

ONE, OTHER = "+12025550101", "+12025550102"


@pytest.fixture(autouse=True)
async def job(store: Store) -> None:
    new = BackgroundJob.begun("job_1", "default", BackgroundKind.INBOUND_IMPORT, later(0), subject="dst_1")
    await store.write(lambda c: background_jobs.add(c, new))


async def want(store: Store, *senders: str, since: float) -> None:
    await store.write(lambda c: recent_lists.want(c, "job_1", senders, later(since)))


async def left(store: Store) -> list[RecentList]:
    return await store.read(lambda c: recent_lists.of_job(c, "job_1"))


async def go_on(store: Store, position: str, *, at: float) -> None:
    [row] = await left(store)
    await store.write(lambda c: recent_lists.go_on(c, row, position, later(at)))


async def test_each_list_is_wanted_once_until_it_is_begun(store: Store) -> None:
    await want(store, ONE, OTHER, ONE, since=0)
    await want(store, ONE, since=60)

    assert await left(store) == [
        RecentList("job_1", ONE, later(0)),
        RecentList("job_1", OTHER, later(0)),
    ]


async def test_of_a_list_that_is_begun_a_second_reading_has_what_came_after(store: Store) -> None:
    await want(store, ONE, since=0)
    [one] = await left(store)
    await store.write(lambda c: recent_lists.go_on(c, one, "/2", later(1000)))

    await want(store, ONE, since=60)
    await want(store, ONE, since=70)

    second = RecentList("job_1", ONE, later(1000) - OVERLAP)
    assert await left(store) == [second, RecentList("job_1", ONE, later(0), later(1000), "/2", 1)]


async def test_the_list_of_which_least_was_read_is_the_next(store: Store) -> None:
    await want(store, ONE, OTHER, since=0)
    one, _other = await left(store)

    await store.write(lambda c: recent_lists.go_on(c, one, "/2", later(10)))

    assert [(row.sender, row.pages) for row in await left(store)] == [(OTHER, 0), (ONE, 1)]


async def test_it_is_known_when_a_list_was_begun_until_it_starts_over(store: Store) -> None:
    await want(store, ONE, since=0)
    await go_on(store, "/2", at=10)
    await go_on(store, "/3", at=20)
    [row] = await left(store)

    await store.write(lambda c: recent_lists.start_over(c, row))

    assert row == RecentList("job_1", ONE, later(0), later(10), "/3", 2)
    assert await left(store) == [RecentList("job_1", ONE, later(0), None, None, 2)]


async def test_a_list_that_is_read_to_its_end_is_gone_and_no_other(store: Store) -> None:
    await want(store, ONE, OTHER, since=0)
    one, other = await left(store)

    await store.write(lambda c: recent_lists.end(c, one))

    assert await left(store) == [other]


async def test_they_go_with_their_job(store: Store) -> None:
    await want(store, ONE, OTHER, since=0)

    await store.write(lambda c: c.execute(delete(tables.background_jobs)))

    assert await left(store) == []
