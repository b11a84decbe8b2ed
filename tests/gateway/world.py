"""A gateway without a server: a store in a file, the services around it, and the paper destination behind it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import CompoundSelect, Connection, String, func, literal_column, select, union_all

from destinations.kit import Channel, DestinationDefinition, HttpRequest, MessageStatus, StatusChanged
from gateway.auth import Authenticator
from gateway.clock import ManualClock
from gateway.consent import ConsentEntry
from gateway.deliveries import Attempt, Delivery, StatusCallback
from gateway.events import Event, EventOutcome
from gateway.facts.workspace import Workspace
from gateway.jobs import Job, JobKind
from gateway.pipeline import settle, signals
from gateway.pipeline.deliver import deliver
from gateway.pipeline.follow import follow
from gateway.pipeline.match import Taken, match
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.secrets import Secrets
from gateway.sending import MemoryClient
from gateway.sending.memory import MemoryReceivers
from gateway.sending.reading import Reader
from gateway.services import Services
from gateway.settings import Settings
from gateway.shared.memory import in_memory
from gateway.storage import (
    attempts,
    consent,
    delivery_lists,
    destinations,
    event_lists,
    events,
    jobs,
    leases,
    mappings,
    sources,
    tables,
)
from gateway.storage.engine import Store
from gateway.storage.event_filters import EventFilter
from gateway.workspace import Destination, Mapping, Source
from tests import factories
from tests.gateway.asked import Asked
from tests.gateway.paper import Provider, definition

_COUNTS: CompoundSelect[str, int] = union_all(
    *(
        select(literal_column(f"'{table.name}'", String), func.count()).select_from(table)
        for table in tables.metadata.sorted_tables
        if table not in (tables.stats, tables.stats_changes)
    )
)
"""One statement, since some tests count before and after each of hundreds of events."""


class World:
    """Ask `open_world` for one. What is done to it happens in the order of the calls; nothing runs beside them."""

    def __init__(
        self,
        store: Store,
        path: Path,
        clock: ManualClock,
        settings: Settings,
        provider: Provider | None = None,
        installed: DestinationDefinition | None = None,
    ) -> None:
        self.store = store
        self.path = path
        self.clock = clock
        self.provider = provider or Provider()
        self.client = MemoryClient(self.provider.answer)
        self.receivers = MemoryReceivers()
        self.secrets = Secrets(["a key of the tests' own"])
        self.definition = installed or definition(self.provider)
        shared = in_memory()
        self.services = Services(
            store=store,
            secrets=self.secrets,
            workspace=Workspace(store, self.secrets, {self.definition.slug: self.definition}, shared.changes),
            clock=clock,
            settings=settings,
            reader=Reader(shared.cache, Asked(httpx.MockTransport(self.provider.read))),
            client=self.client,
            receivers=self.receivers,
            shared=shared,
            authenticator=Authenticator(store, settings.admin_token),
        )
        self.outbox = Outbox(self.services, self._failed)
        self.pacer = Pacer(self.services, self.outbox)

    async def configure(self, *things: Source | Destination | Mapping) -> None:
        """Store these, and connect every source of them to every destination."""

        def store(connection: Connection) -> None:
            for thing in things:
                if isinstance(thing, Source):
                    sources.add(connection, thing)
                elif isinstance(thing, Destination):
                    destinations.add(connection, thing, self.secrets)
                else:
                    mappings.add(connection, thing)
            for one in sources.everything(connection):
                for other in destinations.everything(connection, self.secrets):
                    sources.connect(connection, one.id, other.id)

        await self.store.write(store)
        self.services.workspace.invalidate()

    async def take(self, *calls: dict[str, Any] | Event, source: str = "src_server") -> list[EventOutcome]:
        """Match these calls as one request, received now."""
        snapshot = await self.services.workspace.current()
        now = self.clock.now()
        taken = [call if isinstance(call, Event) else factories.event(call, now) for call in calls]

        events = [Taken(snapshot.sources[source], one) for one in taken]
        return (await self.store.write(lambda c: match(c, self.secrets, snapshot, events, now))).outcomes

    async def lease(self, kind: JobKind = JobKind.DELIVER) -> list[Job]:
        """The jobs of that kind that are due."""
        now = self.clock.now()
        return await self.store.write(lambda c: leases.lease(c, kind, 100, now, leases.LEASE))

    async def deliver(self) -> int:
        """Give every delivery that is due one turn, and whose sender's pace has it; how many there were."""
        await self.pacer.let_go(100)
        leased = await self.lease()
        for job in leased:
            await self.work_on([job])
        return len(leased)

    async def work_on(self, leased: Sequence[Job]) -> None:
        """Give these their turn together, and wait until what was sent is recorded. Raises what the gateway itself failed on."""
        failures: list[BaseException] = []

        async def failed(_job: Job, error: BaseException) -> None:
            failures.append(error)

        outbox = Outbox(self.services, failed)  # of its own: it may be called while a request is under way
        await deliver(self.services, self.pacer, outbox, leased)
        await outbox.finished()
        if failures:
            raise failures[0]

    async def _failed(self, _job: Job, error: BaseException) -> None:
        raise error

    async def follow(self) -> int:
        """Ask for every message that is due; how many there were."""
        leased = await self.lease(JobKind.FOLLOW)
        await follow(self.services, leased)
        return len(leased)

    async def follow_when_due(self) -> float:
        """Move the clock to the next look, and take it; how many seconds it was moved."""
        wait = await self.due(JobKind.FOLLOW)
        assert wait is not None
        self.clock.advance(wait)
        assert await self.follow() == 1
        return wait

    async def due(self, kind: JobKind = JobKind.DELIVER) -> float | None:
        """In how many seconds the next delivery is due."""
        when = await self.store.read(lambda c: jobs.next_due(c, kind))
        return None if when is None else (when - self.clock.now()).total_seconds()

    async def deliver_when_due(self) -> None:
        """Move the clock to the next turn, and take it."""
        wait = await self.due()
        assert wait is not None
        self.clock.advance(max(0.0, wait))
        assert await self.deliver() == 1

    async def deliveries(self) -> Sequence[Delivery]:
        page = await self.store.read(
            lambda c: delivery_lists.page(c, "default", 100, None, delivery_lists.DeliveryFilter())
        )
        return page.items

    async def delivery(self) -> Delivery:
        """The only one there is."""
        (one,) = await self.deliveries()
        return one

    async def attempts(self) -> list[Attempt]:
        one = await self.delivery()
        return await self.store.read(lambda c: attempts.of_many(c, [one.id]).get(one.id, []))

    async def callbacks(self) -> list[StatusCallback]:
        one = await self.delivery()
        return await self.store.read(lambda c: attempts.callbacks_of_many(c, [one.id]).get(one.id, []))

    async def say(self, *words: ConsentEntry) -> None:
        """Add to the ledger of consent."""

        def add(connection: Connection) -> None:
            for one in words:
                consent.add(connection, one)

        await self.store.write(add)

    async def words(self, phone: str = factories.ANN, channel: Channel = Channel.SMS) -> list[ConsentEntry]:
        return await self.store.read(lambda c: consent.of_number(c, "default", phone, channel))

    async def call_back(self, status: MessageStatus, sid: str = "SM1", **more: Any) -> None:
        """The provider says so of the only delivery."""
        one = await self.delivery()
        there = (await self.services.workspace.current()).destinations[one.destination_id]
        signal = StatusChanged(sid, status, **({"delivery_id": one.id} | more))
        await settle.settle(
            self.services, lambda c: signals.apply(c, self.secrets, there, [signal], self.clock.now())
        )

    async def counts(self) -> dict[str, int]:
        """The rows of every table but those of what is counted."""
        return await self.store.read(lambda c: dict(c.execute(_COUNTS).all()))

    async def event(self, message_id: str = "m-1") -> Any:
        """The stored event of that messageId."""

        def find(connection: Connection) -> Any:
            query = select(tables.events.c.id).where(tables.events.c.message_id == message_id)
            return events.get(connection, connection.scalars(query).one())

        return await self.store.read(find)

    async def event_of(self, source_id: str) -> Any:
        """The latest event of that source."""
        page = await self.store.read(
            lambda c: event_lists.page(c, "default", 1, None, EventFilter(source_id=source_id))
        )
        return page.items[0]

    def on_disk(self, query: str) -> list[tuple[Any, ...]]:
        """What another process would read of the file now."""
        other = sqlite3.connect(self.path)
        try:
            return other.execute(query).fetchall()
        finally:
            other.close()

    @property
    def requests(self) -> list[HttpRequest]:
        """What left for the provider."""
        return self.client.requests

    async def close(self) -> None:
        await self.services.reader.close()
        await self.store.close()
