"""Rotating a write key: the new one works at once, the old one for as long as was said."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from gateway import ids
from gateway.workspace import Role

ROTATED = """
  source { id revision writeKey { lastFour setAt } retiredKeys { lastFour worksUntil } }
  writeKey
  errors { code path }
"""


async def rotate(api: Any, source_id: str, revision: int, **given: Any) -> Any:
    return await api.change(
        "sourceKeyRotate", {"id": source_id, "expectedRevision": revision, **given}, ROTATED
    )


async def opens(api: Any, *keys: str) -> list[bool]:
    """Whether each key is a source's, as ingestion asks it now."""
    snapshot, now = await api.services.workspace.current(), api.clock.now()
    return [snapshot.source_of(ids.digest(key), now) is not None for key in keys]


async def test_shows_the_new_key_this_once_and_lets_the_old_one_work_for_a_day(api: Any) -> None:
    source_id, old = await api.keyed_source()
    api.clock.advance(60)

    payload = await rotate(api, source_id, 1)

    new = payload["writeKey"]
    assert re.fullmatch(r"hwk_[A-Za-z0-9_-]{32}", new)
    assert new != old
    assert payload == {
        "source": {
            "id": source_id,
            "revision": 2,
            "writeKey": {"lastFour": new[-4:], "setAt": "2026-03-01T12:01:00.000Z"},
            "retiredKeys": [{"lastFour": old[-4:], "worksUntil": "2026-03-02T12:01:00.000Z"}],
        },
        "writeKey": new,
        "errors": [],
    }
    assert await opens(api, old, new) == [True, True]
    api.clock.advance(86_399)
    assert await opens(api, old, new) == [True, True]
    api.clock.advance(1)
    assert await opens(api, old, new) == [False, True]
    again = await api.data("query($id: ID!) { source(id: $id) { retiredKeys { lastFour } } }", id=source_id)
    assert again == {"source": {"retiredKeys": []}}


async def test_ingestion_takes_both_keys_until_the_old_one_ends(api: Any, ingest: httpx.AsyncClient) -> None:
    source_id, old = await api.keyed_source()
    new = (await rotate(api, source_id, 1, overlapSeconds=60))["writeKey"]

    async def statuses() -> list[int]:
        call = {"event": "Order Placed", "userId": "ann"}
        return [(await ingest.post("/v1/track", json=call, auth=(key, ""))).status_code for key in (old, new)]

    assert await statuses() == [200, 200]
    api.clock.advance(60)
    assert await statuses() == [401, 200]


async def test_both_keys_are_of_the_one_source_as_it_is_now(api: Any) -> None:
    source_id, old = await api.keyed_source()
    new = (await rotate(api, source_id, 1))["writeKey"]
    await api.change(
        "sourceUpdate", {"id": source_id, "expectedRevision": 2, "enabled": False}, "source { id }"
    )

    snapshot, now = await api.services.workspace.current(), api.clock.now()

    for key in (old, new):
        source = snapshot.source_of(ids.digest(key), now)
        assert (source.id, source.enabled) == (source_id, False)
    assert list(snapshot.by_key_hash) == [ids.digest(new)]
    assert ids.digest(old) not in repr(snapshot)


async def test_without_an_overlap_the_old_key_stops_at_once(api: Any) -> None:
    source_id, old = await api.keyed_source()

    payload = await rotate(api, source_id, 1, overlapSeconds=0)

    assert payload["source"]["retiredKeys"] == []
    assert await opens(api, old, payload["writeKey"]) == [False, True]


async def test_after_several_rotations_no_earlier_key_outlives_the_last_overlap(api: Any) -> None:
    source_id, first = await api.keyed_source()
    second = (await rotate(api, source_id, 1, overlapSeconds=1000))["writeKey"]
    api.clock.advance(10)
    third = (await rotate(api, source_id, 2, overlapSeconds=100))["writeKey"]

    assert await opens(api, first, second, third) == [True, True, True]
    api.clock.advance(100)
    assert await opens(api, first, second, third) == [False, False, True]

    fourth = (await rotate(api, source_id, 3, overlapSeconds=1000))["writeKey"]
    last = (await rotate(api, source_id, 4, overlapSeconds=0))["writeKey"]

    assert await opens(api, first, second, third, fourth, last) == [False, False, False, False, True]


async def test_the_same_idempotency_key_rotates_once_and_shows_no_key_again(api: Any) -> None:
    source_id, old = await api.keyed_source()

    first = await rotate(api, source_id, 1, idempotencyKey="once")
    second = await rotate(api, source_id, 1, idempotencyKey="once")

    assert second == {**first, "writeKey": None}
    assert await opens(api, old, first["writeKey"]) == [True, True]


async def test_eight_calls_with_one_idempotency_key_at_a_time_rotate_once_on_postgresql(
    remote_api: Any,
) -> None:
    source_id, old = await remote_api.keyed_source()

    answers = await asyncio.gather(
        *(rotate(remote_api, source_id, 1, idempotencyKey="once") for _ in range(8))
    )

    assert [answer["errors"] for answer in answers] == [[]] * 8
    [new] = [answer["writeKey"] for answer in answers if answer["writeKey"] is not None]
    assert {answer["source"]["revision"] for answer in answers} == {2}
    assert await opens(remote_api, old, new) == [True, True]


async def test_the_same_idempotency_key_with_another_overlap_is_refused(api: Any) -> None:
    source_id, old = await api.keyed_source()
    new = (await rotate(api, source_id, 1, idempotencyKey="once"))["writeKey"]

    payload = await rotate(api, source_id, 1, overlapSeconds=0, idempotencyKey="once")

    errors = [{"code": "IDEMPOTENCY_MISMATCH", "path": ["idempotencyKey"]}]
    assert payload == {"source": None, "writeKey": None, "errors": errors}
    assert await opens(api, old, new) == [True, True]


@pytest.mark.parametrize("seconds", [-1, 2_592_001])
async def test_an_overlap_has_bounds(api: Any, seconds: int) -> None:
    source_id, old = await api.keyed_source()

    payload = await rotate(api, source_id, 1, overlapSeconds=seconds)

    errors = [{"code": "INVALID", "path": ["overlapSeconds"]}]
    assert payload == {"source": None, "writeKey": None, "errors": errors}
    assert await opens(api, old) == [True]
    data = await api.data("query($id: ID!) { source(id: $id) { revision } }", id=source_id)
    assert data == {"source": {"revision": 1}}


async def test_a_viewer_sees_no_more_of_a_key_than_its_end(api: Any) -> None:
    source_id, old = await api.keyed_source()
    new = (await rotate(api, source_id, 1))["writeKey"]

    answer = await api.ask(
        "{ sources { edges { node { writeKey { lastFour } retiredKeys { lastFour } } } } }",
        await api.token(Role.VIEWER),
    )

    node = {"writeKey": {"lastFour": new[-4:]}, "retiredKeys": [{"lastFour": old[-4:]}]}
    assert answer == {"data": {"sources": {"edges": [{"node": node}]}}}
