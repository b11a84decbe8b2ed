"""A clock that jumps while texts wait for the morning: each goes out once, and none in a quiet hour by the clock that then stands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest

from gateway.storage.engine import Store, open_store
from tests.situations.gates import NIGHTS, at
from tests.situations.stage import Stage
from tests.situations.telling import NEW_YORK

MINUTE = timedelta(minutes=1)
PEOPLE = [f"+120255501{number:02}" for number in range(60, 68)]
"""Eight numbers of Washington, whose turns in the morning are spread over ten minutes."""

_numbers = count()


@pytest.fixture
async def stage(anyio_backend: str, shared_address: str, tmp_path: Path) -> AsyncIterator[Stage]:
    store: Store = await open_store(shared_address)
    one = Stage(store, tmp_path, f"jump{next(_numbers)}", at(22).astimezone(UTC))
    await one.configure(NIGHTS, {"fields": {"body": "News for you"}})
    for phone in PEOPLE:
        traits = {"phone": phone, "sms_opt_in": True}
        await one.say({"type": "identify", "userId": phone, "traits": traits})
    for phone in PEOPLE:
        await one.say({"type": "track", "event": "Order Placed", "userId": phone})
    assert one.line.requests == []
    yield one
    await one.close()
    await store.close()


class Watch:
    """Lets time go on, and notes by whose clock what went out."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.went: list[tuple[datetime, str]] = []

    @property
    def now(self) -> datetime:
        return self.stage.clock.now().astimezone(NEW_YORK)

    async def until(self, moment: datetime) -> None:
        """Minute by minute, until the clock shows that."""
        while self.stage.clock.now() < moment:
            await self.jump(min(MINUTE, moment - self.stage.clock.now()))

    async def jump(self, span: timedelta) -> None:
        """At once."""
        before = len(self.stage.line.requests)
        await self.stage.wait(span)
        self.went += [(self.now, dict(one.form)["To"]) for one in self.stage.line.requests[before:]]

    def assert_each_went_once_by_day(self) -> None:
        assert sorted(number for _when, number in self.went) == PEOPLE
        assert len(self.stage.line.requests) == len(PEOPLE)
        assert [when for when, _number in self.went if not time(8) <= when.time() < time(21)] == []


@pytest.mark.parametrize("forwards", [timedelta(hours=9, minutes=30), timedelta(hours=13)])
async def test_one_that_jumps_over_the_hour_of_release_lets_all_go_at_once_by_day(
    stage: Stage, forwards: timedelta
) -> None:
    watch = Watch(stage)
    await watch.until(at(23))

    await watch.jump(forwards)
    assert len(watch.went) == len(PEOPLE)
    await watch.until(watch.now + timedelta(hours=1))

    watch.assert_each_went_once_by_day()
    assert {when for when, _number in watch.went} == {at(23) + forwards}


async def test_one_that_jumps_to_a_minute_before_the_hour_lets_none_go_before_it(stage: Stage) -> None:
    watch = Watch(stage)
    await watch.until(at(23))

    await watch.jump(at(7, 59, day=25) - at(23))
    assert watch.went == []
    await watch.until(at(9, day=25))

    watch.assert_each_went_once_by_day()
    assert max(when for when, _number in watch.went) <= at(8, 10, day=25)


async def test_one_that_jumps_over_the_whole_day_lets_none_go_in_the_next_night(stage: Stage) -> None:
    watch = Watch(stage)
    await watch.until(at(23))

    await watch.jump(at(22, day=25) - at(23))
    assert watch.went == []
    await watch.jump(at(7, 50, day=26) - at(22, day=25))
    await watch.until(at(9, day=26))

    watch.assert_each_went_once_by_day()
    assert min(when for when, _number in watch.went) >= at(8, day=26)


@pytest.mark.parametrize("backwards", [timedelta(hours=1), timedelta(days=1)])
async def test_one_that_jumps_back_in_the_night_lets_none_go_before_its_hour(
    stage: Stage, backwards: timedelta
) -> None:
    watch = Watch(stage)
    await watch.jump(at(7, 50, day=25) - at(22))

    await watch.jump(-backwards)
    await watch.until(at(7, 50, day=25) - backwards + timedelta(minutes=30))
    assert watch.went == []
    await watch.jump(at(7, 59, day=25) - watch.now)
    assert watch.went == []
    await watch.until(at(9, day=25))

    watch.assert_each_went_once_by_day()
    assert {when.date() for when, _number in watch.went} == {at(8, day=25).date()}


@pytest.mark.parametrize("backwards", [timedelta(hours=1), timedelta(days=1)])
async def test_one_that_jumps_back_while_they_go_sends_the_rest_by_day_and_none_again(
    stage: Stage, backwards: timedelta
) -> None:
    watch = Watch(stage)
    await watch.jump(at(7, 59, day=25) - at(22))
    await watch.until(at(8, 5, day=25))
    first = [number for _when, number in watch.went]
    assert 0 < len(first) < len(PEOPLE)

    await watch.jump(-backwards)
    await watch.until(watch.now + timedelta(minutes=30))
    assert [number for _when, number in watch.went] == first
    await watch.jump(at(7, 59, day=25) - watch.now)
    await watch.until(at(9, day=25))

    watch.assert_each_went_once_by_day()


@pytest.mark.parametrize("backwards", [timedelta(hours=1), timedelta(days=1)])
async def test_what_went_out_does_not_go_again_where_the_clock_jumps_back_behind_it(
    stage: Stage, backwards: timedelta
) -> None:
    watch = Watch(stage)
    await watch.jump(at(8, 10, day=25) - at(22))
    watch.assert_each_went_once_by_day()

    await watch.jump(-backwards)
    await watch.jump(at(7, 59, day=25) - watch.now)
    await watch.until(at(9, day=25))

    watch.assert_each_went_once_by_day()
