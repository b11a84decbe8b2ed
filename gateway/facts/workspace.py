"""What is configured, in memory: read by every event, reloaded when it changed."""

import asyncio
from collections.abc import Callable, Mapping as Object

from sqlalchemy import Connection

from destinations.kit import DestinationDefinition
from gateway.facts.snapshot import Snapshot, snapshot_of
from gateway.secrets import Secrets
from gateway.shared.base import Changes
from gateway.storage import configuration, destinations, mappings, senders, sources, templates
from gateway.storage.engine import Store
from gateway.synced import KnownSenders, KnownTemplate
from gateway.workspace import Destination, Mapping, RetiredKey, Source


class Workspace:
    """Hands out the current Snapshot."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        definitions: Object[str, DestinationDefinition],
        changes: Changes,
    ) -> None:
        self.definitions = definitions
        self._store = store
        self._secrets = secrets
        self._snapshot: Snapshot | None = None
        self._last: Snapshot | None = None
        self._listeners: list[Callable[[Snapshot, Snapshot], None]] = []
        self._revision: int | None = None
        self._changed = 0
        self._loading = asyncio.Lock()
        self._changes = changes
        changes.listen(self._forget)

    def invalidate(self) -> None:
        """Something was changed: the next `current` reads it, in every process."""
        self._changes.announce()

    def listen(self, listener: Callable[[Snapshot, Snapshot], None]) -> None:
        """Have that called with what was configured before and what is now, whenever it was read anew."""
        self._listeners.append(listener)

    def _forget(self) -> None:
        self._snapshot = None
        self._changed += 1

    @property
    def ready(self) -> Snapshot | None:
        """What is configured now, where that is known without a look."""
        return self._snapshot

    def follows(self, destination: Destination) -> bool:
        """Whether the provider behind a destination can be asked what became of its messages."""
        definition = self.definitions.get(destination.definition)
        return definition is not None and definition.follow is not None

    async def current(self) -> Snapshot:
        """What is configured now."""
        if self._snapshot is not None:
            return self._snapshot
        async with self._loading:
            while self._snapshot is None:
                seen = self._changed
                revision, rows = await self._store.read(self._rows)
                before = {} if self._last is None else self._last.compiled
                loaded = snapshot_of(self.definitions, revision, *rows, before=before)
                if seen == self._changed:  # else it was changed while it was read
                    self._snapshot, self._revision = loaded, revision
                    self._tell(loaded)
            return self._snapshot

    def _tell(self, loaded: Snapshot) -> None:
        before, self._last = self._last, loaded
        if before is not None:
            for listener in self._listeners:
                listener(before, loaded)

    async def look(self) -> None:
        """Find out whether another process changed something, which it can't tell this one: then it is read anew."""
        if await self._store.read(configuration.revision) != self._revision:
            self._forget()

    def _rows(
        self, connection: Connection
    ) -> tuple[
        int,
        tuple[
            list[Source],
            list[RetiredKey],
            dict[str, str],
            list[Destination],
            list[Mapping],
            list[Mapping],
            list[tuple[str, str]],
            dict[str, KnownSenders],
            dict[str, dict[str, KnownTemplate]],
        ],
    ]:
        return configuration.revision(connection), (
            sources.everything(connection),
            sources.retired(connection),
            sources.shared_secrets(connection, self._secrets),
            destinations.everything(connection, self._secrets),
            mappings.everything(connection),
            mappings.deleted(connection),
            sources.links(connection),
            senders.known(connection),
            templates.known(connection),
        )
