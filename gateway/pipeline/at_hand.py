"""What a process knows without a look: what it made last, and what it can decide at once. All of it may be gone at any time."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, Never, TypeVar

from sqlalchemy import Connection

from destinations.kit import HttpRequest
from gateway.jobs import Job
from gateway.pipeline.fresh import Fresh
from gateway.pipeline.load import Item

T = TypeVar("T")

MOST: Final = 2_000
"""How many Deliveries are remembered: those of a burst, since to read one again takes a twentieth of what its text does. Beyond that it is
memory.
"""


class AtHand:
    """The Deliveries that were made last, each with its event; and the mappings whose plans read from a provider."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, Fresh] = OrderedDict()
        self.reading: set[str] = set()

    def put(self, made: Iterable[Fresh]) -> None:
        """These Deliveries were made, and are on disk."""
        self._made.update((one.delivery.id, one) for one in made)
        while len(self._made) > MOST:
            self._made.popitem(last=False)

    def take(self, job: Job) -> Item | None:
        """The Delivery of a job that has its first turn: nobody can have changed it without taking the job away."""
        made = self._made.pop(job.subject or "", None)
        if made is None or job.tries > 1:
            return None
        return Item(job, made.delivery, made.event, made)


class _MustWait(BaseException):
    """What is asked for is not at hand. No handler of errors is meant to see it."""


async def no_read(_request: HttpRequest) -> Never:
    """A plan's reads, for one that is decided at once."""
    raise _MustWait


class NoStore:
    """The store, for facts that are at hand."""

    async def read(self, _query: Callable[[Connection], T]) -> T:
        raise _MustWait


def at_once(work: Coroutine[Any, Any, T]) -> T | None:
    """What comes of it, where it waits for nothing; None where it would: then nothing was done. Without a task of its own, which is
    a tenth of what a decision costs.
    """
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    except _MustWait:
        return None
    work.close()
    return None
