"""Marketing waits for the morning where the person is, does not grow too old meanwhile, and asks everything anew when it is over."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from destinations.kit import ConsentStatus, Policy, Purpose, Reason
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.pipeline.preview import preview
from gateway.pipeline.quiet import SPREAD, spread_of
from gateway.settings import Settings
from gateway.storage import pauses
from gateway.storage.engine import Store
from gateway.workspace import Pause
from tests import factories
from tests.factories import ANN, AT_ONCE, browser, identify, later, mapping, source, track, word
from tests.gateway.paper import Provider
from tests.gateway.world import World

S = DeliveryStatus
HOUR = 3600
MORNING = later(HOUR)
"""NOW is 07:00 on a Saturday in Washington, where Ann's number is from."""
POLICY = Policy(messages_per_second=AT_ONCE, quiet_hours_start="21:00", quiet_hours_end="08:00")
AT_NIGHT = factories.destination(policy=POLICY)


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """On each engine, with a destination that has quiet hours."""
    settings = Settings(data_dir=tmp_path, public_url="https://texts.example.com")
    made = World(store, tmp_path / "heliograph.db", clock, settings, Provider())
    await made.configure(source(), browser(), AT_NIGHT, mapping())
    yield made
    await made.services.reader.close()


def at(world: World, moment: datetime) -> None:
    world.clock.advance((moment - world.clock.now()).total_seconds())


async def released(world: World) -> None:
    """Ten minutes after eight, all have had their turn."""
    at(world, MORNING + SPREAD)
    await world.deliver()


async def test_marketing_waits_until_eight_where_the_person_is_and_then_goes_once(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason, one.next_attempt_at) == (S.HELD, Reason.QUIET_HOURS, MORNING)
    assert (
        one.detail == "It is a quiet hour in America/New_York (of the number), until 2026-11-21 13:00:00 UTC."
    )
    assert world.requests == []
    assert await world.due() == HOUR + spread_of(ANN).total_seconds()

    await released(world)

    one = await world.delivery()
    assert (one.status, len(world.requests)) == (S.ACCEPTED, 1)
    assert one.rested_seconds == HOUR + SPREAD.total_seconds()
    assert one.explanation[-1]["gate"] == "hours"
    assert one.explanation[-1]["detail"] == "open in America/New_York (of the number)"


@pytest.mark.parametrize("purpose", [Purpose.TRANSACTIONAL, Purpose.AUTHENTICATION])
async def test_what_is_no_marketing_goes_at_any_hour(
    store: Store, tmp_path: Path, clock: ManualClock, purpose: Purpose
) -> None:
    world = World(store, tmp_path / "heliograph.db", clock, Settings(data_dir=tmp_path), Provider())
    await world.configure(source(), AT_NIGHT, mapping(purpose=purpose))

    await world.take(identify(), track())
    await world.deliver()

    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 1)
    await world.services.reader.close()


async def test_the_night_does_not_count_as_age(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    world = World(store, tmp_path / "heliograph.db", clock, Settings(data_dir=tmp_path), Provider())
    await world.configure(source(), AT_NIGHT, mapping(max_age_seconds=60))

    await world.take(identify(), track())
    await world.deliver()
    await released(world)

    one = await world.delivery()
    assert (one.status, len(world.requests)) == (S.ACCEPTED, 1)
    assert one.explanation[1]["detail"] == "0 s old, 4200 s in quiet hours not counted, 60 s allowed"
    await world.services.reader.close()


async def test_what_it_waits_for_besides_counts_as_age(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    world = World(store, tmp_path / "heliograph.db", clock, Settings(data_dir=tmp_path), Provider())
    await world.configure(source(), AT_NIGHT, mapping(max_age_seconds=60))
    await world.take(identify(), track())
    await world.deliver()
    at(world, MORNING + SPREAD)
    pause = Pause(MORNING, "ops", None)
    await world.store.write(lambda c: pauses.pause(c, AT_NIGHT.id, pause))
    world.services.workspace.invalidate()
    await world.deliver()
    held = await world.delivery()
    assert (held.status, held.reason, held.next_attempt_at) == (
        S.HELD,
        Reason.PAUSED,
        MORNING + SPREAD + timedelta(seconds=60),
    )

    world.clock.advance(60)
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason) == (S.EXPIRED, Reason.STALE_EVENT)
    assert one.detail == "The event is 60 s old, 4200 s in quiet hours not counted; the mapping allows 60 s."
    assert world.requests == []
    await world.services.reader.close()


async def test_who_says_stop_in_the_night_gets_nothing_in_the_morning(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()
    await world.say(word(ConsentStatus.UNSUBSCRIBED, 60, own_word=True))

    await released(world)

    one = await world.delivery()
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.OPTED_OUT)
    assert world.requests == []


async def test_a_zone_of_a_server_source_counts_beside_that_of_the_number(world: World) -> None:
    await world.take(
        identify(traits={"phone": ANN, "sms_opt_in": True, "timezone": "America/Los_Angeles"}), track()
    )
    await world.deliver()

    one = await world.delivery()
    assert (one.reason, one.next_attempt_at) == (Reason.QUIET_HOURS, later(4 * HOUR))
    assert one.detail == (
        "It is a quiet hour in America/Los_Angeles and America/New_York (of their trait timezone and of the number), until "
        "2026-11-21 16:00:00 UTC."
    )


async def test_a_zone_that_a_browser_gave_is_ignored(world: World) -> None:
    await world.take(identify(), track())
    await world.take(
        identify(messageId="m-b", traits={"timezone": "Asia/Tokyo"}), source="src_browser"
    )  # where it is 21:00
    await world.deliver()

    one = await world.delivery()
    assert (one.reason, one.next_attempt_at) == (Reason.QUIET_HOURS, MORNING)


async def test_the_dry_run_shows_when_the_real_one_goes(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()
    there = (await world.services.workspace.current()).destinations[AT_NIGHT.id]

    seen = await preview(world.services, there, mapping(), track(messageId="m-2"))

    assert (seen.decision, seen.reason, seen.release_at) == ("HOLD", Reason.QUIET_HOURS, MORNING)
    assert seen.release_at == (await world.delivery()).next_attempt_at
    assert seen.sent is not None
    assert seen.sent.request.form


async def test_where_nobody_knows_the_zone_nothing_is_sent_and_the_way_out_is_said(world: World) -> None:
    await world.take(
        identify(traits={"phone": "+882161234567", "sms_opt_in": True}),
        track(),
    )
    await world.deliver()

    one = await world.delivery()
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.QUIET_HOURS)
    assert (
        one.detail == "Nobody knows in which zone this number is, so that no hour is known to be open there."
    )
    assert one.remedy is not None
    assert '{"traits": {"timezone": "America/New_York"}}' in one.remedy
    assert world.requests == []


async def test_a_hundred_of_the_morning_have_their_turns_over_ten_minutes(world: World) -> None:
    numbers = [f"+1202555{place:04}" for place in range(100)]
    for number in numbers:
        who = {"userId": number, "messageId": number}
        await world.take(
            identify(**who, traits={"phone": number, "sms_opt_in": True}),
            track(**{**who, "messageId": f"t{number}"}),
        )
    for _ in range(100):
        if await world.deliver() == 0:
            break
    assert {one.next_attempt_at for one in await world.deliveries()} == {MORNING}

    sent: list[int] = []
    for minute in range(11):
        at(world, MORNING + timedelta(minutes=minute))
        while await world.deliver():
            pass
        sent.append(len(world.requests))

    assert sent[-1] == 100
    each = [after - before for before, after in zip([0, *sent], sent, strict=False)]
    assert max(each) < 25
