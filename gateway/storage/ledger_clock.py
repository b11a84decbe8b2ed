"""The ledger's time: that of the database server, so that leases mean the same on every machine."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from gateway.clock import Clock
from gateway.errors import StartupError
from gateway.storage.engine import ReadOnly

MOST_OFF = timedelta(seconds=30)
"""A clock that is further off is to be mended: certificates, logs and the times of others go by it too."""

_LOOKS = 3


async def offset(store: ReadOnly, clock: Clock) -> timedelta:
    """How far the database server's clock is before this one, within half of what a look takes."""
    looks = [await _look(store, clock) for _ in range(_LOOKS)]
    return min(looks)[1]


async def _look(store: ReadOnly, clock: Clock) -> tuple[timedelta, timedelta]:
    before = clock.now()
    there: datetime = await store.read(_now)
    took = clock.now() - before
    return took, there - before - took / 2


def _now(connection: Connection) -> datetime:
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found


class LedgerClock:
    """A clock that goes as the ledger's does."""

    def __init__(self, clock: Clock, ahead: timedelta) -> None:
        self._clock = clock
        self._ahead = ahead

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    async def follow(self, store: ReadOnly) -> timedelta:
        """Go by the ledger's again, from which clocks drift; how far this machine's own is behind it."""
        self._ahead = await offset(store, self._clock)
        return self._ahead


async def ledger_clock(store: ReadOnly, clock: Clock) -> LedgerClock:
    """The clock of a ledger on a server. Raises StartupError where this machine's is too far off."""
    ahead = await offset(store, clock)
    if abs(ahead) > MOST_OFF:
        way = "behind" if ahead > timedelta() else "ahead of"
        raise StartupError(
            f"This machine's clock is {abs(ahead).total_seconds():.0f} s {way} the database server's, at most "
            f"{MOST_OFF.total_seconds():.0f} s is taken. Nothing was started. Let both follow one time server (`timedatectl set-ntp "
            "true`), and start again."
        )
    return LedgerClock(clock, ahead)
