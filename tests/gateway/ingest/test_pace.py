"""What one source may take: events in a second, requests at once, bytes in memory."""

import asyncio
import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.clock import ManualClock
from gateway.ingest.endpoints import IngestApp
from gateway.ingest.errors import IngestError
from gateway.ingest.pace import Pace
from tests.factories import WRITE_KEY, track

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

OK = b'{"success":true}'
SERVER = "Basic " + base64.b64encode(f"{WRITE_KEY}:".encode()).decode()
PAGE = "Basic " + base64.b64encode(b"wk_of_the_page:").decode()


def events(pace: Pace, count: int, source: str = "src") -> None:
    """One request of so many events."""
    lane = pace.enter(source)
    try:
        pace.spend(lane, count)
    finally:
        pace.leave(lane, 0)


def refusal(act: Callable[[], object]) -> tuple[int, str, int | None]:
    with pytest.raises(IngestError) as refused:
        act()
    return refused.value.status, refused.value.code, refused.value.retry_after


# -- events in a second -----------------------------------------------------------------------------------------------


def test_what_comes_of_a_sudden_passes_and_then_a_second_gives_a_seconds_worth(clock: ManualClock) -> None:
    pace = Pace(clock, per_second=10, at_once=50)

    for _ in range(50):
        events(pace, 1)
    over = refusal(lambda: events(pace, 1))
    clock.advance(1)
    for _ in range(10):
        events(pace, 1)

    assert over == refusal(lambda: events(pace, 1)) == (429, "rate_limited", 1)


def test_a_batch_is_taken_whole_and_the_next_waits_until_it_is_paid_for(clock: ManualClock) -> None:
    pace = Pace(clock, per_second=10, at_once=50)
    events(pace, 49)
    events(pace, 100)

    assert refusal(lambda: events(pace, 1)) == (429, "rate_limited", 10)
    clock.advance(9)
    assert refusal(lambda: events(pace, 1)) == (429, "rate_limited", 1)
    clock.advance(1)
    events(pace, 1)


def test_one_source_at_its_limit_leaves_the_others_alone(clock: ManualClock) -> None:
    pace = Pace(clock, per_second=1, at_once=1)
    events(pace, 1, "src_loud")

    assert refusal(lambda: events(pace, 1, "src_loud")) == (429, "rate_limited", 1)
    events(pace, 1, "src_quiet")


def test_a_long_silence_saves_up_no_more_than_once(clock: ManualClock) -> None:
    pace = Pace(clock, per_second=10, at_once=50)
    events(pace, 1)
    clock.advance(3600)
    events(pace, 50)

    assert refusal(lambda: events(pace, 1)) == (429, "rate_limited", 1)


def test_a_clock_that_is_set_back_stops_nothing(clock: ManualClock) -> None:
    pace = Pace(clock, per_second=10, at_once=50)
    events(pace, 50)
    clock.advance(-3600)

    assert refusal(lambda: events(pace, 1)) == (429, "rate_limited", 1)
    clock.advance(1)
    events(pace, 10)


def test_of_requests_that_were_let_in_together_those_come_too_late_that_find_nothing_left(
    clock: ManualClock,
) -> None:
    pace = Pace(clock, per_second=10, at_once=50)
    first, second = pace.enter("src"), pace.enter("src")

    pace.spend(first, 100)

    assert refusal(lambda: pace.spend(second, 1)) == (429, "rate_limited", 6)


def test_lanes_that_nobody_uses_are_forgotten_and_those_in_use_are_not(clock: ManualClock) -> None:
    pace = Pace(clock, per_second=10, at_once=50)
    for at in range(100):
        events(pace, 1, f"src_{at}")
    busy = pace.enter("src_busy")
    events(pace, 5000, "src_owing")
    clock.advance(60)

    events(pace, 1, "src_new")

    assert pace.remembered == 3
    pace.leave(busy, 0)
    assert refusal(lambda: events(pace, 1, "src_owing"))[:2] == (429, "rate_limited")


async def test_over_the_rate_nothing_is_read_or_kept_and_sdks_hear_when_to_come_back(api: "Api") -> None:
    app = IngestApp(api.world.services, pace=Pace(api.world.clock, per_second=2, at_once=3))

    async def body() -> Any:
        return {"type": "http.request", "body": b'{"batch":[' + b"{}," * 8 + b"{}]}"}

    async def never() -> Any:
        raise AssertionError("the body was read")

    await api.call(body, app)
    start, answer = await api.call(never, app)

    assert start["status"] == 429
    assert (b"retry-after", b"4") in start["headers"]
    assert (b"x-ratelimit-reset", b"4") in start["headers"]
    assert answer["body"] == (
        b'{"success":false,"code":"rate_limited","message":"The source sends more than 2 events a second. Nothing of '
        b'this request was kept: send it again in 4 s."}'
    )
    assert [len(request.events) for request in await api.taken()] == [9]
    api.world.clock.advance(4)
    assert (await api.call(body, app))[0]["status"] == 200


async def test_a_source_whose_key_is_in_the_body_has_the_same_limit(api: "Api") -> None:
    app = IngestApp(api.world.services, pace=Pace(api.world.clock, per_second=2, at_once=1))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://heliograph") as client:
        answers = [await client.post("/v1/track", json=track(writeKey=WRITE_KEY)) for _ in range(2)]
        other = await client.post("/v1/track", json=track(writeKey="wk_of_the_page"))

    assert [answer.status_code for answer in answers] == [200, 429]
    assert other.status_code == 200


# -- requests at once, bytes in memory --------------------------------------------------------------------------------


