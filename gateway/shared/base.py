"""The ports for what several processes share. Whoever uses one goes on without it: later, or with more reads, never wrong."""

from typing import Protocol

from gateway.jobs import JobKind


class Wakeups(Protocol):
    """Tells a worker that a job of a kind was enqueued, so that it need not poll. A call that is lost costs a second."""

    def ring(self, kind: JobKind) -> None:
        """There is work."""
        ...

    async def wait(self, kind: JobKind, seconds: float) -> None:
        """Until there is work, or so many seconds at most. A ring that nobody waited for ends the next wait at once."""
        ...
