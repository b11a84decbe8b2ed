"""What the ledger has of everything that is configured: read once, each look bounded, and no row changed."""

from collections.abc import Mapping as Object, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from destinations.kit import DestinationDefinition
from gateway.alerts import Alert
from gateway.events import StoredEvent
from gateway.facts.snapshot import Snapshot
from gateway.facts.workspace import Workspace
from gateway.pipeline import alerts
from gateway.secrets import Secrets
from gateway.shared.memory import MemoryChanges
from gateway.stats import Counts
from gateway.storage import event_lists, stats, usage
from gateway.storage.engine import Store
from gateway.storage.event_filters import EventFilter
from gateway.storage.usage import Hindered
from gateway.workspace import Destination, Mapping, Source

WEEK = timedelta(days=7)
LAST_EVENTS = 100
"""So many of a source's last events are looked at."""

MOST_SOURCES = 50
"""Of so many sources; of more only what counts say."""

ALWAYS = 10
"""A mapping that so many events matched within a week, and of which nothing went out, suppresses always."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`matched`: the mappings that an event ever led to a Delivery of; `senders`: (destination, address) of those that lately sent;
    `recent`: the last events of each source, the newest first; `week`: what was counted of each mapping in seven days, and `hindered` the
    last of what was suppressed of those of which all is.
    """

    now: datetime
    public_url: str | None
    snapshot: Snapshot
    definitions: Object[str, DestinationDefinition]
    matched: frozenset[str] = frozenset()
    senders: frozenset[tuple[str, str]] = frozenset()
    recent: Object[str, Sequence[StoredEvent]] = field(default_factory=dict)
    week: Object[str, Counts] = field(default_factory=dict)
    hindered: Object[str, Hindered] = field(default_factory=dict)
    alerts: Sequence[Alert] = ()

    @property
    def sources(self) -> list[Source]:
        """Those that take events, the oldest first."""
        every = self.snapshot.sources.values()
        there = [one for one in every if one.enabled and one.deleted_at is None]
        return sorted(there, key=lambda one: (one.created_at, one.id))

    @property
    def destinations(self) -> list[Destination]:
        """Those that are enabled, the oldest first."""
        every = self.snapshot.destinations.values()
        there = [one for one in every if one.enabled and one.deleted_at is None]
        return sorted(there, key=lambda one: (one.created_at, one.id))

    @property
    def spaces(self) -> list[str]:
        """Where there is one of both."""
        every = {one.space for one in self.sources} | {one.space for one in self.destinations}
        return sorted(every)

    @property
    def mappings(self) -> list[Mapping]:
        """Those of enabled destinations, disabled ones too, the oldest first."""
        on = {one.id for one in self.destinations}
        there = [one for one in self.snapshot.mappings.values() if one.destination_id in on]
        return sorted(there, key=lambda one: (one.created_at, one.id))

    def reaching(self, destination_id: str) -> list[Source]:
        """The sources whose events reach a destination."""
        return [one for one in self.sources if (one.id, destination_id) in self.snapshot.links]

    def events_for(self, destination_id: str) -> list[StoredEvent]:
        """The last events that reached it."""
        return [event for one in self.reaching(destination_id) for event in self.recent.get(one.id, ())]


async def read(
    store: Store,
    keys: Secrets,
    definitions: Object[str, DestinationDefinition],
    public_url: str | None,
    now: datetime,
) -> Facts:
    """Everything, one look after the other. Raises StartupError where the keys don't fit."""
    snapshot = await Workspace(store, keys, definitions, MemoryChanges()).current()
    facts = Facts(now, public_url, snapshot, definitions)
    drawn = [
        alert
        for space in facts.spaces
        for alert in await alerts.drawn(store, definitions, public_url, snapshot, space, now)
    ]
    return await store.read(lambda c: _completed(c, facts, drawn))


def _completed(connection: Connection, facts: Facts, drawn: Sequence[Alert]) -> Facts:
    now, since = facts.now, facts.now - WEEK
    space_of = {one.id: one.space for one in facts.destinations}
    of_mappings = {one.id: space_of[one.destination_id] for one in facts.mappings}
    week: dict[str, Counts] = {}
    for space in facts.spaces:
        points = stats.by(connection, stats.Selection(space, since, now + timedelta(days=1)), "mapping_id")
        week |= {key: point.counts for key, point in points.items()}
    hindered = {
        key: found
        for key, counts in week.items()
        if key in of_mappings
        and always_suppresses(counts)
        and (found := usage.suppressed(connection, of_mappings[key], key, since, now)) is not None
    }
    return Facts(
        now=now,
        public_url=facts.public_url,
        snapshot=facts.snapshot,
        definitions=facts.definitions,
        matched=usage.matched(connection, of_mappings),
        senders=usage.senders(connection, list(space_of)),
        recent={one.id: _last(connection, one) for one in facts.sources[:MOST_SOURCES]},
        week=week,
        hindered=hindered,
        alerts=drawn,
    )


def always_suppresses(counts: Counts) -> bool:
    """Whether enough matched, nothing went out or still may, and most of it was suppressed."""
    return counts.suppressed >= ALWAYS and not counts.accepted and not counts.waiting


def _last(connection: Connection, source: Source) -> Sequence[StoredEvent]:
    wanted = EventFilter(source_id=source.id)
    return event_lists.page(connection, source.space, LAST_EVENTS, None, wanted, counted=False).items
