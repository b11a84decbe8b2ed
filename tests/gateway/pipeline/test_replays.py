"""Replays, one by one and many in the background, over both engines."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import Connection, func, select, update

from destinations.kit import ConsentStatus, HttpRequest, Reason
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.clock import ManualClock
from gateway.deliveries import UNSENT, Delivery, DeliveryStatus
from gateway.errors import StoreUnavailable
from gateway.jobs import JobKind
from gateway.pipeline import bulk_replays, replays as module
from gateway.pipeline.cancel import cancel
from gateway.pipeline.replays import Asked, Obstacle, Refusal, replay
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.storage import background_jobs, deliveries, destinations, removal, replays, tables
from gateway.storage.deliveries import DeliveryFilter
from gateway.storage.engine import Store
from gateway.storage.sqlite import SqliteStore
from gateway.workspace import Trouble
from tests.factories import ANN, NOW, browser, destination, event, identify, mapping, source, track, word
from tests.gateway.paper import refused
from tests.gateway.world import World

S = DeliveryStatus
RUNNING, PAUSED, DONE, FAILED = (
    BackgroundStatus.RUNNING,
    BackgroundStatus.PAUSED,
    BackgroundStatus.DONE,
    BackgroundStatus.FAILED,
)
DAY = 86_400.0


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """The usual one, on each engine."""
    made = World(store, tmp_path, clock, Settings(data_dir=tmp_path, public_url="https://texts.example.com"))
    await made.configure(source(), destination(), mapping())
    yield made
    await made.services.reader.close()


async def ask(world: World, *delivery_ids: str, key: str = "k", include: bool = False) -> list[str | Refusal]:
    snapshot = await world.services.workspace.current()
    asked = Asked(key, include)
    return await world.store.write(lambda c: replay(c, snapshot, delivery_ids, asked, world.clock.now()))


async def read(world: World, delivery_id: str) -> Delivery:
    found = await world.store.read(lambda c: deliveries.get(c, delivery_id))
    assert found is not None
    return found


async def replayed(world: World, delivery_id: str, key: str = "k", *, include: bool = False) -> Delivery:
    """The replay of that delivery, as it is after its turn."""
    [made] = await ask(world, delivery_id, key=key, include=include)
    assert isinstance(made, str), made
    await world.deliver()
    return await read(world, made)


async def refusal_of(world: World, delivery_id: str, key: str = "k", *, include: bool = False) -> Refusal:
    """Why that delivery can't be replayed; asserts that nothing happened."""
    before = await world.counts()
    [found] = await ask(world, delivery_id, key=key, include=include)
    assert isinstance(found, Refusal), found
    assert await world.counts() == before
    return found


async def stale(world: World) -> Delivery:
    """What was too old to be sent."""
    await world.take(identify(), track())
    world.clock.advance(14_400)
    await world.deliver()
    one = await world.delivery()
    assert (one.status, one.reason, world.requests) == (S.SUPPRESSED, Reason.STALE_EVENT, [])
    return one


async def accepted(world: World) -> Delivery:
    await world.take(identify(), track())
    await world.deliver()
    one = await world.delivery()
    assert one.status is S.ACCEPTED
    return one


# -- one ----------------------------------------------------------------------------------------------------------


async def test_a_replay_is_a_new_delivery_of_the_same_event_mapping_and_person(world: World) -> None:
    original = await stale(world)

    new = await replayed(world, original.id)

    assert new.id != original.id
    assert (new.replay_of, new.fallback_of, new.status) == (original.id, None, S.ACCEPTED)
    assert (new.event_id, new.mapping_id, new.person_id) == (
        original.event_id,
        original.mapping_id,
        original.person_id,
    )
    assert [dict(request.form)["To"] for request in world.requests] == [ANN]
    assert await read(world, original.id) == original


