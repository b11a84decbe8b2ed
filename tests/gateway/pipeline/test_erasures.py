"""Erasing a person, and exporting all that is held of them: on both engines."""

import asyncio
import json
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, select

from gateway.background_jobs import BackgroundJob, BackgroundStatus
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.events import QueuedRequest, encode
from gateway.jobs import JobKind
from gateway.pipeline import erasures
from gateway.settings import Settings
from gateway.storage import (
    background_jobs,
    erasures as sealed,
    leases,
    people,
    queued,
    tables,
    whom,
)
from gateway.storage.engine import Store, open_store
from gateway.storage.walk import OF_NOBODY, WALK
from gateway.storage.whom import TooManyPeopleError, Whom
from tests.factories import ANN, BOB, NOW, identify, track
from tests.gateway.erasing import (
    ask,
    configured,
    counts,
    delivery_of,
    erase,
    exported,
    job,
    set_status,
)
from tests.gateway.people_planted import (
    CANARIES,
    DEVICE,
    EVE,
    HERS,
    USER,
    about_her,
    everything,
    planted,
    telling_of_her,
)
from tests.gateway.world import World

S = DeliveryStatus
OTHER = "+12025550178"


@pytest.fixture
async def ledger(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    world = World(store, database, clock, Settings(public_url="https://texts.example.com"))
    yield world
    await world.services.reader.close()


@pytest.fixture
async def known(ledger: World) -> World:
    """Of Eve something is held in every table, and of Bob the same sort of things."""
    await planted(ledger)
    return ledger


def test_every_table_is_walked_or_said_to_hold_nobody() -> None:
    walked = [held.table.name for held in WALK]

    assert sorted([*walked, *OF_NOBODY]) == sorted(tables.metadata.tables)
    assert all(held.found_by for held in WALK)
    assert [held.table.name for held in WALK if held.erase is None] == ["attempts", "status_callbacks"]


async def test_an_export_has_what_is_hers_of_every_table_and_nothing_of_anybody_else(known: World) -> None:
    held = (await exported(known))["held"]

    empty = {name for name, rows in held.items() if not rows}
    told = {name for name, rows in held.items() if any(one in json.dumps(rows) for one in CANARIES)}
    assert set(held) == {one.table.name for one in WALK}
    assert empty == {"status_callbacks"}  # the provider said nothing yet
    assert told == set(await telling_of_her(known)) >= {"events", "deliveries", "jobs", "people", "contacts"}
    assert [one for one in ("Bob", BOB, "q-bob", "m-bob") if one in json.dumps(held)] == []


async def test_after_an_erasure_no_row_of_any_table_has_anything_of_hers(known: World) -> None:
    before = await known.store.read(lambda c: everything(c, known))
    counted = await known.store.read(counts)
    assert {"events", "deliveries", "attempts", "jobs", "buried_jobs", "idempotency_keys"} <= set(
        await telling_of_her(known)
    )

    await erase(known)

    assert await telling_of_her(known) == {}
    done = await job(known)
    assert done.status is BackgroundStatus.DONE
    assert done.result is not None
    assert done.total == done.done == sum(done.result.values())
    assert {name: done.result[name] for name in ("jobs", "buried_jobs", "events", "people", "contacts")} == {
        "jobs": 1,
        "buried_jobs": 1,
        "events": 4,
        "people": 1,
        "contacts": 1,
    }
    after = await known.store.read(lambda c: everything(c, known))
    bobs = {
        name: [row for row in rows if "bob" in row.lower() or BOB in row] for name, rows in before.items()
    }
    for name, rows in bobs.items():
        if name not in ("jobs", "buried_jobs"):  # the requests were hers, too
            assert [row for row in rows if row not in after[name]] == [], name
    assert ["q-bob-1" in row for row in after["jobs"] if "calls" in row] == [True]
    assert ["q-bob-2" in row for row in after["buried_jobs"]] == [True]
    assert counted == await known.store.read(counts)


async def test_what_is_left_says_what_became_of_it_and_nothing_of_whom(known: World) -> None:
    await erase(known)

    event = await known.event("m-eve")
    assert (event.user_id, event.anonymous_id, event.payload_removed_at) == (None, None, NOW)
    assert event.payload == {
        "type": "track",
        "messageId": "m-eve",
        "timestamp": event.payload["timestamp"],
        "receivedAt": event.payload["receivedAt"],
    }
    assert [doubt.code for doubt in event.doubts] == ["phone"]
    (one,) = [one for one in await known.deliveries() if one.event_id == event.id]
    assert (one.status, one.message_sid, one.segments) == (S.ACCEPTED, "SM1", 1)
    assert (one.recipient, one.person_id, one.intent, one.error_message) == (None, None, None, None)
    (entry,) = await known.store.read(lambda c: c.execute(select(tables.audit_entries)).all())
    assert entry.changes == [{"field": "to", "before": None, "after": "(erased)"}]


async def test_in_the_file_of_sqlite_nothing_is_left_once_it_is_packed_anew(empty_world: World) -> None:
    known = empty_world
    await planted(known)
    await erase(known)
    await known.store.close()

    known.on_disk("VACUUM")

    assert [one for one in CANARIES if one.encode() in known.path.read_bytes()] == []


# -- what is under way -------------------------------------------------------------------------------------------------


async def test_what_waits_is_canceled_and_never_sent(ledger: World) -> None:
    await configured(ledger)
    await ledger.take(about_her(messageId="m-eve"), track(userId="ann"))

    await erase(ledger)
    await ledger.deliver()

    one = await delivery_of(ledger, "m-eve")
    assert (one.status, one.error_code, one.recipient) == (S.CANCELED, "ERASED", None)
    assert [dict(request.form)["To"] for request in ledger.requests] == [ANN]


@pytest.mark.parametrize("status", [S.SENDING, S.UNCERTAIN])
async def test_what_may_have_been_sent_is_settled_first(ledger: World, status: DeliveryStatus) -> None:
    await configured(ledger)
    await ledger.take(about_her(messageId="m-eve"))
    assert await ledger.deliver() == 1
    await set_status(ledger, status)
    before = await telling_of_her(ledger)
    await ask(ledger)

    assert not await erasures.step(ledger.services)
    waiting = await job(ledger)
    assert waiting.status is BackgroundStatus.RUNNING
    assert waiting.message == (
        "Texts of which it is not known yet whether they were sent: 1. "
        "The erasure goes on by itself once that is settled."
    )
    assert {**await telling_of_her(ledger), "erasures": []} == {**before, "erasures": []}

    await set_status(ledger, S.ACCEPTED)
    assert await erasures.step(ledger.services)
    assert await telling_of_her(ledger) == {}
    assert (await job(ledger)).message is None


async def test_a_request_that_a_worker_has_is_matched_first(known: World) -> None:
    known.clock.advance(7200)
    leased = await known.lease(JobKind.MATCH)
    assert len(leased) == 1
    await ask(known)

    assert not await erasures.step(known.services)
    assert (await job(known)).message == (
        "A worker has a request with events of theirs. The erasure goes on by itself once that is settled."
    )
    assert "events" in await telling_of_her(known)

    await known.store.write(lambda c: leases.give_back(c, leased))
    assert await erasures.step(known.services)
    assert await telling_of_her(known) == {}


async def test_an_erasure_that_waits_keeps_no_other_waiting(ledger: World) -> None:
    await configured(ledger)
    await ledger.take(about_her(messageId="m-eve"))
    assert await ledger.deliver() == 1
    await set_status(ledger, S.UNCERTAIN)
    await ask(ledger)

    def other(connection: Connection) -> None:
        ann = whom.of_user(connection, "default", "ann")
        one = BackgroundJob(
            **{
                **{name: getattr(first, name) for name in BackgroundJob.__dataclass_fields__},
                "id": "job_ann",
                "subject": ann.subject,
            }
        )
        assert background_jobs.add_only(connection, one)
        sealed.begin(connection, ledger.secrets, one.id, ann)

    first = await job(ledger)
    await ledger.store.write(other)

    assert await erasures.step(ledger.services)
    ended = await ledger.store.read(lambda c: background_jobs.get(c, "job_ann"))
    assert ended is not None
    assert ended.status is BackgroundStatus.DONE
    assert (await job(ledger)).status is BackgroundStatus.RUNNING


def _run_until_killed(address: str, path: str, writes: int) -> None:
    """In a process of its own: erase, and be killed right after so many commits."""

    async def run() -> None:
        store = await open_store(address)
        world = World(store, Path(path), ManualClock(NOW), Settings(public_url="https://texts.example.com"))
        original, done = store.write, 0

        async def write(change: Callable[[Connection], Any], **how: Any) -> Any:
            nonlocal done
            result = await original(change, **how)
            done += 1
            if done == writes:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        store.write = write  # type: ignore[method-assign]  # the machine loses its power
        await erasures.step(world.services)

    asyncio.run(run())


@pytest.mark.parametrize("writes", [1, 4, 9])
async def test_an_erasure_that_is_killed_in_the_middle_is_taken_up_and_ends(
    known: World, address: str, writes: int
) -> None:
    await ask(known)
    killed = multiprocessing.get_context("spawn").Process(
        target=_run_until_killed, args=(address, str(known.path), writes)
    )
    killed.start()
    await asyncio.to_thread(killed.join, 60)
    assert killed.exitcode == -signal.SIGKILL
    assert (await job(known)).status is BackgroundStatus.RUNNING
    assert await telling_of_her(known) != {}

    assert await erasures.step(known.services)

    assert await telling_of_her(known) == {}
    assert (await job(known)).status is BackgroundStatus.DONE
    assert not await erasures.step(known.services)


async def test_an_erasure_that_is_paused_goes_no_further(known: World) -> None:
    await ask(known)
    paused = BackgroundStatus.PAUSED
    await known.store.write(
        lambda c: background_jobs.bring(c, "job_erase", paused, [BackgroundStatus.RUNNING])
    )

    assert not await erasures.step(known.services)
    assert "people" in await telling_of_her(known)


async def test_a_number_that_somebody_else_gave_stays_theirs(ledger: World) -> None:
    await configured(ledger)
    await ledger.take(
        identify(userId="bob", messageId="i-bob", traits={"phone": EVE}),
        identify(**HERS, messageId="i-eve2", traits={"phone": OTHER}),
    )

    who = await ledger.store.read(lambda c: whom.of_user(c, "default", USER))

    assert (who.phones, who.user_ids, who.anonymous_ids) == ((OTHER,), (USER,), (DEVICE,))
    both = await ledger.store.read(lambda c: whom.of_number(c, "default", EVE))
    assert (both.phones, both.user_ids) == ((EVE, OTHER), ("bob", USER))


async def test_a_number_that_many_gave_is_nobodys_to_erase(ledger: World) -> None:
    await configured(ledger)
    many = people.MOST_PEOPLE
    await ledger.take(
        *(identify(userId=f"u{n}", messageId=f"i-{n}", traits={"phone": EVE}) for n in range(many))
    )

    with pytest.raises(TooManyPeopleError, match=f"{many + 1} people gave this number"):
        await ledger.store.read(lambda c: whom.of_number(c, "default", EVE))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"to {EVE}.", True),
        (f"To=%2B{EVE[1:]}&x", True),
        (f"{EVE}0", False),
        (f"9{EVE[1:]}", False),
        ('{"userId":"track"}', True),
        ('{"type":"track","userId":"ann"}', False),
        ('{"event":"track"}', False),
    ],
)
def test_a_text_tells_of_somebody_by_a_whole_number_or_an_id_in_its_place(text: str, *, found: bool) -> None:
    assert Whom("default", phones=(EVE,), user_ids=("track",)).is_in(text) is found


