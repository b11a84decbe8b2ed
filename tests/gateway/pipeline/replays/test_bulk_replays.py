"""Many replays in the background, over both engines."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from destinations.kit import HttpRequest
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.errors import StoreUnavailable
from gateway.jobs import JobKind
from gateway.pipeline import bulk_replays, replays as module
from gateway.pipeline.replays import Refusal
from gateway.pipeline.worker import Worker
from gateway.storage import background_jobs, removal, replays, tables
from gateway.storage.delivery_lists import DeliveryFilter
from tests.factories import identify, track
from tests.gateway.paper import refused
from tests.gateway.replaying import accepted, replayed, stale
from tests.gateway.world import World

S = DeliveryStatus
RUNNING, PAUSED, DONE, FAILED = (
    BackgroundStatus.RUNNING,
    BackgroundStatus.PAUSED,
    BackgroundStatus.DONE,
    BackgroundStatus.FAILED,
)


DAY = 86_400.0


async def many(world: World, number: int) -> None:
    """So many people whose orders were too old."""
    for place in range(number):
        who = f"user-{place}"
        traits = {"phone": f"+1202555{place:04d}", "sms_opt_in": True}
        await world.take(
            identify(userId=who, messageId=f"i-{place}", traits=traits),
            track(userId=who, messageId=f"m-{place}"),
        )
    world.clock.advance(14_400)
    while await world.deliver():
        pass
    assert world.requests == []


async def start(world: World, key: str = "bulk", status: DeliveryStatus = S.SUPPRESSED) -> str:
    """The id of a new job that replays them all."""
    include = status is S.ACCEPTED
    job = BackgroundJob(
        id=background_jobs.new_id(),
        space="default",
        kind=BackgroundKind.REPLAY,
        status=RUNNING,
        total=0,
        done=0,
        failed=0,
        message=None,
        result=None,
        replay_key=key,
        include_accepted=include,
        created_at=world.clock.now(),
        finished_at=None,
    )

    def add(connection: Connection) -> None:
        wanted = DeliveryFilter(status=[status])
        total = replays.add(connection, job.id, "default", wanted, include_accepted=include, most=1_000)
        background_jobs.add(connection, replace(job, total=total))

    await world.store.write(add)
    return job.id


async def job_of(world: World, job_id: str) -> BackgroundJob:
    found = await world.store.read(lambda c: background_jobs.get(c, job_id))
    assert found is not None
    return found


async def left(world: World) -> int:
    count = select(func.count()).select_from(tables.replay_items)
    return await world.store.read(lambda c: c.scalar(count) or 0)


def shown(job: BackgroundJob) -> tuple[BackgroundStatus, int, int, int]:
    return job.status, job.total, job.done, job.failed


async def test_many_are_replayed_in_bounded_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_replays, "STEP", 3)
    await many(world, 7)
    job = await start(world)

    progress = []
    while await bulk_replays.step(world.services):
        progress.append((shown(await job_of(world, job)), await left(world)))
    await world.deliver()

    assert progress == [((RUNNING, 7, 3, 0), 4), ((RUNNING, 7, 6, 0), 1), ((DONE, 7, 7, 0), 0)]
    assert (await job_of(world, job)).finished_at == world.clock.now()
    assert sorted(dict(one.form)["To"] for one in world.requests) == [
        f"+1202555{place:04d}" for place in range(7)
    ]


async def test_its_result_counts_what_was_made_and_what_was_skipped_by_why_over_all_steps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_replays, "STEP", 2)
    await many(world, 5)
    job = await start(world)
    oldest, second, *_, newest = reversed(await world.deliveries())
    await replayed(world, oldest.id, "by hand")
    await replayed(world, newest.id, "by hand")
    await world.store.write(lambda c: removal.payloads(c, [second.event_id], world.clock.now()))

    results = [(await job_of(world, job)).result]
    while await bulk_replays.step(world.services):
        results.append((await job_of(world, job)).result)

    assert results == [
        None,
        {"made": 0, "skipped": {"GONE": 1, "SENT": 1}},
        {"made": 2, "skipped": {"GONE": 1, "SENT": 1}},
        {"made": 2, "skipped": {"GONE": 1, "SENT": 2}},
    ]


async def test_a_kill_between_or_in_a_step_loses_and_doubles_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_replays, "STEP", 2)
    await many(world, 7)
    job = await start(world)
    done = replays.done

    def killing(*_: Any) -> None:
        """By then everything of the step is written, and nothing is committed."""
        raise StoreUnavailable("The process that would commit is gone.")

    for _ in range(3):
        monkeypatch.setattr(replays, "done", killing)
        with pytest.raises(StoreUnavailable):
            await bulk_replays.step(world.services)
        monkeypatch.setattr(replays, "done", done)
        assert await bulk_replays.step(world.services)
    while await bulk_replays.step(world.services):
        pass
    await world.deliver()

    assert shown(await job_of(world, job)) == (DONE, 7, 7, 0)
    numbers = [dict(one.form)["To"] for one in world.requests]
    assert (len(numbers), len(set(numbers))) == (7, 7)


async def test_several_workers_share_a_job_and_double_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_replays, "STEP", 1)
    await many(world, 6)
    job = await start(world)

    while (await job_of(world, job)).status is RUNNING:
        await asyncio.gather(*(bulk_replays.step(world.services) for _ in range(3)))
    await world.deliver()

    assert shown(await job_of(world, job)) == (DONE, 6, 6, 0)
    assert len(world.requests) == 6


async def test_the_same_key_again_replays_nothing_twice(world: World) -> None:
    await many(world, 3)
    for _ in range(2):
        await start(world)
        while await bulk_replays.step(world.services):
            pass
        await world.deliver()

    assert len(world.requests) == 3


async def test_what_became_accepted_meanwhile_is_not_sent_again(world: World) -> None:
    await many(world, 2)
    job = await start(world)
    first = (await world.deliveries())[-1]
    await replayed(world, first.id, "by hand")

    while await bulk_replays.step(world.services):
        pass
    await world.deliver()

    ended = await job_of(world, job)
    assert shown(ended) == (DONE, 2, 1, 1)
    assert ended.result == {"made": 1, "skipped": {"SENT": 1}}
    assert (ended.message or "").startswith("The provider accepted the message of")
    assert len(world.requests) == 2


async def test_of_what_was_replayed_the_last_replay_counts(world: World) -> None:
    original = await stale(world)
    world.provider.answers = [refused(400)]
    failed = await replayed(world, original.id)

    def matching(connection: Connection, *statuses: DeliveryStatus) -> int:
        wanted = DeliveryFilter(status=statuses)
        return replays.count(connection, "default", wanted, include_accepted=False)

    assert failed.status is S.REJECTED
    assert await world.store.read(lambda c: matching(c, S.SUPPRESSED)) == 0
    assert await world.store.read(lambda c: matching(c, S.SUPPRESSED, S.REJECTED)) == 1


async def test_what_was_sent_once_more_is_counted_once(world: World) -> None:
    parent = await accepted(world)
    child = await replayed(world, parent.id, include=True)
    columns = tables.deliveries.c
    to_child = update(tables.deliveries).where(columns.id == child.id)
    await world.store.write(lambda c: c.execute(to_child.values(replay_of=None, fallback_of=parent.id)))

    job = await start(world, status=S.ACCEPTED)
    await bulk_replays.step(world.services)

    made = [one for one in await world.deliveries() if one.replay_of is not None]
    assert [one.replay_of for one in made] == [child.id]
    ended = await job_of(world, job)
    assert (ended.total, ended.done, ended.failed) == (1, 1, 0)


async def test_a_job_is_no_faster_than_what_is_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_replays, "STEP", 2)
    monkeypatch.setattr(bulk_replays, "MOST_AHEAD", 2)
    await many(world, 6)
    job = await start(world)

    went_on = [await bulk_replays.step(world.services) for _ in range(3)]
    await world.deliver()
    went_on += [await bulk_replays.step(world.services) for _ in range(2)]

    assert went_on == [True, False, False, True, False]
    assert (await job_of(world, job)).done == 4


async def test_a_paused_job_waits_and_one_behind_it_goes_on(world: World) -> None:
    await many(world, 2)
    first = await start(world)
    await world.store.write(lambda c: background_jobs.bring(c, first, PAUSED, PAUSED.comes_from))
    await bulk_replays.step(world.services)
    waiting = await job_of(world, first)

    await world.store.write(lambda c: background_jobs.bring(c, first, RUNNING, RUNNING.comes_from))
    await bulk_replays.step(world.services)

    assert (shown(waiting), await left(world)) == ((PAUSED, 2, 0, 0), 0)
    assert (await job_of(world, first)).done == 2


async def test_one_that_the_gateway_fails_on_costs_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(world, 3)
    job = await start(world)
    bad = (await world.deliveries())[1].id
    decide = module._Batch.one

    def failing(batch: Any, one: Delivery, key: str) -> str | Refusal:
        if one.id == bad:
            raise ValueError("a bug")
        return decide(batch, one, key)

    monkeypatch.setattr(module._Batch, "one", failing)
    await bulk_replays.step(world.services)
    await world.deliver()

    ended = await job_of(world, job)
    assert shown(ended) == (DONE, 3, 2, 1)
    assert ended.result == {"made": 2, "skipped": {"FAILURE": 1}}
    assert ended.message == f"The gateway itself failed to replay {bad}; the log has the cause."
    assert len(world.requests) == 2


async def test_a_job_that_the_gateway_fails_on_stops_and_can_be_resumed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(world, 2)
    job = await start(world)
    following = replays.following

    def failing(*_: Any) -> Any:
        raise ValueError("a bug")

    monkeypatch.setattr(replays, "following", failing)
    await bulk_replays.step(world.services)
    failed = await job_of(world, job)
    monkeypatch.setattr(replays, "following", following)
    await world.store.write(lambda c: background_jobs.bring(c, job, RUNNING, RUNNING.comes_from))
    await bulk_replays.step(world.services)

    assert shown(failed) == (FAILED, 2, 0, 0)
    assert f'jobResume(input: {{id: "{job}"}})' in (failed.message or "")
    assert shown(await job_of(world, job)) == (DONE, 2, 2, 0)
    assert len(await world.lease(JobKind.DELIVER)) == 2


async def test_a_worker_goes_on_with_it_by_itself(world: World) -> None:
    await many(world, 3)
    job = await start(world)
    third = asyncio.Event()

    def arrived(_request: HttpRequest) -> None:
        if len(world.provider.sids) == 2:
            third.set()

    world.provider.at_request = arrived
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        await third.wait()
    worker.stop()
    await running

    assert shown(await job_of(world, job)) == (DONE, 3, 3, 0)
    assert len(world.requests) == 3
