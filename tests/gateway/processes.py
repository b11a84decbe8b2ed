"""Processes that work on one ledger, and may die between any two of their writes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection

from destinations import kit
from gateway.facts.workspace import Workspace
from gateway.jobs import Job, JobKind
from gateway.pipeline.at_hand import AtHand
from gateway.pipeline.deliver import deliver
from gateway.pipeline.follow import follow
from gateway.pipeline.lanes import Lanes
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.pipeline.send import Claim
from gateway.shared.memory import in_memory
from gateway.storage import leases
from gateway.storage.engine import Store
from gateway.storage.leases import LEASE
from tests.gateway.company import Company, Request
from tests.gateway.world import World

T = TypeVar("T")
Happens = Callable[[], Awaitable[None]]


class Watched:
    """The store; what each transaction did is looked at before it ends.

    They come one after the other, since one that looks sees nothing of another that is not committed; and what was begun
    is committed, though whoever asked for it is dead by then.
    """

    def __init__(self, store: Store, look: Callable[[Connection], None]) -> None:
        self._store = store
        self._look = look
        self._turn = asyncio.Lock()

    async def read(self, query: Callable[[Connection], T]) -> T:
        return await self._store.read(query)

    async def write(self, change: Callable[[Connection], T], **_bounds: Any) -> T:
        return await asyncio.shield(self._write(change))

    async def _write(self, change: Callable[[Connection], T]) -> T:
        def looked_at(connection: Connection) -> T:
            result = change(connection)
            self._look(connection)
            return result

        async with self._turn:
            return await self._store.write(looked_at)

    async def close(self) -> None:
        await self._store.close()


class Mortal:
    """A process's way to the store. Before or after a certain write it dies, or something else happens first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left = 0
        self._event: str | Happens | None = None
        self.dead = asyncio.Event()

    def arm(self, writes: int, event: str | Happens | None) -> None:
        """After so many more writes that happens: "dies before" the next one, "dies after" it, or what is called before it."""
        self._left, self._event = writes, event

    async def read(self, query: Callable[[Connection], T]) -> T:
        await self.lives()
        return await self._store.read(query)

    async def write(self, change: Callable[[Connection], T], **_bounds: Any) -> T:
        await self.lives()
        event = None
        if self._event is not None:
            self._left -= 1
            if self._left < 0:
                event, self._event = self._event, None
        if callable(event):
            await event()
        elif event == "dies before":
            self.dead.set()
        await self.lives()
        result = await self._store.write(change)
        if event == "dies after":
            self.dead.set()
        await self.lives()
        return result

    async def lives(self) -> None:
        """Who is dead does nothing more."""
        if self.dead.is_set():
            await asyncio.Event().wait()

    async def close(self) -> None:
        return None


class _Outbox(Outbox):
    """Knows how many of its requests wait for an answer, or for another request to their number."""

    waiting = 0

    def send(self, claims: Sequence[Claim]) -> None:
        self.waiting += len(claims)
        super().send(claims)

    async def _send(self, claim: Claim, whose: tuple[str, str], before: asyncio.Task[None] | None) -> None:
        try:
            await super()._send(claim, whose, before)
        finally:
            self.waiting -= 1


class Process:
    """A worker without its loops: it does what it is told, as far as it lives."""

    def __init__(self, world: World, company: Company) -> None:
        self.store = Mortal(world.store)
        self._company, self._clock = company, world.clock
        shared = in_memory()
        definitions = world.services.workspace.definitions
        self.services = replace(
            world.services,
            store=self.store,
            workspace=Workspace(self.store, world.secrets, definitions, shared.changes),
            client=self,
            shared=shared,
        )
        self.failures: list[BaseException] = []
        self._at_hand = AtHand()
        self._outbox = _Outbox(self.services, self._failed)
        self._pacer = Pacer(self.services, self._outbox)
        self._lanes = Lanes(self.services, self._at_hand, self._failed)
        self._task: asyncio.Task[None] | None = None

    async def send(self, request: kit.HttpRequest) -> kit.HttpResponse:
        """As a SendingClient."""
        await self.store.lives()
        answer: asyncio.Future[kit.HttpResponse | Exception] = asyncio.get_running_loop().create_future()
        self._company.open.append(Request(self, dict(request.form or ()), self._clock.now(), answer))
        got = await answer
        await self.store.lives()
        if isinstance(got, Exception):
            raise got
        return got

    async def close(self) -> None:
        """As a SendingClient."""

    async def match(self) -> None:
        for job in await self._lanes.lease():
            self._lanes.add(job)
        while self._lanes.busy:
            await self._lanes.turn()

    async def turn(self, *, at_hand: bool) -> None:
        await self._pacer.let_go(100)
        leased = await self._lease(JobKind.DELIVER)
        near = self._at_hand if at_hand else None
        await deliver(self.services, self._pacer, self._outbox, leased, near)

    async def follow(self) -> None:
        await follow(self.services, await self._lease(JobKind.FOLLOW))

    async def until_quiet(self, work: Coroutine[Any, Any, None] | None = None) -> None:
        """Do that, and wait until nothing goes on but requests that wait for an answer, or the process is dead."""
        self._task = asyncio.create_task(self._quiet(work))
        died = asyncio.create_task(self.store.dead.wait())
        await asyncio.wait({self._task, died}, return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        if self._task.done():
            self._task.result()
        if self.failures:
            raise self.failures[0]

    async def kill(self) -> None:
        """End it, whatever it is about."""
        self.store.dead.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._outbox.leave()

    async def _quiet(self, work: Coroutine[Any, Any, None] | None) -> None:
        if work is not None:
            await work
        await asyncio.sleep(0)  # the outbox counts what it looks up from the loop's next turn on
        while self._outbox.under_way != self._outbox.waiting:
            await self._outbox.wait_for_room()

    async def _lease(self, kind: JobKind) -> list[Job]:
        now = self._clock.now()
        return await self.store.write(lambda c: leases.lease(c, kind, 100, now, LEASE))

    async def _failed(self, _job: Job, error: BaseException) -> None:
        self.failures.append(error)