async def test_its_age_is_not_asked_but_everything_else_is(world: World) -> None:
    original = await stale(world)
    await world.say(word(ConsentStatus.UNSUBSCRIBED, at=20_000, own_word=True))
    world.clock.advance(10_000)

    new = await replayed(world, original.id)

    assert (new.status, new.reason) == (S.SUPPRESSED, Reason.OPTED_OUT)
    assert new.explanation[1] == {
        "gate": "fresh",
        "passed": True,
        "reason": None,
        "detail": "a replay, whose event's age is not asked; it waited for 0 s",
    }
    assert world.requests == []


async def test_it_uses_the_mapping_as_it_is_now(world: World) -> None:
    world.provider.answers = [refused(400)]
    await world.take(identify(), track())
    await world.deliver()
    original = await world.delivery()

    def mend(connection: Connection) -> None:
        fields = {"body": "Mended.", "send": True}
        connection.execute(update(tables.mappings).values(fields=fields))

    await world.store.write(mend)
    world.services.workspace.invalidate()
    new = await replayed(world, original.id)

    assert (original.status, new.status) == (S.REJECTED, S.ACCEPTED)
    assert [dict(request.form)["Body"] for request in world.requests] == ["Thanks!", "Mended."]


async def test_the_same_key_makes_one_replay_however_often_it_is_asked_for(world: World) -> None:
    original = await stale(world)
    first = await replayed(world, original.id)

    again = [
        await ask(world, original.id),
        await ask(world, first.id),
        await ask(world, original.id, first.id),
    ]
    await world.deliver()

    assert again == [[first.id], [first.id], [first.id, first.id]]
    assert len(world.requests) == 1


@pytest.mark.parametrize("status", [S.PENDING, S.HELD, S.RETRYING, S.SENDING, S.UNCERTAIN])
async def test_what_is_under_way_is_not_replayed(world: World, status: DeliveryStatus) -> None:
    await world.take(identify(), track())
    one = await world.delivery()
    await world.store.write(lambda c: deliveries.change(c, [{"id": one.id, "status": status}], NOW))

    why = await refusal_of(world, one.id, include=True)

    assert why.obstacle is Obstacle.UNDER_WAY
    assert f"The delivery {one.id} of the same event and mapping is {status.value}" in why.message
    assert ("deliveryCancel" in why.message) is (status in UNSENT)


async def test_while_a_replay_is_under_way_there_is_no_other(world: World) -> None:
    original = await stale(world)
    [first] = await ask(world, original.id)

    why = await refusal_of(world, original.id, "another key", include=True)

    assert why.obstacle is Obstacle.UNDER_WAY
    assert str(first) in why.message


async def test_what_was_accepted_is_sent_again_only_on_purpose(world: World) -> None:
    original = await accepted(world)

    why = await refusal_of(world, original.id)
    new = await replayed(world, original.id, include=True)

    assert why.obstacle is Obstacle.SENT
    assert why.message.startswith(f"The provider accepted the message of {original.id}")
    assert "includeAccepted: true" in why.message
    assert (new.status, len(world.requests)) == (S.ACCEPTED, 2)


async def test_what_a_replay_of_it_sent_counts_as_sent(world: World) -> None:
    original = await stale(world)
    new = await replayed(world, original.id)

    why = await refusal_of(world, original.id, "another key")

    assert why.obstacle is Obstacle.SENT
    assert new.id in why.message


@pytest.mark.parametrize(
    ("shows", "may_be"),
    [
        pytest.param({"attempt_count": 1}, True, id="nobody knows"),
        pytest.param({"attempt_count": 1, "error_code": "NOT_CREATED"}, False, id="proven absent"),
        pytest.param({"reason": Reason.STALE_EVENT}, False, id="too old"),
        pytest.param({"attempt_count": 1, "reason": Reason.STALE_EVENT}, False, id="too old after a try"),
    ],
)
async def test_what_expired_in_doubt_counts_as_sent(
    world: World, shows: dict[str, Any], may_be: bool
) -> None:
    await world.take(identify(), track())
    one = await world.delivery()
    row = {"id": one.id, "status": S.EXPIRED, **shows}
    await world.store.write(lambda c: deliveries.change(c, [row], NOW))

    def count(connection: Connection) -> int:
        wanted = DeliveryFilter(status=[S.EXPIRED])
        return replays.count(connection, "default", wanted, include_accepted=False)

    matching = await world.store.read(count)
    [made] = await ask(world, one.id)

    assert (await read(world, one.id)).may_have_been_sent is may_be
    assert matching == (0 if may_be else 1)
    assert isinstance(made, Refusal) is may_be


