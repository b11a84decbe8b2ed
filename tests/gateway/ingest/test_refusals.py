"""Requests that were refused, counted for their source."""

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from structlog.testing import capture_logs

from gateway.ingest.endpoints import IngestApp
from gateway.ingest.refusals import LOG_SECONDS, Refusals
from gateway.storage import refusals
from gateway.storage.refusals import Refusal
from tests.factories import NOW, later, source, track
from tests.gateway.world import World

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api


async def stored(world: World) -> list[Refusal]:
    found = await world.store.read(lambda c: refusals.of_many(c, ["src_server"]))
    return found.get("src_server", [])


async def test_refusals_are_counted_by_code_with_the_last_words_and_time(world: World) -> None:
    counted = Refusals(world.store, world.clock)
    counted.add(source(), "bad_gzip", "first")
    counted.add(source(), "bad_gzip", "second")
    await counted.flush()
    world.clock.advance(5)
    counted.add(source(), "rate_limited", "slow down")
    counted.add(source(), "bad_gzip", "third")
    await counted.flush()

    assert await stored(world) == [
        Refusal("src_server", "bad_gzip", "third", 3, later(5), since=NOW),
        Refusal("src_server", "rate_limited", "slow down", 1, later(5), since=later(5)),
    ]


async def test_what_the_store_can_not_take_is_counted_on(world: World) -> None:
    counted = Refusals(world.store, world.clock)
    counted.add(source(), "bad_gzip", "x" * 1000)
    broken, counted._store = counted._store, None  # type: ignore[assignment]
    await counted.flush()
    counted._store = broken
    await counted.flush()

    assert await stored(world) == [Refusal("src_server", "bad_gzip", "x" * 500, 1, NOW, since=NOW)]


async def test_the_log_is_told_once_a_minute(world: World) -> None:
    counted = Refusals(world.store, world.clock)
    with capture_logs() as told:
        for seconds in (0, 1, LOG_SECONDS):
            world.clock.advance(seconds)
            counted.add(source(), "bad_gzip", "")
            counted._tell()

    assert [line["count"] for line in told] == [1, 2]
    assert {(line["source"], line["code"]) for line in told} == {("src_server", "bad_gzip")}


async def test_a_refused_request_is_its_sources_and_one_that_is_taken_is_not(api: "Api") -> None:
    app = IngestApp(api.world.services)

    async def receive(body: bytes) -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    for body in (b"no json", b'{"batch": []}', msgspec.json.encode({"batch": [track()]})):
        await api.call(partial(receive, body), app)
    await app._refusals.flush()

    assert {(one.code, one.count) for one in await stored(api.world)} == {
        ("invalid_json", 1),
        ("empty_batch", 1),
    }
