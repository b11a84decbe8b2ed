"""How much one source may take: events in a second, requests at once, bytes in memory. So that it hurts no other.

A request whose headers have no write key is of no source until its body is read: an address has its share for those.
"""

import math
from datetime import datetime, timedelta
from ipaddress import AddressValueError, IPv6Address, IPv6Network

from gateway.clock import Clock
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import (
    BUSY_SECONDS,
    EVENTS_AT_ONCE,
    EVENTS_PER_SECOND,
    HELD_BYTES,
    HELD_BYTES_OF_ONE,
    NAMELESS_BYTES,
    NAMELESS_BYTES_OF_ONE,
    NAMELESS_REQUESTS,
    NAMELESS_REQUESTS_OF_ONE,
    OPEN_REQUESTS,
)
from gateway.shared.base import Limits, Spent

_SITE_BITS = 64
_LONGEST_ADDRESS = 64


class Lane:
    """What one source has under way, and how many events it may send now. Of an address, which `address` names then:
    what is under way from there without a write key in the headers.

    `tokens` may be below zero: a batch is taken whole where any are left, and the next waits until it is paid for. `spent` are those
    that other gateways were not told of yet.
    """

    __slots__ = ("address", "at", "held", "open", "spent", "tokens")

    def __init__(self, tokens: float, at: datetime, address: str | None = None) -> None:
        self.tokens = tokens
        self.at = at
        self.address = address
        self.open = 0
        self.held = 0
        self.spent = 0