async def test_without_its_payload_or_its_event_nothing_is_replayed(world: World) -> None:
    original = await stale(world)
    await world.store.write(lambda c: removal.payloads(c, [original.event_id], world.clock.now()))

    without_payload = await refusal_of(world, original.id)
    await world.store.write(lambda c: removal.events_of(c, [original.event_id], world.clock.now()))
    without_event = await refusal_of(world, original.id)
    unknown = await refusal_of(world, "dlv_unknown")

    assert {one.obstacle for one in (without_payload, without_event, unknown)} == {Obstacle.GONE}
    assert "The payload of the event" in without_payload.message
    assert unknown.message == "The delivery dlv_unknown or its event is gone. Nothing was replayed."


async def test_without_its_mapping_nothing_is_replayed(world: World) -> None:
    original = await stale(world)
    await world.store.write(lambda c: c.execute(tables.mappings.delete()))
    world.services.workspace.invalidate()

    assert (await refusal_of(world, original.id)).obstacle is Obstacle.GONE


async def test_what_a_source_may_not_send_is_not_sent_by_a_replay(world: World) -> None:
    await world.configure(browser())
    await world.take(identify())
    await world.take(track(), source="src_browser")
    await world.deliver()
    original = await world.delivery()
    first = await replayed(world, original.id)

    def allow(connection: Connection) -> None:
        connection.execute(update(tables.mappings).values(allow_browser_events=True))

    await world.store.write(allow)
    world.services.workspace.invalidate()
    second = await replayed(world, original.id, "another key")
    of_a_replay = await refusal_of(world, first.id, "a third key")

    assert [one.reason for one in (original, first, second)] == [Reason.UNTRUSTED_SOURCE] * 3
    assert of_a_replay.obstacle is Obstacle.COPY
    assert world.requests == []


async def test_an_imported_event_stays_history(world: World) -> None:
    await world.take(identify())
    await world.take(msgspec.structs.replace(event(track(), NOW), imported=True))
    await world.deliver()
    original = await world.delivery()

    new = await replayed(world, original.id)

    assert (new.status, new.reason) == (S.SUPPRESSED, Reason.STALE_EVENT)
    assert world.requests == []


async def test_a_replay_waits_for_a_week_at_most(world: World) -> None:
    original = await stale(world)

    def disable(connection: Connection, status: str) -> None:
        connection.execute(update(tables.destinations).values(status=status))

    await world.store.write(lambda c: disable(c, "DRAFT"))
    world.services.workspace.invalidate()
    new = await replayed(world, original.id)
    due = await world.due()
    await world.deliver_when_due()

    assert (new.status, new.reason) == (S.HELD, Reason.ACCOUNT_NOT_VERIFIED)
    assert due == 7 * DAY
    ended = await read(world, new.id)
    assert (ended.status, ended.detail) == (
        S.EXPIRED,
        "The replay waited for 604800 s; it may wait for 7 days.",
    )
    assert world.requests == []


async def test_of_two_who_replay_at_once_one_does(world: World) -> None:
    """On PostgreSQL they run side by side."""
    original = await stale(world)

    results = await asyncio.gather(*(ask(world, original.id, key=f"key {number}") for number in range(6)))
    await world.deliver()

    made = [one for [one] in results if isinstance(one, str)]
    assert len(made) == 1
    assert {one.obstacle for [one] in results if isinstance(one, Refusal)} == {Obstacle.UNDER_WAY}
    assert len(world.requests) == 1


# -- canceling ------------------------------------------------------------------------------------------------------


