"""What is written down for owners reaches them: signed, tried again, given up, and under one id."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from destinations.kit import MessageStatus
from gateway.clock import ManualClock
from gateway.jobs import JobKind
from gateway.pipeline import owner_calls
from gateway.pipeline.messenger import Messenger
from gateway.sending.receivers import Answer
from gateway.settings import Settings
from gateway.storage import destinations, jobs, leases, receivers, webhook_deliveries
from gateway.storage.engine import Store
from tests.factories import ANN, NOW, later
from tests.gateway.pipeline.hanging import OK, Hanging, with_receivers
from tests.gateway.pipeline.owners import HOOK, SECRET, open_world, queued, tell, text, told
from tests.gateway.world import World

BUSY = Answer(503, "503 Service Unavailable")


@pytest.fixture
async def world(empty_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Something is to be told. Pauses are as long as they may be."""
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    await open_world(empty_world, told())
    await text(empty_world)
    return empty_world


async def waits(world: World) -> float | None:
    """In how many seconds something is sent next."""
    due = await world.due(JobKind.WEBHOOK)
    there = await world.store.read(lambda c: receivers.of(c, ["dst_paper"]))
    until = there["dst_paper"].rests_until
    rest = 0.0 if until is None else (until - world.clock.now()).total_seconds()
    return None if due is None else max(due, rest)


async def test_a_receiver_with_the_library_of_standard_webhooks_takes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(world)

    (call,), (one,) = world.receivers.told, await queued(world)
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", _Fixed)
    read = Webhook(SECRET).verify(call.body, dict(call.headers))
    assert read == json.loads(one.body)
    assert call.url == HOOK
    assert call.headers["webhook-id"] == one.id
    assert call.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert call.headers["Content-Type"] == "application/json"
    assert (one.attempts, one.last_status, one.delivered_at, one.dead) == (1, 200, NOW, False)
    assert await waits(world) is None


class _Fixed:
    """The library compares the time of a call with its own clock."""

    @staticmethod
    def now(tz: Any) -> Any:
        return NOW

    fromtimestamp = NOW.fromtimestamp