@pytest.mark.parametrize(
    ("call", "hers"),
    [
        (f'{{"type":"track","userId":"{USER}"}}', True),
        ('{"type":"track","userId":"\\u0065ve-the-canary"}', True),
        (f'{{"type":"track","userId" : "{USER}"}}', True),
        (f'{{"type":"track","anonymousId":"{DEVICE}"}}', True),
        (f'{{"type":"track","userId":"bob","anonymousId":"{DEVICE}"}}', False),
        (f'{{"type":"alias","userId":"new","previousId":"{USER}"}}', True),
        (f'{{"type":"track","userId":"bob","properties":{{"to":"{EVE}"}}}}', True),
        (f'{{"type":"track","userId":"bob","properties":{{"to":"{EVE}9"}}}}', False),
        (f'{{"type":"track","userId":"bob","event":"{USER}"}}', False),
        ('{"type":"track","userId":"eve"}', False),
    ],
)
def test_an_event_of_the_queue_is_hers_by_its_ids_and_by_her_number(call: str, *, hers: bool) -> None:
    request = QueuedRequest("req_" + "0" * 32, "src_server", NOW, [msgspec.Raw(call.encode())])
    row: Any = {"payload": encode(request)}
    eve = Whom("default", phones=(EVE,), user_ids=(USER,), anonymous_ids=(DEVICE,))

    assert queued.tells_of(eve, row) is hers


async def test_an_event_of_another_user_on_her_device_is_that_users(ledger: World) -> None:
    await configured(ledger)
    await ledger.take(track(userId="ann", anonymousId=DEVICE, messageId="m-ann"))

    await erase(ledger)

    assert (await ledger.event("m-ann")).user_id == "ann"
