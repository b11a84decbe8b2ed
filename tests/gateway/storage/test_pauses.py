"""Pauses in the ledger, and what they keep waiting."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection
from sqlalchemy.util import await_only

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind, NewJob
from gateway.secrets import Secrets
from gateway.storage import configuration, deliveries, destinations, jobs, leases, mappings, pauses, sources
from gateway.storage.engine import Store
from gateway.storage.pauses import OnHold
from gateway.workspace import Destination, Pause
from tests.factories import NOW, destination, later, mapping, new_delivery, source
from tests.gateway.postgresql import until_somebody_waits

SECRETS = Secrets(["a key of the tests' own"])
NIGHT = Pause(NOW, "ops", "The campaign was wrong.")
S = DeliveryStatus


@pytest.fixture
async def two(store: Store) -> Store:
    """A ledger with two destinations of one space, and one of another."""

    def fill(connection: Connection) -> None:
        for one in (
            destination(),
            destination(id="dst_card", name="Card"),
            destination(id="dst_else", space="else"),
        ):
            destinations.add(connection, one, SECRETS)

    await store.write(fill)
    return store


def hold(
    connection: Connection,
    delivery_id: str,
    *,
    of: str = "dst_paper",
    made: float = 0,
    until: float = 100,
    reason: Reason = Reason.PAUSED,
) -> None:
    """A delivery that waits until then at most."""
    deliveries.add(connection, [new_delivery(id=delivery_id, destination_id=of)], later(made))
    held = {"id": delivery_id, "status": S.HELD, "reason": reason, "next_attempt_at": later(until)}
    deliveries.change(connection, [held], later(made))
    jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=delivery_id)], later(made))
    [job] = leases.lease(connection, JobKind.DELIVER, 1, later(made), timedelta(seconds=9))
    jobs.retry_at(connection, [(job, later(until))])


async def due(store: Store, at: float) -> list[str | None]:
    """What is due then, in its order."""
    leased = await store.write(
        lambda c: leases.lease(c, JobKind.DELIVER, 100, later(at), timedelta(seconds=1))
    )
    return [job.subject for job in leased]


async def shown(store: Store, destination_id: str = "dst_paper") -> Destination:
    found = await store.read(lambda c: destinations.get(c, destination_id, SECRETS))
    assert found is not None
    return found


async def test_a_pause_is_kept_with_its_destination_until_it_is_resumed(two: Store) -> None:
    assert await two.write(lambda c: pauses.pause(c, "dst_paper", NIGHT))

    paused = await shown(two)
    assert (paused.pause, paused.space_pause, paused.paused) == (NIGHT, None, True)
    assert (await two.read(lambda c: destinations.standing(c, "dst_paper"))).paused
    assert not (await two.read(lambda c: destinations.standing(c, "dst_card"))).paused

    assert await two.write(lambda c: pauses.resume(c, "dst_paper"))

    assert await shown(two) == destination()
    assert not (await two.read(lambda c: destinations.standing(c, "dst_paper"))).paused


async def test_the_pause_of_a_space_is_that_of_its_destinations(two: Store) -> None:
    assert await two.write(lambda c: pauses.pause_space(c, "default", NIGHT))

    paused = [
        (one.id, one.pause, one.space_pause)
        for one in await two.read(lambda c: destinations.everything(c, SECRETS))
    ]
    stand = [
        await two.read(partial(destinations.standing, destination_id=one)) for one in ("dst_card", "dst_else")
    ]
    assert sorted(paused) == [("dst_card", None, NIGHT), ("dst_else", None, None), ("dst_paper", None, NIGHT)]
    assert [one.paused for one in stand] == [True, False]
    assert await two.read(lambda c: pauses.of_space(c, "default")) == NIGHT

    assert await two.write(lambda c: pauses.resume_space(c, "default"))

    assert await shown(two) == destination()
    assert await two.read(lambda c: pauses.of_space(c, "default")) is None


async def test_pausing_twice_and_resuming_what_is_not_paused_change_nothing(two: Store) -> None:
    other = Pause(later(5), "somebody else")
    before = await two.read(configuration.revision)
    assert not await two.write(lambda c: pauses.resume(c, "dst_paper"))
    assert not await two.write(lambda c: pauses.resume_space(c, "default"))
    assert await two.read(configuration.revision) == before

    await two.write(lambda c: pauses.pause(c, "dst_paper", NIGHT))
    await two.write(lambda c: pauses.pause_space(c, "default", NIGHT))
    paused = await two.read(configuration.revision)
    assert not await two.write(lambda c: pauses.pause(c, "dst_paper", other))
    assert not await two.write(lambda c: pauses.pause_space(c, "default", other))

    assert paused == before + 2
    assert await two.read(configuration.revision) == paused
    assert (await shown(two)).pause == NIGHT
    assert await two.read(lambda c: pauses.of_space(c, "default")) == NIGHT


async def test_what_waits_is_counted_with_what_is_too_old_and_with_the_oldest(two: Store) -> None:
    def fill(connection: Connection) -> None:
        hold(connection, "dlv_1", made=1, until=50)
        hold(connection, "dlv_2", made=2, until=100)
        hold(connection, "dlv_3", of="dst_card", made=3, until=10)
        hold(connection, "dlv_4", reason=Reason.ACCOUNT_NOT_VERIFIED)

    await two.write(fill)

    assert await two.read(lambda c: pauses.waiting(c, ["dst_paper"], later(60))) == OnHold(2, 1, later(1))
    assert await two.read(lambda c: pauses.waiting(c, ["dst_card", "dst_paper"], later(60))) == OnHold(
        3, 2, later(1)
    )
    assert await two.read(lambda c: pauses.waiting(c, ["dst_else"], later(60))) == OnHold(0, 0, None)
    assert await two.read(lambda c: pauses.waiting(c, [], later(60))) == OnHold(0, 0, None)


async def test_what_waits_is_due_only_to_expire_until_it_is_resumed_and_then_the_oldest_first(
    two: Store,
) -> None:
    def fill(connection: Connection) -> None:
        pauses.pause(connection, "dst_paper", NIGHT)
        hold(connection, "dlv_1", made=1, until=90)
        hold(connection, "dlv_2", made=2, until=80)
        hold(connection, "dlv_3", of="dst_card", made=3, until=90)
        hold(connection, "dlv_4", made=4, until=90, reason=Reason.ACCOUNT_NOT_VERIFIED)
        hold(connection, "dlv_5", made=5, until=70)

    await two.write(fill)
    assert await due(two, 60) == []

    await two.write(lambda c: jobs.enqueue(c, [NewJob(JobKind.DELIVER, subject="dlv_new")], later(55)))
    await two.write(lambda c: pauses.resume(c, "dst_paper"))

    assert await due(two, 60) == ["dlv_1", "dlv_2", "dlv_5", "dlv_new"]


async def test_what_is_worked_on_is_not_woken(two: Store) -> None:
    def fill(connection: Connection) -> None:
        pauses.pause(connection, "dst_paper", NIGHT)
        hold(connection, "dlv_1", until=50)
        leases.lease(connection, JobKind.DELIVER, 1, later(50), timedelta(seconds=60))

    await two.write(fill)

    await two.write(lambda c: pauses.resume(c, "dst_paper"))

    assert await due(two, 60) == []


async def test_who_is_paused_twice_goes_on_when_both_pauses_are_over(two: Store) -> None:
    def fill(connection: Connection) -> None:
        pauses.pause(connection, "dst_paper", NIGHT)
        pauses.pause_space(connection, "default", NIGHT)
        hold(connection, "dlv_1")
        hold(connection, "dlv_2", of="dst_card")

    await two.write(fill)

    assert await two.read(lambda c: pauses.going_on(c, "default")) == ["dst_card"]
    await two.write(lambda c: pauses.resume_space(c, "default"))
    assert await due(two, 10) == ["dlv_2"]

    await two.write(lambda c: pauses.pause_space(c, "default", NIGHT))
    await two.write(lambda c: pauses.resume(c, "dst_paper"))
    assert await due(two, 11.5) == ["dlv_2"]

    await two.write(lambda c: pauses.resume_space(c, "default"))
    assert set(await due(two, 13)) == {"dlv_1", "dlv_2"}


@pytest.mark.parametrize("whole_space", [False, True], ids=["destination", "space"])
async def test_nothing_is_held_for_a_pause_that_ends_in_the_same_moment(
    postgresql_store: Store, *, whole_space: bool
) -> None:
    """Who is about to hold locks the destination: the one that resumes it waits, and wakes what was held."""
    locked, free = asyncio.Event(), asyncio.Event()

    def begin(connection: Connection) -> None:
        destinations.add(connection, destination(), SECRETS)
        pauses.pause(connection, "dst_paper", NIGHT)
        if whole_space:
            pauses.pause_space(connection, "default", NIGHT)
            pauses.resume(connection, "dst_paper")

    def hold_it(connection: Connection) -> None:
        assert destinations.standing(connection, "dst_paper", for_update=True).paused
        locked.set()
        await_only(free.wait())
        hold(connection, "dlv_1")

    def resume(connection: Connection) -> None:
        if whole_space:
            pauses.resume_space(connection, "default")
        else:
            pauses.resume(connection, "dst_paper")

    await postgresql_store.write(begin)
    holding = asyncio.create_task(postgresql_store.write(hold_it))
    await asyncio.wait_for(locked.wait(), 10)
    resuming = asyncio.create_task(postgresql_store.write(resume))
    await until_somebody_waits(postgresql_store)
    free.set()
    await asyncio.gather(holding, resuming)

    assert await due(postgresql_store, 10) == ["dlv_1"]


async def test_every_change_of_what_is_configured_is_a_new_revision(store: Store) -> None:
    changes: tuple[Callable[[Connection], object], ...] = (
        lambda c: sources.add(c, source()),
        lambda c: sources.save(c, source(enabled=False)),
        lambda c: destinations.add(c, destination(), SECRETS),
        lambda c: sources.connect(c, "src_server", "dst_paper"),
        lambda c: sources.disconnect(c, "src_server", "dst_paper"),
        lambda c: mappings.add(c, mapping()),
        lambda c: destinations.save(c, destination(name="Card"), SECRETS),
        lambda c: destinations.set_verification(c, "dst_paper", destination().status, {}, NOW),
        lambda c: destinations.set_standing(c, "dst_paper", destinations.standing(c, "dst_paper"), NOW),
    )
    assert await store.read(configuration.revision) == 0

    for number, change in enumerate(changes, start=1):
        await store.write(change)

        assert await store.read(configuration.revision) == number