def by_hand(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """The published algorithm."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


async def test_while_a_secret_takes_the_place_of_another_both_sign(empty_world: World) -> None:
    old = f"whsec_{base64.b64encode(b'o' * 32).decode()}"
    gone = f"whsec_{base64.b64encode(b'g' * 32).decode()}"
    secrets = [
        {"secret": SECRET},
        {"secret": old, "until": later(60).isoformat()},
        {"secret": gone, "until": NOW.isoformat()},
    ]
    settings = {"token": "s3cret-of-paper", "hook": HOOK, "hookSecrets": secrets}
    await open_world(empty_world, told(settings=settings))
    await text(empty_world)

    await tell(empty_world)

    (call,) = empty_world.receivers.told
    expected = [by_hand(one, call.headers, call.body) for one in (SECRET, old)]
    assert call.headers["webhook-signature"] == " ".join(expected)


async def test_what_does_not_arrive_is_tried_again_later_and_later_under_the_same_id(world: World) -> None:
    world.receivers.answers.extend([BUSY, Answer(None, "No answer came within 10 seconds."), BUSY])
    pauses = []

    for _ in range(3):
        await tell(world)
        pauses.append(await waits(world))
        world.clock.advance(pauses[-1] or 0)
    await tell(world)

    assert pauses == [5, 20, 80]
    assert len({call.headers["webhook-id"] for call in world.receivers.told}) == 1
    assert len({call.body for call in world.receivers.told}) == 1
    assert len({call.headers["webhook-timestamp"] for call in world.receivers.told}) == 4
    (one,) = await queued(world)
    assert (one.attempts, one.dead, one.delivered_at) == (4, False, later(105))


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("90", 90),
        ("Sat, 21 Nov 2026 12:03:00 GMT", 180),
        ("1", 5),
        ("soon", 5),
        ("-5", 5),
        ("Sat, 21 Nov 99999999999 12:03:00 GMT", 5),
    ],
)
async def test_a_receiver_may_say_when_it_is_to_be_told_again(world: World, asked: str, pause: float) -> None:
    world.receivers.answers.append(Answer(429, "429 Too Many Requests", asked))

    await tell(world)

    assert await waits(world) == pause


async def test_after_a_day_it_is_given_up_and_kept(world: World) -> None:
    world.receivers.answers.extend([BUSY] * 400)
    pauses = []

    while (pause := await waits(world)) is not None:
        pauses.append(pause)
        world.clock.advance(max(0.0, pause))
        await tell(world)

    (one,) = await queued(world)
    assert (one.dead, one.next_attempt_at, one.last_answer) == (True, None, "503 Service Unavailable")
    assert pauses[:12] == [0, 5, 20, 80, 320, 15, 30, 60, 120, 240, 300, 300]
    assert one.attempts == len(pauses)
    assert world.clock.now() - NOW <= timedelta(hours=24)


@pytest.mark.parametrize("asked", ["99999999999999999999", "Fri, 31 Dec 9999 23:59:59 -1200"])
async def test_a_wish_to_be_told_after_more_than_a_day_is_the_end(world: World, asked: str) -> None:
    world.receivers.answers.append(Answer(503, "503 Service Unavailable", asked))

    await tell(world)

    (one,) = await queued(world)
    assert (one.dead, await waits(world)) == (True, None)


async def test_what_was_tried_and_had_no_turn_within_its_day_is_not_tried_again(world: World) -> None:
    world.receivers.answers.append(BUSY)
    await tell(world)
    world.clock.advance(86_401)

    await tell(world)

    (one,) = await queued(world)
    assert (one.dead, one.attempts, len(world.receivers.told), await waits(world)) == (True, 1, 1, None)
    assert one.last_answer == (
        "503 Service Unavailable It was tried for 24 hours: replay it once the receiver is well."
    )


async def test_what_had_no_turn_at_all_within_its_day_is_tried_once(world: World) -> None:
    world.clock.advance(86_401)

    await tell(world)

    (one,) = await queued(world)
    assert (one.delivered_at, one.attempts) == (later(86_401), 1)


async def test_a_receiver_that_is_gone_for_good_is_told_no_more(world: World) -> None:
    world.receivers.answers.append(Answer(410, "410 Gone"))

    await tell(world)

    (one,) = await queued(world)
    assert (one.dead, one.attempts, one.last_status, await waits(world)) == (True, 1, 410, None)
    assert one.last_answer == (
        "410 Gone The receiver says that it is gone for good, so this is not tried again."
    )


async def test_a_redirect_is_tried_again_and_not_followed(world: World) -> None:
    world.receivers.answers.append(Answer(302, "302 Found: a redirect, which is not followed."))

    await tell(world)

    assert [call.url for call in world.receivers.told] == [HOOK]
    assert await waits(world) == 5


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"token": "t"}, "has no webhookUrl"),
        ({"token": "t", "hook": HOOK}, "has no webhook secret"),
        ({"token": "t", "hook": HOOK, "passesOn": True}, "its webhookFormat was changed"),
        ({}, "no longer fit it"),
    ],
)
async def test_where_nobody_can_be_told_nothing_is_sent_and_that_is_said(
    empty_world: World, settings: dict[str, Any], why: str
) -> None:
    await open_world(empty_world, told())
    await text(empty_world)
    await change_settings(empty_world, settings)

    await tell(empty_world)

    (one,) = await queued(empty_world)
    assert (one.dead, one.attempts, await waits(empty_world)) == (True, 0, None)
    assert why in (one.last_answer or "")
    assert empty_world.receivers.told == []


async def change_settings(world: World, settings: dict[str, Any]) -> None:
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    await world.store.write(lambda c: destinations.save(c, replace(there, settings=settings), world.secrets))
    world.services.workspace.invalidate()


async def test_a_call_that_is_passed_on_is_signed_by_the_destination(empty_world: World) -> None:
    settings = {"token": "s3cret-of-paper", "hook": HOOK, "passesOn": True}
    await open_world(empty_world, told(None, settings=settings))
    await text(empty_world)
    form = (("MessageSid", "SM1"), ("To", ANN))
    await empty_world.call_back(MessageStatus.DELIVERED, form=form)

    await tell(empty_world)

    (call,), (one,) = empty_world.receivers.told, await queued(empty_world)
    url = f"{HOOK}?to={ANN[1:]}"
    assert (call.url, call.body) == (url, f"MessageSid=SM1&To=%2B{ANN[1:]}".encode())
    assert call.headers == {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "Paper-Signature": f"{url} 2 {one.id}",
    }


async def test_what_a_worker_sent_and_did_not_live_to_record_is_sent_again_under_its_id(
    empty_world: World,
) -> None:
    slow = Hanging(HOOK)
    world = with_receivers(empty_world, slow)
    await open_world(world, told())
    await text(world)
    dies = Messenger(world.services)
    await dies.step()
    await slow.arrived.wait()
    left = await dies.leave()

    world.clock.advance(leases.LEASE.total_seconds())
    slow.open.set()
    await tell(world)

    (one,) = await queued(world)
    assert [job.payload.decode() for job in left] == [one.id]
    assert (slow.asked, one.delivered_at, await waits(world)) == (2, later(30), None)


async def test_what_another_worker_took_over_is_not_settled_by_the_first(empty_world: World) -> None:
    slow = Hanging(HOOK)
    world = with_receivers(empty_world, slow)
    await open_world(world, told())
    await text(world)
    first = Messenger(world.services)
    await first.step()
    await slow.arrived.wait()
    world.clock.advance(leases.LEASE.total_seconds())
    second = await world.store.write(
        lambda c: leases.lease(c, JobKind.WEBHOOK, 1, world.clock.now(), leases.LEASE)
    )

    slow.open.set()
    await first.finished()

    (one,) = await queued(world)
    assert (len(second), one.attempts, one.delivered_at) == (1, 0, None)
    assert await world.store.read(lambda c: jobs.depth(c, JobKind.WEBHOOK, world.clock.now()))
    assert await world.store.write(lambda c: leases.still_held(c, second)) == {second[0].id}


async def test_what_is_forgotten_meanwhile_is_not_sent(world: World) -> None:
    await world.store.write(lambda c: c.exec_driver_sql("DELETE FROM webhook_deliveries"))

    await tell(world)

    assert (world.receivers.told, await waits(world)) == ([], None)


async def test_a_failure_of_our_own_costs_a_later_turn_and_in_the_end_the_delivery(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_calls, "call_of", lambda *_: 1 / 0)

    while (pause := await waits(world)) is not None:
        world.clock.advance(max(0.0, pause))
        await tell(world)

    (one,) = await queued(world)
    assert (one.dead, one.attempts) == (True, 0)
    assert one.last_answer == (
        "The gateway failed 10 times on this. The log says what failed; replay it once that is mended."
    )


@pytest.mark.parametrize(("answer", "dead"), [(OK, False), (BUSY, True)])
async def test_a_test_whose_process_died_is_sent_once_more_under_its_id_and_not_again(
    empty_world: World, answer: Answer, dead: bool
) -> None:
    world = empty_world
    await open_world(world, told())
    owner = owner_calls.owner_of(world.services, await world.services.workspace.current(), "dst_paper")
    assert not isinstance(owner, str)
    one = owner_calls.sample(owner, told(), NOW)
    await world.store.write(lambda c: webhook_deliveries.add_held(c, one, NOW))
    world.receivers.answers.append(answer)

    await tell(world)
    assert world.receivers.told == []
    world.clock.advance(leases.LEASE.total_seconds())
    await tell(world)

    (kept,) = await queued(world)
    assert [call.headers["webhook-id"] for call in world.receivers.told] == [one.id]
    assert (kept.attempts, kept.dead, kept.delivered_at is None) == (1, dead, dead)
    assert await waits(world) is None


async def test_on_postgresql_a_text_is_told_and_tried_again_too(
    postgresql_store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    world = World(postgresql_store, tmp_path, clock, Settings(data_dir=tmp_path))
    await open_world(world, told())
    await text(world)
    world.receivers.answers.append(BUSY)

    await tell(world)
    pause = await waits(world)
    world.clock.advance(pause or 0)
    await tell(world)
    await world.services.reader.close()

    (one,) = await queued(world)
    assert json.loads(one.body)["data"]["messageId"] == "m-1"
    assert (one.attempts, one.dead) == (2, False)
    assert one.delivered_at is not None
    assert await waits(world) is None
