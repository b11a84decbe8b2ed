"""Replays, one by one and many in the background, over both engines."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import Connection, update

from destinations.kit import ConsentStatus, Reason
from gateway.clock import ManualClock
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.pipeline.replays import Obstacle, Refusal
from gateway.settings import Settings
from gateway.storage import deliveries, removal, replays, tables
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.sqlite import SqliteStore
from tests.factories import ANN, NOW, browser, destination, event, identify, mapping, source, track, word
from tests.gateway.paper import refused
from tests.gateway.replaying import accepted, ask, read, refusal_of, replayed, stale
from tests.gateway.world import World

S = DeliveryStatus
DAY = 86_400.0


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
        "detail": "a replay or a test, whose event's age is not asked; it waited for 0 s",
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


# -- the property: whatever is asked for ------------------------------------------------------------------------------

ACTIONS = st.one_of(
    st.tuples(st.just("replay"), st.integers(0, 5), st.sampled_from("abc"), st.booleans()),
    st.tuples(st.just("deliver"), st.integers(0, 1), st.just(""), st.booleans()),
)


@hypothesis_settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
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
