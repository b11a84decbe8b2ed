"""Who watches: so many at once at most, and each only for as long as their token is there."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from gateway import logging
from gateway.auth import Authenticator, Viewer
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.graphql.terms.errors import Refused

MOST: Final = 2_000
MOST_OF_ONE: Final = 100
"""How many watch at once, by this process and by one token."""

AGAIN_SECONDS: Final = 1.0
"""How soon whoever watches with a token that was revoked is sent away."""

REVOKED = Refused(
    "UNAUTHENTICATED",
    "This token was revoked, so nothing more is shown with it. Use another one; on the server, `heliograph token create` makes one.",
)
UNSURE = Refused(
    "UNAVAILABLE",
    "Whether this token was revoked can't be read now, so nothing more is shown. Subscribe again in a moment, with afterSequence to go on.",
)
STOPPING = Refused(
    "UNAVAILABLE", "The server stops. Subscribe again in a moment, with afterSequence to go on."
)

_log = logging.get("graphql")


@dataclass(slots=True, eq=False)
class Seat:
    """Of one who watches. `ended` has the reason, once they are to be sent away."""

    viewer: Viewer
    ended: asyncio.Future[Refused] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, why: Refused) -> None:
        """Whoever sits here is to be sent away."""
        if not self.ended.done():
            self.ended.set_result(why)


class Seats:
    """Those of this process."""

    def __init__(
        self, authenticator: Authenticator, most: int = MOST, most_of_one: int = MOST_OF_ONE
    ) -> None:
        self._authenticator = authenticator
        self._most = most
        self._most_of_one = most_of_one
        self._taken: set[Seat] = set()
        self._by_token: Counter[str | None] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    @contextmanager
    def take(self, viewer: Viewer) -> Iterator[Seat]:
        """A seat for that viewer, until the block is left. Raises Refused where there is none."""
        token = viewer.token_id
        if self._closed:
            raise STOPPING
        if self._by_token[token] >= self._most_of_one:
            raise _too_many(
                f"This token has {self._most_of_one} subscriptions open, and may have no more at once."
            )
        if len(self._taken) >= self._most:
            raise _too_many(f"This server has {self._most} subscriptions open, and takes no more at once.")
        seat = Seat(viewer)
        self._taken.add(seat)
        self._by_token[token] += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield seat
        finally:
            self._taken.remove(seat)
            self._by_token[token] -= 1
            if not self._by_token[token]:
                del self._by_token[token]
            if not self._taken and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    def close(self) -> None:
        """The server stops: everybody is sent away, and nobody is let in."""
        self._closed = True
        for seat in self._taken:
            seat.end(STOPPING)

    async def _look(self) -> None:
        """Send away those whose token is not what it was, whoever revoked it."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            viewers = {seat.viewer for seat in self._taken}
            try:
                still = await asyncio.gather(*(self._authenticator.still(one) for one in viewers))
            except (StoreBusy, StoreUnavailable):
                continue  # a store that can't be asked now shows nobody anything either
            except Exception as error:  # noqa: BLE001  whatever it is, nobody is shown more than their token is known to allow
                _log.error("Whether tokens were revoked can't be read", error=type(error).__name__)
                for seat in self._taken:
                    seat.end(UNSURE)
                continue
            gone = {viewer for viewer, there in zip(viewers, still, strict=True) if not there}
            for seat in self._taken:
                if seat.viewer in gone:
                    seat.end(REVOKED)


def _too_many(what: str) -> Refused:
    return Refused(
        "TOO_MANY_SUBSCRIPTIONS", f"{what} Nothing was begun. Close one that is not needed, then try again."
    )