class Pace:
    """A lane per source. Those that nobody used for a while are forgotten: they would be full."""

    def __init__(
        self,
        clock: Clock,
        *,
        per_second: float = EVENTS_PER_SECOND,
        at_once: float = EVENTS_AT_ONCE,
        open_requests: int = OPEN_REQUESTS,
        held_bytes: int = HELD_BYTES,
        held_bytes_of_one: int = HELD_BYTES_OF_ONE,
        nameless_requests: int = NAMELESS_REQUESTS,
        nameless_requests_of_one: int = NAMELESS_REQUESTS_OF_ONE,
        nameless_bytes: int = NAMELESS_BYTES,
        nameless_bytes_of_one: int = NAMELESS_BYTES_OF_ONE,
    ) -> None:
        self._clock = clock
        self._per_second = per_second
        self._at_once = at_once
        self._open_requests = open_requests
        self._held_bytes = held_bytes
        self._held_bytes_of_one = held_bytes_of_one
        self._nameless_requests = nameless_requests
        self._nameless_requests_of_one = nameless_requests_of_one
        self._nameless_bytes = nameless_bytes
        self._nameless_bytes_of_one = nameless_bytes_of_one
        self._held = 0
        self._lanes: dict[str, Lane] = {}
        self._nameless = Lane(0, clock.now())
        self._addresses: dict[str, Lane] = {}
        self._tidy_at = clock.now()

    @property
    def remembered(self) -> int:
        """How many lanes there are now."""
        return len(self._lanes) + len(self._addresses)

    def enter(self, source_id: str, now: datetime | None = None) -> Lane:
        """One more request of that source, which came `now`; `leave` must follow. Raises IngestError 429, before anything is
        read.
        """
        lane = self._lanes.get(source_id)
        if lane is None:
            lane = self._new(source_id)
        if lane.open >= self._open_requests:
            raise _crowded(f"{lane.open} requests of this source are under way, as many as it may have")
        self._fill(lane, now or self._clock.now())
        self._check(lane)
        lane.open += 1
        return lane

    def enter_nameless(self, address: str) -> Lane:
        """One more request from there that has no write key in its headers; `leave` must follow. Raises IngestError 429
        where that address has its share under way, 503 where all of them together have theirs.
        """
        name = _site(address)
        lane = self._addresses.get(name)
        if lane is not None and lane.open >= self._nameless_requests_of_one:
            raise _crowded(
                f"{lane.open} requests from this address without a write key in their headers are under way, as many as "
                "it may have"
            )
        if self._nameless.open >= self._nameless_requests:
            raise _busy("Too many requests without a write key in their headers are under way")
        if lane is None:
            lane = self._addresses[name] = Lane(0, self._nameless.at, name)
        lane.open += 1
        self._nameless.open += 1
        return lane

    def hold(self, lane: Lane, size: int) -> None:
        """So many more bytes are in memory for it, until it leaves. Raises IngestError 429 for its own share, 503 for all."""
        if lane.address is not None:
            self._hold_nameless(lane, size)
        elif lane.held + size > self._held_bytes_of_one:
            raise _crowded("The requests of this source that are under way hold as many bytes as they may")
        if self._held + size > self._held_bytes:
            raise _busy("Too many requests are under way")
        if lane.address is not None:
            self._nameless.held += size
        lane.held += size
        self._held += size

    def spend(self, lane: Lane, events: int) -> None:
        """Take so many events off what it may send. Raises IngestError 429 where nothing was left."""
        if lane.tokens < 1:
            self._fill(lane, self._clock.now())
            self._check(lane)
        lane.tokens -= events
        lane.spent += events

    async def settle(self, limits: Limits) -> None:
        """Tell the other gateways what was taken of each source, and take no more of it than all of them together may. Where nobody can
        say, this one goes on by itself, and what was taken meanwhile is not told later: it was within its own limit.
        """
        spent = [
            Spent(source_id, lane.spent, lane.tokens)
            for source_id, lane in self._lanes.items()
            if lane.spent or lane.tokens < 1
        ]
        if not spent:
            return
        for one in spent:
            self._lanes[one.source_id].spent = 0
        left = await limits.settle(spent, self._per_second, self._at_once)
        if left is None:
            return
        now = self._clock.now()
        for one, tokens in zip(spent, left, strict=True):
            lane = self._lanes.get(one.source_id)
            if lane is not None:
                lane.tokens, lane.at = tokens - lane.spent, now

    def leave(self, lane: Lane, held: int) -> None:
        """The request is over, and what it held is let go."""
        lane.open -= 1
        lane.held -= held
        self._held -= held
        if lane.address is not None:
            self._nameless.open -= 1
            self._nameless.held -= held
            if lane.open == 0:
                del self._addresses[lane.address]

    def _hold_nameless(self, lane: Lane, size: int) -> None:
        if lane.held + size > self._nameless_bytes_of_one:
            raise _crowded(
                "The requests from this address without a write key in their headers that are under way hold as many "
                "bytes as they may"
            )
        if self._nameless.held + size > self._nameless_bytes:
            raise _busy(
                "The requests without a write key in their headers that are under way hold as many bytes as they may"
            )

    def _fill(self, lane: Lane, now: datetime) -> None:
        seconds = (now - lane.at).total_seconds()
        lane.at = now
        if seconds > 0:  # a machine's clock may be set back
            lane.tokens = min(self._at_once, lane.tokens + seconds * self._per_second)

    def _check(self, lane: Lane) -> None:
        if lane.tokens < 1:
            seconds = max(1, math.ceil((1 - lane.tokens) / self._per_second))
            raise IngestError(
                429,
                "rate_limited",
                f"The source sends more than {self._per_second:g} events a second. Nothing of this request was kept: "
                f"send it again in {seconds} s.",
                retry_after=seconds,
            )

    def _new(self, source_id: str) -> Lane:
        now = self._clock.now()
        if now >= self._tidy_at:
            self._tidy_at = now + timedelta(seconds=self._at_once / self._per_second)
            for idle in [name for name, lane in self._lanes.items() if self._is_idle(lane, now)]:
                del self._lanes[idle]
        lane = self._lanes[source_id] = Lane(self._at_once, now)
        return lane

    def _is_idle(self, lane: Lane, now: datetime) -> bool:
        full_by = lane.tokens + (now - lane.at).total_seconds() * self._per_second
        return lane.open == 0 and full_by >= self._at_once


def _crowded(why: str) -> IngestError:
    return IngestError(
        429,
        "too_many_requests",
        f"{why}. Nothing of this one was kept: send it again in a moment, and fewer at once.",
        retry_after=BUSY_SECONDS,
    )


def _busy(why: str) -> IngestError:
    return IngestError(
        503,
        "busy",
        f"{why}. Nothing of this one was kept: send it again in a moment.",
        retry_after=BUSY_SECONDS,
    )


def _site(address: str) -> str:
    """Who is meant by an address: of IPv6 the whole network, since one client has as many addresses in it as it wants."""
    if ":" in address:
        try:
            known = IPv6Address(address)
        except AddressValueError:
            pass
        else:
            within = known.ipv4_mapped or IPv6Network((known, _SITE_BITS), strict=False)
            return str(within)
    return address[:_LONGEST_ADDRESS]
