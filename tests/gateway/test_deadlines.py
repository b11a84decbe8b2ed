"""An end to what takes too long."""

import asyncio

import pytest

from gateway.deadlines import Deadlines


async def forever(deadlines: Deadlines) -> None:
    with deadlines.within():
        await asyncio.Event().wait()


async def test_what_takes_too_long_ends_with_a_timeout_and_its_task_goes_on() -> None:
    deadlines = Deadlines(0.01)

    for _ in range(3):
        with pytest.raises(TimeoutError):
            await forever(deadlines)

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_each_ends_for_itself() -> None:
    short, long = Deadlines(0.01), Deadlines(60)
    done = asyncio.Event()

    async def patient() -> str:
        with long.within():
            await done.wait()
        return "whole"

    waiting = asyncio.create_task(patient())
    ended = await asyncio.gather(*(forever(short) for _ in range(5)), return_exceptions=True)
    done.set()

    assert [type(one) for one in ended] == [TimeoutError] * 5
    assert await waiting == "whole"


async def test_what_is_done_in_time_returns_and_raises_as_it_would() -> None:
    deadlines = Deadlines(60)

    with deadlines.within():
        await asyncio.sleep(0)
    with pytest.raises(ValueError, match="its own"), deadlines.within():
        raise ValueError("its own")


async def test_a_cancellation_from_outside_stays_one() -> None:
    waiting = asyncio.create_task(forever(Deadlines(60)))
    await asyncio.sleep(0)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
