"""What a resolver works with: the services of the process, and who asks what in this request."""

from collections.abc import Awaitable, Callable, Mapping as Object, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Never, TypeVar

import strawberry
from graphql import DocumentNode
from sqlalchemy import Connection
from strawberry.dataloader import DataLoader

from destinations.kit import DestinationDefinition
from gateway.audit import FieldChange
from gateway.auth import Viewer
from gateway.deliveries import Attempt, Delivery, StatusCallback
from gateway.events import StoredEvent
from gateway.facts.snapshot import Snapshot
from gateway.graphql.contacts import known
from gateway.graphql.contacts.known import Known
from gateway.graphql.terms.errors import Refused
from gateway.secrets import Secrets
from gateway.sending_limits import Count, Counter
from gateway.services import Services
from gateway.storage import attempts, audit, claim_counts, deliveries, events, refusals, templates
from gateway.storage.engine import Store
from gateway.storage.refusals import Refusal
from gateway.synced import Template
from gateway.workspace import Destination, Mapping, Role, Source

T = TypeVar("T")
KeyT = TypeVar("KeyT")


class Loaders:
    """What a list asks for row by row, fetched with one query each. Each is made when it is asked for: most requests need none."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self._store = store
        self._secrets = secrets

    @cached_property
    def contacts(self) -> "DataLoader[tuple[str, str], Known | None]":
        """What is known of each number of a space."""
        return DataLoader(_batched(self._store, partial(known.read_numbers, secrets=self._secrets), None))

    @cached_property
    def events(self) -> "DataLoader[str, StoredEvent | None]":
        """The event of each id."""
        return DataLoader(_batched(self._store, events.by_ids, None))

    @cached_property
    def repetitions(self) -> "DataLoader[str, int]":
        """How often each event came again."""
        return DataLoader(_batched(self._store, events.repetitions, 0))

    @cached_property
    def refusals(self) -> "DataLoader[str, Sequence[Refusal]]":
        """What was refused of each source."""
        return DataLoader(_batched(self._store, refusals.of_many, _NONE))

    @cached_property
    def deliveries(self) -> "DataLoader[str, Delivery | None]":
        """The delivery of each id."""
        return DataLoader(_batched(self._store, deliveries.by_ids, None))

    @cached_property
    def deliveries_of_event(self) -> "DataLoader[str, Sequence[Delivery]]":
        """The deliveries of each event."""
        return DataLoader(_batched(self._store, deliveries.of_events, _NONE))

    @cached_property
    def attempts(self) -> "DataLoader[str, Sequence[Attempt]]":
        """The tries of each delivery."""
        return DataLoader(_batched(self._store, attempts.of_many, _NONE))

    @cached_property
    def callbacks(self) -> "DataLoader[str, Sequence[StatusCallback]]":
        """The provider's words on each delivery."""
        return DataLoader(_batched(self._store, attempts.callbacks_of_many, _NONE))

    @cached_property
    def claim_counts(self) -> "DataLoader[Counter, Count]":
        """How many texts each counter has."""
        return DataLoader(_batched(self._store, claim_counts.counts, Count()))

    @cached_property
    def templates(self) -> "DataLoader[tuple[str, str], Template | None]":
        """The template of each destination's id and SID."""
        return DataLoader(_batched(self._store, templates.by_sids, None))

    @cached_property
    def reads(self) -> "DataLoader[Callable[[Connection], Any], Any]":
        """What each query finds."""
        return DataLoader(_together(self._store), cache=False)


_NONE: Sequence[Never] = ()


def _batched(
    store: Store, query: Callable[[Connection, Sequence[KeyT]], Object[KeyT, Any]], missing: Any
) -> Callable[[list[KeyT]], Awaitable[list[Any]]]:
    async def load(keys: list[KeyT]) -> list[Any]:
        found = await store.read(lambda connection: query(connection, keys))
        return [found.get(key, missing) for key in keys]

    return load


def _together(store: Store) -> Callable[[list[Callable[[Connection], Any]]], Awaitable[list[Any]]]:
    async def load(queries: list[Callable[[Connection], Any]]) -> list[Any]:
        return await store.read(lambda connection: [query(connection) for query in queries])

    return load


