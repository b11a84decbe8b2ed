"""A sender sends at its pace: what is beyond it waits in its lane, has its turn to the second, and is lost to nobody."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, select

from destinations.kit import Policy, Reason, SenderKind
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import settle, unsent_steps
from gateway.pipeline.pacer import LOOK_AFTER, Lane, Pacer
from gateway.storage import deliveries, jobs, leases, tables
from gateway.storage.engine import Store
from tests.factories import ANN, NOW, later, new_delivery
from tests.gateway.pacing import (
    CAMPAIGN,
    ORDER,
    deliver,
    held,
    in_line,
    opened,
    paced_jobs,
    run_for,
    take,
    texts,
    unsent_jobs,
)
from tests.gateway.paper import OURS, refused
from tests.gateway.world import World

S = DeliveryStatus


@pytest.fixture
async def world(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    """One text a second, of two mappings, on each engine."""
    made = await opened(store, database, clock)
    yield made
    await made.services.reader.close()


async def test_a_text_goes_at_once_and_those_after_it_at_the_second(world: World) -> None:
    await take(world, 4)

    sent = await run_for(world, 60)

    assert [at for at, _ in sent] == [pytest.approx(at, abs=1e-3) for at in (0, 1, 2, 3)]
    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED}
    assert world.pacer.wait() is None
    assert await unsent_jobs(world) == 0


async def test_what_waits_says_why_and_until_when_and_names_the_policy(world: World) -> None:
    await take(world, 2)
    await deliver(world)

    (one,) = await held(world)
    assert (one.status, one.sender, one.recipient, one.segments) == (S.HELD, OURS, ANN, 1)
    assert one.detail == f"{OURS} sends 1 segments a second; this text waits for its turn."
    assert "messagesPerSecond" in str(one.remedy)
    assert one.next_attempt_at == later(14_400)
    assert one.explanation[-1] == {"gate": "pace", "passed": False, "reason": "PACED", "detail": one.detail}
    assert one.attempt_count == 0
    assert len(world.requests) == 1


async def test_nothing_that_waits_is_looked_at_before_its_turn(world: World) -> None:
    await take(world, 3)
    await deliver(world)
    before = await world.store.read(lambda c: c.execute(select(tables.jobs)).all())

    world.clock.advance(0.9)

    assert world.pacer.wait() == pytest.approx(0.1, abs=1e-3)
    assert await world.deliver() == 0
    assert await world.store.read(lambda c: c.execute(select(tables.jobs)).all()) == before


async def test_a_campaign_never_keeps_another_mappings_text_waiting_for_more_than_its_turn(
    world: World,
) -> None:
    await take(world, 100, "Campaign")
    await run_for(world, 10)
    await take(world, 1, who="bob", phone="+12025550102")

    sent = await run_for(world, 3)

    assert "+12025550102" in [to for _, to in sent[:2]]
    assert len(sent) == 3


async def test_texts_of_one_mapping_go_in_the_order_of_their_events(world: World) -> None:
    await take(world, 30)
    await deliver(world)
    waiting = await in_line(world)
    assert len(waiting) == 29

    await run_for(world, 60)

    assert texts(world)[1:] == waiting


async def test_a_new_text_does_not_overtake_what_waits_even_where_the_pace_had_room(world: World) -> None:
    await take(world, 3)
    await deliver(world)
    world.clock.advance(30)
    await take(world, 1, who="bob", phone="+12025550102")
    (leased,) = await world.lease()

    await world.work_on([leased])

    assert len(world.requests) == 1
    assert [one.recipient for one in await held(world)] == [ANN, ANN, "+12025550102"]
    assert [to for _, to in await run_for(world, 60)] == [ANN, ANN, "+12025550102"]


async def test_a_pace_that_is_changed_counts_at_once(world: World) -> None:
    await take(world, 9)
    await deliver(world)
    assert len(await held(world)) == 8

    faster = Policy(messages_per_second={OURS: 100.0})
    await world.store.write(lambda c: c.execute(tables.destinations.update().values(policy=faster)))
    world.services.workspace.invalidate()
    world.clock.advance(0.08)
    await deliver(world)

    assert await held(world) == []
    assert len(world.requests) == 9


async def test_what_waits_is_known_after_a_restart_and_keeps_its_pace(world: World) -> None:
    await take(world, 5)
    await deliver(world)
    world.pacer = Pacer(world.services, world.outbox)

    sent = await run_for(world, 60)

    assert [at for at, _ in sent] == [pytest.approx(at, abs=1e-3) for at in (1, 2, 3, 4)]


async def test_what_was_let_go_before_a_restart_has_its_turn(world: World) -> None:
    await take(world, 2)
    await deliver(world)
    world.clock.advance(1)
    await world.pacer.let_go(100)
    world.pacer = Pacer(world.services, world.outbox)

    await deliver(world)

    assert len(world.requests) == 2
    assert await paced_jobs(world) == 0


async def test_what_another_process_let_wait_is_found_within_a_minute(world: World) -> None:
    other = Pacer(world.services, world.outbox)
    await other.let_go(100)
    await take(world, 2)
    await deliver(world)
    world.pacer = other

    world.clock.advance((LOOK_AFTER - timedelta(seconds=1)).total_seconds())
    assert await world.deliver() == 0
    world.clock.advance(1)
    assert await world.deliver() == 1

    assert len(world.requests) == 2


async def test_what_becomes_too_old_while_it_waits_expires_and_takes_no_turn(world: World) -> None:
    await world.store.write(lambda c: c.execute(tables.mappings.update().values(max_age_seconds=3)))
    world.services.workspace.invalidate()
    await take(world, 9)

    sent = await run_for(world, 60)

    assert len(sent) == 3
    ended = [one for one in await world.deliveries() if one.status is not S.ACCEPTED]
    assert [(one.status, one.reason) for one in ended] == [(S.EXPIRED, Reason.STALE_EVENT)] * 6
    assert await unsent_jobs(world) == 0


async def test_what_is_canceled_while_it_waits_leaves_its_turn_to_the_next(world: World) -> None:
    await take(world, 3)
    await deliver(world)
    first, second = await held(world)

    await settle.settle(
        world.services,
        lambda c: settle.apply(c, [unsent_steps.canceled_by_trigger(first.id)], world.clock.now()),
    )
    sent = await run_for(world, 60)

    assert len(sent) == 1
    now = {one.id: one.status for one in await world.deliveries()}
    assert (now[first.id], now[second.id]) == (S.CANCELED, S.ACCEPTED)
    assert await unsent_jobs(world) == 0


async def test_what_is_answered_too_fast_halves_the_pace_of_its_sender(world: World) -> None:
    world.provider.answers.append(refused(429, "20429", retry_after=30))
    await take(world, 4)

    sent = await run_for(world, 10)

    assert [at for at, _ in sent] == [pytest.approx(at, abs=1e-3) for at in (0, 2, 4, 6)]


async def test_a_mapping_that_is_gone_ends_what_waits_for_it(world: World) -> None:
    await take(world, 2)
    await deliver(world)

    def remove(connection: Connection) -> None:
        connection.execute(tables.mappings.delete().where(tables.mappings.c.id == ORDER))

    await world.store.write(remove)
    world.services.workspace.invalidate()
    await run_for(world, 5)

    assert {one.status for one in await world.deliveries()} == {S.ACCEPTED, S.REJECTED}
    assert await unsent_jobs(world) == 0


async def test_lanes_are_told_apart_by_all_that_they_are(world: World) -> None:
    one = Lane("dst_paper", "ALPHANUMERIC", 'A "b", ü', ORDER)  # type: ignore[arg-type]  # read as its kind

    assert Lane.of(one.key) == one
    assert one.key != one._replace(mapping_id=CAMPAIGN).key
    assert one.whose == ("dst_paper", 'A "b", ü')


async def backlog(world: World, texts: int) -> list[int]:
    """So many texts that wait by turns in the lanes of two mappings; the ids of their jobs in the order of their turns."""
    keys = [
        Lane("dst_paper", SenderKind.PHONE_NUMBER, OURS, mapping_id).key for mapping_id in (CAMPAIGN, ORDER)
    ]

    def store(connection: Connection) -> list[int]:
        connection.execute(tables.jobs.delete())
        connection.execute(tables.deliveries.delete())
        connection.execute(tables.delivery_tombstones.delete())
        new = [new_delivery(id=f"dlv_{at}", event_id=f"evt_{at}") for at in range(texts)]
        deliveries.add(connection, new, NOW)
        jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=one.id) for one in new], NOW)
        leased = leases.lease(connection, JobKind.DELIVER, texts, NOW, leases.LEASE)
        jobs.pace(connection, [(job, keys[at % 2], later(14_400)) for at, job in enumerate(leased)])
        return [job.id for job in leased]

    return await world.store.write(store)


async def test_the_pacers_own_work_does_not_grow_with_what_waits(world: World) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    await world.store.write(
        lambda c: c.execute(
            tables.destinations.update().values(policy=Policy(messages_per_second={OURS: 100.0}))
        )
    )
    world.services.workspace.invalidate()
    event.listen(Engine, "before_cursor_execute", note)
    counts: dict[int, list[int]] = {}
    for size in (500, 5_000):
        waiting = await backlog(world, size)
        world.pacer = Pacer(world.services, world.outbox)
        await world.pacer.let_go(0)  # finds out what waits
        world.clock.advance(10)
        begun, gone = world.clock.now(), 0
        for _ in range(4):
            asked.clear()
            await world.pacer.let_go(256)
            counts.setdefault(size, []).append(len(asked))
            went = select(tables.jobs.c.id).where(tables.jobs.c.kind == JobKind.DELIVER.value)
            ids = sorted(await world.store.read(lambda c, q=went: c.scalars(q).all()))  # type: ignore[misc]
            assert ids == waiting[: len(ids)]
            assert len(ids) > gone
            assert len(ids) <= 125 + 100 * (world.clock.now() - begun).total_seconds() + 1
            gone = len(ids)
            world.clock.advance(1)
    event.remove(Engine, "before_cursor_execute", note)

    assert counts[500] == counts[5_000]
    assert max(counts[5_000]) <= 5