def test_so_many_requests_of_one_source_are_under_way_at_most(clock: ManualClock) -> None:
    pace = Pace(clock, open_requests=2)
    lane = pace.enter("src")
    pace.enter("src")

    assert refusal(lambda: pace.enter("src")) == (429, "too_many_requests", 1)
    pace.enter("src_other")
    pace.leave(lane, 0)
    pace.enter("src")


def test_one_source_holds_its_share_and_all_together_the_whole(clock: ManualClock) -> None:
    pace = Pace(clock, held_bytes=100, held_bytes_of_one=60)
    one, other = pace.enter("src_1"), pace.enter("src_2")
    pace.hold(one, 60)

    assert refusal(lambda: pace.hold(one, 1)) == (429, "too_many_requests", 1)
    assert refusal(lambda: pace.hold(other, 41)) == (503, "busy", 1)
    pace.hold(other, 40)
    pace.leave(one, 60)
    pace.hold(other, 20)


class Slow:
    """A client that sends the first bytes of its body, and the rest when it is told to."""

    def __init__(self, body: bytes) -> None:
        self._parts = [body[:10], body[10:]]
        self.waits, self.go_on = asyncio.Event(), asyncio.Event()

    async def receive(self) -> Any:
        if len(self._parts) == 1:
            self.waits.set()
            await self.go_on.wait()
        return {"type": "http.request", "body": self._parts.pop(0), "more_body": bool(self._parts)}


@pytest.mark.parametrize(
    ("limits", "status"),
    [({"open_requests": 1}, 429), ({"held_bytes_of_one": 14}, 429), ({"held_bytes": 14}, 503)],
)
async def test_while_a_slow_client_takes_the_room_the_next_hears_to_come_back_and_then_there_is_room(
    api: "Api", limits: dict[str, int], status: int
) -> None:
    app = IngestApp(api.world.services, pace=Pace(api.world.clock, **limits))
    slow = Slow(b"0123456789 is no JSON"[:11])

    async def body() -> Any:
        return {"type": "http.request", "body": b"{ nor"}

    first = asyncio.create_task(api.call(slow.receive, app))
    await slow.waits.wait()
    start, answer = await api.call(body, app)

    assert (start["status"], (b"retry-after", b"1") in start["headers"]) == (status, True)
    assert b"Nothing of this one was kept: send it again in a moment" in answer["body"]
    slow.go_on.set()
    assert (await first)[0]["status"] == 400
    assert (await api.call(body, app))[0]["status"] == 400
    assert await api.taken() == []


async def test_slow_clients_without_a_key_take_no_room_of_those_with_one(api: "Api") -> None:
    app = IngestApp(api.world.services, pace=Pace(api.world.clock, nameless_requests_of_one=1))
    slow = Slow(b'{"writeKey": "wk_of_the_page", "batch": [{}]}')

    async def body() -> Any:
        return {"type": "http.request", "body": b'{"batch":[{}]}'}

    first = asyncio.create_task(api.call(slow.receive, app, headers=[]))
    await slow.waits.wait()
    nameless = await api.call(body, app, headers=[])
    named = await api.call(body, app)
    slow.go_on.set()

    assert (nameless[0]["status"], named[0]["status"], (await first)[0]["status"]) == (429, 200, 200)


async def test_a_client_that_is_cut_off_gives_its_room_back(api: "Api") -> None:
    app = IngestApp(api.world.services, pace=Pace(api.world.clock, open_requests=1))
    slow = Slow(b'{"batch": [{}]}')
    first = asyncio.create_task(api.call(slow.receive, app))
    await slow.waits.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    slow.go_on.set()

    assert (await api.call(slow.receive, app))[0]["status"] == 400


# -- requests without a write key in their headers --------------------------------------------------------------------


def test_one_address_has_its_share_and_all_together_the_whole(clock: ManualClock) -> None:
    pace = Pace(clock, nameless_requests_of_one=2, nameless_requests=3)
    lane = pace.enter_nameless("192.0.2.1")
    pace.enter_nameless("192.0.2.1")

    assert refusal(lambda: pace.enter_nameless("192.0.2.1")) == (429, "too_many_requests", 1)
    pace.enter_nameless("192.0.2.2")
    assert refusal(lambda: pace.enter_nameless("192.0.2.3")) == (503, "busy", 1)
    pace.enter("src")
    pace.leave(lane, 0)
    pace.enter_nameless("192.0.2.3")


def test_what_addresses_hold_leaves_room_for_sources(clock: ManualClock) -> None:
    pace = Pace(clock, held_bytes=100, held_bytes_of_one=60, nameless_bytes=40, nameless_bytes_of_one=30)
    one, other, source = pace.enter_nameless("192.0.2.1"), pace.enter_nameless("192.0.2.2"), pace.enter("src")
    pace.hold(one, 30)

    assert refusal(lambda: pace.hold(one, 1)) == (429, "too_many_requests", 1)
    assert refusal(lambda: pace.hold(other, 11)) == (503, "busy", 1)
    pace.hold(source, 60)
    pace.leave(one, 30)
    pace.hold(other, 30)


def test_an_address_is_remembered_only_while_something_of_it_is_under_way(clock: ManualClock) -> None:
    pace = Pace(clock)
    lanes = [pace.enter_nameless(f"192.0.2.{number}") for number in range(100)]
    again = pace.enter_nameless("192.0.2.7")

    for lane in lanes:
        pace.leave(lane, 0)

    assert pace.remembered == 1
    pace.leave(again, 0)
    assert pace.remembered == 0


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("no:address", "no:other", False),
        ("", "", True),
    ],
)
def test_the_addresses_of_one_ipv6_network_share(
    one: str, other: str, together: bool, clock: ManualClock
) -> None:
    pace = Pace(clock)

    pace.enter_nameless(one)
    pace.enter_nameless(other)

    assert pace.remembered == (1 if together else 2)