@dataclass(slots=True)
class Context:
    """One request. `snapshot` is what is configured; a mutation calls `changed` so that its answer shows the change."""

    services: Services
    viewer: Viewer
    request_id: str
    document: DocumentNode
    snapshot: Snapshot
    loaders: Loaders

    @property
    def counts(self) -> bool:
        """Whether the request may show how many there are in all: a document without the word has nothing counted for it."""
        return self.document.loc is None or "totalCount" in self.document.loc.source.body

    def columns(self, shown_by: Sequence[tuple[str, str]]) -> Sequence[str] | None:
        """The columns that the request may show something of, as the words of its document tell; None: any. `shown_by` has each column
        with a field that shows something of it; with an empty name it is always read.
        """
        if self.document.loc is None:
            return None
        text = self.document.loc.source.body
        return list(dict.fromkeys([column for column, field in shown_by if field in text]))

    async def changed(self) -> None:
        """Something configured was changed: read it anew, here and everywhere."""
        self.services.workspace.invalidate()
        self.snapshot = await self.services.workspace.current()

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What a query finds, of an item of a list: those of all items go to the store together."""
        found: T = await self.loaders.reads.load(query)
        return found

    def record(
        self,
        database: Connection,
        action: str,
        target_id: str | None,
        changes: Sequence[FieldChange] = (),
        *,
        space: str | None = None,
    ) -> None:
        """Keep in the audit log what this request does, in the transaction that does it. `space`: the token's own, unless said."""
        audit.add(
            database,
            space=space or self.viewer.space,
            actor=self.viewer.name,
            action=action,
            target_id=target_id,
            now=self.services.clock.now(),
            changes=tuple(changes),
        )

    def definition(self, slug: str) -> DestinationDefinition:
        """The installed definition. Raises Refused where it was uninstalled since."""
        try:
            return self.services.workspace.definitions[slug]
        except KeyError:
            raise Refused(
                "DEFINITION_NOT_INSTALLED",
                f"The destination type {slug} is not installed on this server. Its destinations are kept, and wait: "
                "install the package that brings it, then restart.",
            ) from None

    def source(self, source_id: str) -> Source | None:
        """The source of that id, where it was not deleted and this viewer may see it."""
        found = self.snapshot.sources.get(source_id)
        there = found is not None and found.deleted_at is None and self.viewer.sees(found.space)
        return found if there else None

    def sources_of(self, space: str) -> Object[str, Source]:
        """The sources of a space, deleted ones too, by id."""
        return {one.id: one for one in self.snapshot.sources.values() if one.space == space}

    def destination(self, destination_id: str) -> Destination | None:
        """The destination of that id, where it was not deleted and this viewer may see it."""
        found = self.snapshot.destinations.get(destination_id)
        there = found is not None and found.deleted_at is None and self.viewer.sees(found.space)
        return found if there else None

    def mapping(self, mapping_id: str) -> Mapping | None:
        """The mapping of that id, where this viewer may see it."""
        found = self.snapshot.mappings.get(mapping_id)
        return found if found is not None and self.destination(found.destination_id) is not None else None

    def require(self, least: Role, what: str) -> None:
        """Raises Refused where the token's role is below that one. `what` is what it may not do."""
        if not self.viewer.may(least):
            higher = "" if least is Role.ADMIN else " or a higher one"
            raise Refused(
                "FORBIDDEN",
                f"{what} takes the role {least.value}{higher}; this token has {self.viewer.role.value}. "
                "Nothing was done. Use another token; on the server, `heliograph token create` makes one.",
            )

    def require_space(self, space: str) -> None:
        """Raises Refused where the token belongs to another space."""
        if not self.viewer.sees(space):
            raise Refused(
                "FORBIDDEN",
                f'This token belongs to the space "{self.viewer.space}" and has no right to any other. '
                f'Nothing was done. Say space: "{self.viewer.space}", or use another token.',
            )


Info = strawberry.Info[Context, None]
