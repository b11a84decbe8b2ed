"""What processes share: one suite over every adapter."""

import asyncio

import pytest

from gateway.jobs import JobKind
from gateway.shared import Shared
from gateway.shared.base import Spent
from gateway.shared.memory import MOST_CACHED, in_memory
from tests.gateway.shared.conftest import Backend

pytestmark = pytest.mark.usefixtures("patient")

PATIENCE = 20.0
"""Seconds for what should never run out, on however slow a machine."""


async def test_a_ring_ends_the_wait_of_its_kind_alone(shared: Shared) -> None:
    matching = asyncio.create_task(shared.wakeups.wait(JobKind.MATCH, PATIENCE))
    delivering = asyncio.create_task(shared.wakeups.wait(JobKind.DELIVER, PATIENCE))

    shared.wakeups.ring(JobKind.MATCH)
    await matching

    assert not delivering.done()
    shared.wakeups.ring(JobKind.DELIVER)
    await delivering


async def test_a_ring_that_nobody_waited_for_ends_one_wait(shared: Shared) -> None:
    shared.wakeups.ring(JobKind.MATCH)
    shared.wakeups.ring(JobKind.MATCH)

    await asyncio.wait_for(shared.wakeups.wait(JobKind.MATCH, PATIENCE), PATIENCE / 2)

    second = asyncio.create_task(shared.wakeups.wait(JobKind.MATCH, PATIENCE))
    await asyncio.sleep(0)
    assert not second.done()
    shared.wakeups.ring(JobKind.MATCH)
    await second


async def test_a_wait_ends_without_a_ring(shared: Shared) -> None:
    await asyncio.wait_for(shared.wakeups.wait(JobKind.MATCH, 0.001), PATIENCE)


async def test_every_listener_knows_of_a_change_once_it_is_announced(shared: Shared) -> None:
    heard: list[str] = []
    shared.changes.listen(lambda: heard.append("first"))
    shared.changes.listen(lambda: heard.append("second"))

    shared.changes.announce()

    assert heard == ["first", "second"]


async def test_an_answer_is_used_again_for_as_long_as_was_said(shared: Shared, backend: Backend) -> None:
    await shared.cache.put("a", b"one", 60)

    backend.pass_time(50)
    assert await shared.cache.get("a") == b"one"
    backend.pass_time(10)
    assert await shared.cache.get("a") is None


async def test_what_is_put_again_is_new(shared: Shared, backend: Backend) -> None:
    await shared.cache.put("a", b"one", 60)
    backend.pass_time(30)
    await shared.cache.put("a", b"two", 60)

    backend.pass_time(50)
    assert await shared.cache.get("a") == b"two"
    assert await shared.cache.get("b") is None


async def test_of_too_many_answers_the_first_go() -> None:
    shared = in_memory()
    await shared.cache.put("again", b"1", 60)
    for number in range(MOST_CACHED - 1):
        await shared.cache.put(str(number), b"x", 60)
    await shared.cache.put("again", b"2", 60)
    await shared.cache.put("one more", b"x", 60)

    assert await shared.cache.get("0") is None
    assert await shared.cache.get("1") == b"x"
    assert await shared.cache.get("again") == b"2"


async def test_what_was_taken_of_a_source_that_nobody_else_took_from_leaves_what_was_thought(
    shared: Shared,
) -> None:
    spent = [Spent("src_shop", 10, 90.0), Spent("src_page", 5, -5.0)]

    assert await shared.limits.settle(spent, 1, 100) == [90.0, -5.0]


async def test_what_can_be_used_has_no_troubles(shared: Shared) -> None:
    assert list(shared.reach.troubles) == []
