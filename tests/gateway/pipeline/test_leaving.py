"""What was held up after it was let go leaves no faster than its sender sends."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from gateway.clock import ManualClock
from gateway.pipeline.leaving import Leaving
from gateway.shared.base import Granted, SenderKey, Wanted
from gateway.shared.memory_pace import MemoryPace

RATE = 20
TURN = Wanted(("dst_1", "+12025550100 leaving"), RATE, (1,))


class NoPace:
    """As while Redis is gone."""

    async def grant(self, wanted: Sequence[Wanted], now: datetime) -> list[Granted]:
        return [Granted(0, 1.0) for _ in wanted]

    async def slow(self, sender: SenderKey, now: datetime) -> None: ...

    async def waits(self, wanted: Sequence[Wanted], now: datetime) -> list[float]:
        return [0.0 for _ in wanted]


async def test_what_comes_all_at_once_from_several_workers_leaves_at_one_pace(clock: ManualClock) -> None:
    pace, begun, left = MemoryPace(), clock.now(), list[float]()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)
        await asyncio.sleep(0)

    async def leave(worker: Leaving) -> None:
        assert await worker.may_leave(TURN, 3600)
        left.append((clock.now() - begun).total_seconds())

    workers = [Leaving(pace, clock, sleep) for _ in range(2)]
    await asyncio.gather(*(leave(worker) for worker in workers for _ in range(300)))

    most = max(sum(at <= other < at + 10 for other in left) for at in left)
    assert len(left) == 600
    assert 195 <= most <= 1.025 * RATE * 10


async def test_those_of_a_sender_leave_in_their_order(clock: ManualClock) -> None:
    left: list[int] = []

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    async def leave(number: int) -> None:
        assert await leaving.may_leave(TURN, 3600)
        left.append(number)

    leaving = Leaving(MemoryPace(), clock, sleep)
    await asyncio.gather(*map(leave, range(30)))

    assert left == list(range(30))


async def test_where_nobody_can_say_whose_turn_it_is_nothing_leaves(clock: ManualClock) -> None:
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)
        await asyncio.sleep(0)

    assert await Leaving(NoPace(), clock, sleep).may_leave(TURN, 0.05) is False
    assert set(asked) == {1.0}


async def test_whoever_gave_up_takes_no_turn_of_another(clock: ManualClock) -> None:
    woken = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await woken.wait()
        clock.advance(seconds)

    leaving = Leaving(MemoryPace(), clock, sleep)
    first = [asyncio.create_task(leaving.may_leave(TURN, 3600)) for _ in range(12)]
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    late = [one for one in first if not one.done()]
    for one in late[:-1]:
        one.cancel()
    woken.set()

    assert len(late) > 1
    assert await late[-1] is True
