"""What owners are told, as it is kept on both engines; and who sends it, where several workers do."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from gateway.jobs import Job, JobKind
from gateway.pipeline import telling
from gateway.settings import Settings
from gateway.storage import jobs, leases, retention, webhook_deliveries
from gateway.storage.engine import Store
from gateway.storage.webhook_deliveries import Attempted, WebhookDelivery
from tests.factories import NOW, later


def one_of(destination: str = "dst_1", about: str = "dlv_1", at: datetime = NOW) -> WebhookDelivery:
    return telling.new("delivery.sent", "default", destination, about, '{"a": "ü"}', at)


async def add(store: Store, *some: WebhookDelivery) -> None:
    await store.write(lambda c: webhook_deliveries.add(c, some, NOW))


async def take(
    store: Store, most: int = 16, without: frozenset[str] = frozenset(), at: float = 0
) -> list[Job]:
    return await store.write(
        lambda c: leases.lease_by_turns(c, JobKind.WEBHOOK, most, later(at), leases.LEASE, without)
    )


async def get(store: Store, key: str) -> WebhookDelivery:
    found = await store.read(lambda c: webhook_deliveries.get(c, key))
    assert found is not None
    return found


def named(taken: list[Job]) -> list[str]:
    return [job.payload.decode() for job in taken]


async def test_what_is_kept_is_read_as_it_was(store: Store) -> None:
    one = replace(one_of(), passed_on=True, url="https://owner.example/?to=%2B1")

    await add(store, one)
    await add(store, one)

    assert await get(store, one.id) == one
    assert await store.read(lambda c: webhook_deliveries.by_ids(c, [one.id, "whd_0"])) == {one.id: one}
    assert named(await take(store)) == [one.id]


async def test_of_one_delivery_two_workers_have_nothing_at_the_same_time(store: Store) -> None:
    first, second = one_of(about="dlv_1"), one_of(about="dlv_1")
    await add(store, first)
    await add(store, second)

    mine = await take(store, most=1)

    assert named(mine) == [first.id]
    assert await take(store) == []
    await store.write(lambda c: jobs.ack(c, mine))
    assert named(await take(store)) == [second.id]


async def test_of_one_receiver_eight_lanes_are_under_way_and_others_have_their_turn(store: Store) -> None:
    many = [one_of(about=f"dlv_{number}") for number in range(64)]
    await add(store, *many, one_of("dst_2"))
    taken: list[Job] = []

    while some := await take(store, most=1):
        taken += some

    assert sorted(job.subject or "" for job in taken) == [*["dst_1"] * 8, "dst_2"]


async def test_a_receiver_that_is_busy_is_passed_over(store: Store) -> None:
    await add(store, *(one_of(about=f"dlv_{number}") for number in range(30)), one_of("dst_2"))

    taken = await take(store, without=frozenset({"dst_1"}))

    assert [job.subject for job in taken] == ["dst_2"]


async def test_what_came_of_attempts_is_kept_and_the_jobs_are_settled(store: Store) -> None:
    some = [one_of(about=f"dlv_{number}", at=later(number)) for number in range(3)]
    await add(store, *some)
    held = {job.payload.decode(): job for job in await take(store)}
    came = [
        Attempted(held[some[0].id], some[0].id, "https://a/", 200, "200 OK", delivered=True, again_at=None),
        Attempted(
            held[some[1].id], some[1].id, "https://a/", None, "No answer", delivered=False, again_at=later(5)
        ),
        Attempted(
            held[some[2].id], some[2].id, "https://a/", 410, "410 Gone", delivered=False, again_at=None
        ),
    ]

    await store.write(lambda c: webhook_deliveries.record(c, came, later(1)))

    after = [await get(store, one.id) for one in some]
    assert [
        (one.attempts, one.last_status, one.dead, one.next_attempt_at, one.delivered_at) for one in after
    ] == [
        (1, 200, False, None, later(1)),
        (1, None, False, later(5), None),
        (1, 410, True, None, None),
    ]
    assert await take(store, at=4) == []
    assert named(await take(store, at=5)) == [some[1].id]
    dead = await store.read(lambda c: webhook_deliveries.page(c, "default", 9, None, dead=True))
    assert [one.id for one in dead.items] == [some[2].id]


async def test_what_was_tried_often_is_still_leased_beside_others(store: Store) -> None:
    often, other = one_of(), one_of("dst_2")
    await add(store, often)
    for number in range(5):
        (job,) = await take(store, at=number)
        again = [(job, later(number + 1))]
        await store.write(lambda c, again=again: jobs.retry_at(c, again))  # type: ignore[misc]  # a default binds it
    await add(store, other)

    assert sorted(named(await take(store, at=5))) == sorted([often.id, other.id])


async def test_it_is_forgotten_with_the_texts(store: Store) -> None:
    old, young = one_of(at=later(-31 * 86_400)), one_of(at=later(-29 * 86_400))
    await add(store, old, young)

    await retention.forget(store, Settings(), NOW)

    assert await store.read(lambda c: webhook_deliveries.by_ids(c, [old.id, young.id])) == {young.id: young}


async def test_only_destinations_that_tell_something_are_listened_to(store: Store) -> None:
    def listen(connection: Connection) -> object:
        return webhook_deliveries.listening(connection, ["dst_1", "dst_2"])

    assert await store.read(listen) == {}
