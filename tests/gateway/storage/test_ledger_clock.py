"""The ledger's time is that of its server."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from gateway.clock import Clock, ManualClock
from gateway.errors import StartupError
from gateway.storage.engine import Store, open_store
from gateway.storage.ledger_clock import ledger_clock, offset


class Off:
    """This machine's clock, and so many seconds off."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._seconds)


@pytest.fixture
async def server(postgresql: str) -> Store:
    return await open_store(postgresql)


async def difference(server: Store, clock: Clock) -> float:
    """How far that clock is before the server's."""
    there = await server.read(lambda c: c.execute(select(func.clock_timestamp())).scalar_one())
    return float((clock.now() - there).total_seconds())


@pytest.mark.parametrize("seconds", [-20.0, 0.0, 20.0])
async def test_however_far_a_clock_is_off_the_ledgers_is_the_servers(server: Store, seconds: float) -> None:
    clock = await ledger_clock(server, Off(seconds))

    assert abs(await difference(server, clock)) < 1.0
    await server.close()


@pytest.mark.parametrize(("seconds", "words"), [(-120.0, "120 s behind"), (120.0, "120 s ahead of")])
async def test_a_clock_two_minutes_off_is_to_be_mended(server: Store, seconds: float, words: str) -> None:
    with pytest.raises(StartupError, match=f"{words} the database server's.*timedatectl set-ntp true"):
        await ledger_clock(server, Off(seconds))
    await server.close()


async def test_it_follows_where_the_servers_goes(server: Store) -> None:
    here = ManualClock(datetime.now(UTC))
    clock = await ledger_clock(server, here)
    here.advance(3600)

    assert await clock.follow(server) < timedelta(minutes=-59)

    # The clock here stands still meanwhile.
    assert abs(await difference(server, clock)) < 30.0
    assert await offset(server, clock) < timedelta(seconds=30)
    await server.close()
