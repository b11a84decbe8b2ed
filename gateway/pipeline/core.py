"""What every step of the pipeline works with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from destinations.kit import DestinationDefinition
from gateway import metrics
from gateway.clock import Clock
from gateway.deliveries import DeliveryStatus
from gateway.facts.workspace import Compiled, Workspace
from gateway.pipeline.reading import Reader
from gateway.queue.base import JobKind, Queue
from gateway.sending import SendingClient
from gateway.settings import Settings
from gateway.storage.engine import Store

LEASE = timedelta(seconds=120)
"""Longer than the slowest reads of a plan, and again, from the claim on, than a send at its time limits."""


class Wakeups:
    """Tells the worker of this process that a job of a kind was enqueued, so that it need not poll."""

    def __init__(self) -> None:
        self._events = {kind: asyncio.Event() for kind in JobKind}

    def ring(self, kind: JobKind) -> None:
        """There is work."""
        self._events[kind].set()

    async def wait(self, kind: JobKind, seconds: float) -> None:
        """Until there is work, or so many seconds at most."""
        try:
            await asyncio.wait_for(self._events[kind].wait(), seconds)
        except TimeoutError:
            return
        self._events[kind].clear()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The adapters the steps act through."""

    store: Store
    queue: Queue
    workspace: Workspace
    clock: Clock
    settings: Settings
    reader: Reader
    client: SendingClient
    wakeups: Wakeups = field(default_factory=Wakeups)

    def definition(self, slug: str) -> DestinationDefinition:
        """The installed definition of that slug. Raises KeyError."""
        return self.workspace.definitions[slug]

    async def settle(self, change: Callable[[Connection], DeliveryStatus | None]) -> None:
        """Run a change that returns the status a Delivery reached by it, if any: counted once it is on disk."""
        reached = await self.store.write(change)
        if reached is not None:
            metrics.DELIVERIES.labels(reached).inc()

    def callback_url(self, one: Compiled, delivery_id: str) -> str | None:
        """Where the provider reports on that Delivery; None where it can't reach this gateway."""
        if self.settings.public_url is None:
            return None
        return f"{self.settings.public_url}/webhooks/{one.destination.id}/status?delivery={delivery_id}"