async def test_what_waits_is_canceled_and_says_by_whom(world: World) -> None:
    await world.take(identify(), track())
    one = await world.delivery()

    reached = await world.store.write(lambda c: cancel(c, one.id, "Ann's token", NOW))
    turns = await world.deliver()

    now = await world.delivery()
    assert [(step.before, step.status) for step in reached] == [(S.PENDING, S.CANCELED)]
    assert (now.status, now.reason, now.error_message) == (
        S.CANCELED,
        None,
        "Ann's token canceled it before it was sent.",
    )
    assert (turns, world.requests) == (0, [])


async def test_what_is_canceled_while_it_is_decided_is_not_sent(world: World) -> None:
    await world.take(identify(), track())
    one = await world.delivery()

    async def meanwhile() -> None:
        await world.store.write(lambda c: cancel(c, one.id, "Ann's token", NOW))

    world.provider.at_plan = meanwhile
    await world.deliver()

    assert (await world.delivery()).status is S.CANCELED
    assert world.requests == []
    assert await world.due() is None


async def test_the_turn_of_one_that_was_to_try_an_account_passes_on(world: World) -> None:
    await world.take(identify(), track(), track(messageId="m-2"))
    first, second = sorted(await world.deliveries(), key=lambda one: one.id)
    trouble = Trouble(NOW, "401", pause=30, probe_at=NOW, prober=first.id)

    def fail(connection: Connection) -> None:
        held = {"status": S.HELD, "reason": Reason.ACCOUNT_NOT_VERIFIED}
        deliveries.change(connection, [{"id": one.id, **held} for one in (first, second)], NOW)
        standing = destinations.standing(connection, "dst_paper", for_update=True)
        destinations.set_standing(connection, "dst_paper", replace(standing, trouble=trouble), NOW)

    await world.store.write(fail)
    await world.store.write(lambda c: cancel(c, first.id, "Ann's token", NOW))

    after = await world.store.read(lambda c: destinations.standing(c, "dst_paper"))
    assert after.trouble == replace(trouble, prober=second.id)


# -- the property: whatever is asked for ------------------------------------------------------------------------------

ACTIONS = st.one_of(
    st.tuples(st.just("replay"), st.integers(0, 5), st.sampled_from("abc"), st.booleans()),
    st.tuples(st.just("deliver"), st.integers(0, 1), st.just(""), st.booleans()),
)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions=st.lists(ACTIONS, max_size=14), sent=st.booleans())
def test_however_replays_are_asked_for_there_are_no_more_messages_than_keys(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, actions: Sequence[Any], sent: bool
) -> None:
    folder = tmp_path_factory.mktemp("property")
    (folder / "heliograph.db").write_bytes(migrated.read_bytes())

    async def run() -> None:
        store = SqliteStore.open(folder / "heliograph.db")
        settings = Settings(data_dir=folder, public_url="https://texts.example.com")
        world = World(store, folder, ManualClock(NOW), settings)
        await world.configure(source(), destination(), mapping())
        original = await (accepted(world) if sent else stale(world))
        included: set[str] = set()
        for action, number, key, flag in actions:
            if action == "deliver":
                world.provider.answers = [refused(400)] if flag else []
                await world.deliver()
                continue
            known = sorted(await world.deliveries(), key=lambda one: (one.created_at, one.id))
            [made] = await ask(world, known[number % len(known)].id, key=key, include=flag)
            if flag and isinstance(made, str):
                included.add(made)
        world.provider.answers = []
        await world.deliver()
        messages = len(world.provider.sids)
        by_accident = [one for one in await world.deliveries() if one.id not in included]
        assert messages <= 1 + len({key for action, _number, key, _flag in actions if action == "replay"})
        assert len([one for one in by_accident if one.status is S.ACCEPTED]) <= 1
        assert (await read(world, original.id)).status is original.status
        await world.close()

    asyncio.run(run())


# -- many ------------------------------------------------------------------------------------------------------------


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
