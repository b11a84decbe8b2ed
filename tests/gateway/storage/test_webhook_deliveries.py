"""What owners are told, as it is kept on both engines; and who sends it, where several workers do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, event

from gateway.jobs import Job
from gateway.pipeline import telling
from gateway.secrets import Secrets
from gateway.settings import Settings
from gateway.storage import destinations, jobs, leases, receivers, retention, webhook_deliveries
from gateway.storage.engine import Store
from gateway.storage.receivers import Receiver, Room, Turn
from gateway.storage.sqlite import SqliteStore
from gateway.storage.webhook_deliveries import Attempted, WebhookDelivery
from tests import factories
from tests.factories import NOW, later

WELL = Receiver(0)
ROOM = Room(100, 100)
LONG_AGO = NOW - timedelta(hours=24)


def one_of(destination: str = "dst_1", about: str = "dlv_1", at: datetime = NOW) -> WebhookDelivery:
    return telling.new("delivery.sent", "default", destination, about, '{"a": "ü"}', at)


async def add(store: Store, *some: WebhookDelivery) -> None:
    await store.write(lambda c: webhook_deliveries.add(c, some, NOW))


async def take(store: Store, at: float = 0, **how: Any) -> list[Job]:
    turns = await turns_of(store, at, **how)
    return [job for turn in turns for job in turn.jobs]


async def turns_of(
    store: Store,
    at: float = 0,
    *,
    busy: Sequence[str] = (),
    room: Room = ROOM,
    old: datetime = LONG_AGO,
) -> list[Turn]:
    return await store.write(lambda c: receivers.lease(c, later(at), busy, room, old))


async def open_destinations(store: Store, **known: Receiver) -> None:
    """Destinations of these names, whose receivers are so."""

    def write(connection: Connection) -> None:
        for name in known:
            one = factories.destination(id=name, name=name)
            destinations.add(connection, one, Secrets(["a key of the tests' own"]))
        receivers.save(connection, known)

    await store.write(write)


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
    await open_destinations(store, dst_1=WELL)
    first, second = one_of(about="dlv_1"), one_of(about="dlv_1")
    await add(store, first)
    mine = await take(store)
    await add(store, second)

    assert named(mine) == [first.id]
    assert await take(store) == []
    await store.write(lambda c: jobs.ack(c, mine))
    assert named(await take(store)) == [second.id]


async def test_of_one_receiver_that_is_well_eight_lanes_are_under_way_and_others_have_their_turn(
    store: Store,
) -> None:
    await open_destinations(store, dst_1=WELL, dst_2=WELL)
    many = [one_of(about=f"dlv_{number}") for number in range(64)]
    await add(store, *many, one_of("dst_2"))

    first, second = await turns_of(store)

    assert (first.destination_id, len(first.jobs)) == ("dst_1", 8)
    assert (second.destination_id, len(second.jobs)) == ("dst_2", 1)
    abouts = {one.id: one.about for one in many}
    taken = {crc32(abouts[key].encode()) % 8 for key in named(first.jobs)}
    for turn in await turns_of(store):
        assert not taken & {crc32(abouts[key].encode()) % 8 for key in named(turn.jobs)}


async def test_a_receiver_that_is_busy_is_passed_over(store: Store) -> None:
    await add(store, *(one_of(about=f"dlv_{number}") for number in range(30)), one_of("dst_2"))

    taken = await take(store, busy=["dst_1"])

    assert [job.subject for job in taken] == ["dst_2"]


async def test_of_a_receiver_that_never_answered_one_is_sent_by_whatever_worker(store: Store) -> None:
    await add(store, *(one_of(about=f"dlv_{number}") for number in range(30)))

    assert (len(await take(store)), len(await take(store))) == (1, 0)


async def test_a_receiver_that_rests_is_sent_nothing_and_then_one_of_another_lane_each_time(
    store: Store,
) -> None:
    some = [one_of(about="dlv_1"), one_of(about="dlv_1"), one_of(about="dlv_2"), one_of("dst_2")]
    assert len({crc32(one.about.encode()) % 8 for one in some[:3]}) == 2
    await open_destinations(store, dst_1=Receiver(6, later(60)))
    await add(store, *some)

    assert named(await take(store, at=59)) == [some[3].id]
    probe = await take(store, at=60)
    assert named(probe) == [some[0].id]
    assert await take(store, at=60) == []
    await store.write(lambda c: leases.give_back(c, probe))
    await store.write(lambda c: receivers.save(c, {"dst_1": Receiver(7)}))
    assert named(await take(store, at=60)) == [some[2].id]


async def test_what_is_too_old_is_leased_together_before_the_one_that_is_sent(store: Store) -> None:
    many = [one_of(about=f"dlv_{number}") for number in range(20)]
    young = replace(one_of(), began_at=later(10), created_at=later(10))
    await open_destinations(store, dst_1=Receiver(5))
    await add(store, *many)
    await store.write(lambda c: webhook_deliveries.add(c, [young], later(10)))

    (turn,) = await turns_of(store, at=20, old=later(5))

    assert turn.receiver == Receiver(5)
    assert named(turn.jobs) == [*(one.id for one in many), young.id]


async def test_those_that_are_well_and_the_others_have_room_of_their_own(store: Store) -> None:
    known = {f"dst_{number}": WELL for number in range(3)}
    await open_destinations(store, **known)
    await add(store, *(one_of(f"dst_{number}") for number in range(6)))

    assert {turn.destination_id for turn in await turns_of(store, room=Room(0, 2))} == {"dst_3", "dst_4"}
    assert {turn.destination_id for turn in await turns_of(store, room=Room(2, 0))} == {"dst_0", "dst_1"}


async def test_what_was_put_off_has_its_place_again(store: Store) -> None:
    some = [one_of(), one_of("dst_2")]
    await open_destinations(store, dst_1=WELL, dst_2=WELL)
    await add(store, *some)
    held = await take(store)
    await store.write(lambda c: jobs.retry_at(c, [(job, later(100)) for job in held]))

    await store.write(lambda c: receivers.line_up(c, "dst_1", later(7), later(1)))

    assert (await get(store, some[0].id)).next_attempt_at == later(7)
    assert named(await take(store, at=1)) == [some[0].id]


async def test_what_is_saved_of_a_destination_forgets_how_its_receiver_was(store: Store) -> None:
    await open_destinations(store, dst_1=Receiver(5, later(60)))

    changed = factories.destination(id="dst_1", name="dst_1")
    await store.write(lambda c: destinations.save(c, changed, Secrets(["a key of the tests' own"])))

    assert await store.read(lambda c: receivers.of(c, ["dst_1"])) == {"dst_1": Receiver()}


async def test_what_came_of_attempts_is_kept_and_the_jobs_are_settled(store: Store) -> None:
    some = [one_of(about=f"dlv_{number}", at=later(number)) for number in range(3)]
    await open_destinations(store, dst_1=WELL)
    await add(store, *some)
    held = {job.payload.decode(): job for job in await take(store)}
    came = [
        Attempted(
            held[some[0].id], "dst_1", some[0].id, "https://a/", 200, "200 OK", delivered=True, again_at=None
        ),
        Attempted(
            held[some[1].id],
            "dst_1",
            some[1].id,
            "https://a/",
            None,
            "No answer",
            delivered=False,
            again_at=later(5),
        ),
        Attempted(
            held[some[2].id],
            "dst_1",
            some[2].id,
            "https://a/",
            410,
            "410 Gone",
            delivered=False,
            again_at=None,
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


async def test_whose_turn_it_is_is_found_without_reading_a_backlog(sqlite_store: SqliteStore) -> None:
    def lease(connection: Connection) -> None:
        receivers.lease(connection, NOW, (), ROOM, LONG_AGO)

    await open_destinations(sqlite_store, dst_1=WELL, dst_2=Receiver(3))
    await add(sqlite_store, one_of(), one_of("dst_2"))
    plans = await sqlite_store.write(lambda c: planned(c, lease))
    asked = [step for step in plans if "jobs" in step]

    assert len(asked) >= 5
    assert [step for step in asked if "ix_jobs_turns" in step or step == "SCAN jobs"] == []


def planned(connection: Connection, work: Callable[[Connection], object]) -> list[str]:
    """How SQLite goes about each question that this asks."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, words: str, values: Any, *_more: Any) -> None:
        if words.startswith(("SELECT", "WITH")):
            asked.append((words, values))

    event.listen(connection, "before_cursor_execute", note)
    work(connection)
    event.remove(connection, "before_cursor_execute", note)
    rows = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values) for words, values in asked]
    return [row[3] for one in rows for row in one]
