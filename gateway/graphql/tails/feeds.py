"""What is told in a channel, read from the store once for all who watch it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

from destinations.kit import TemplateApproval
from gateway.facts.snapshot import Snapshot
from gateway.graphql.context import Context, Loaders
from gateway.services import Services
from gateway.shared.base import Channel, Told, Topic
from gateway.storage import deliveries, events
from gateway.workspace import Destination

ValueT = TypeVar("ValueT")

Read = Callable[[Sequence[str]], Awaitable[Mapping[str, ValueT]]]
"""The things of those ids as they are now; those that are gone are left out."""

MOST_READ: Final = 200
"""How many are read with one query."""

MOST_AT_HAND: Final = 400
AT_HAND_SECONDS: Final = 5.0
"""How many are kept for others who watch, since each may be as large as an event, and for how long."""


class _Read(NamedTuple, Generic[ValueT]):
    """A thing as it was read once all up to that number had been told; None: it is gone."""

    number: int
    at: float
    value: ValueT | None


class Feed(Generic[ValueT]):
    """One channel, and the things that are told in it. Whoever asks for the same at the same time shares one query, and `loaders`."""

    def __init__(self, channel: Channel, read: Read[ValueT], loaders: Callable[[], Loaders]) -> None:
        self.channel = channel
        self._read = read
        self._new_loaders = loaders
        self._loaders = (0, loaders())
        self._known: OrderedDict[str, _Read[ValueT]] = OrderedDict()
        self._asked: dict[str, None] = {}
        self._reading: asyncio.Task[None] | None = None

    @property
    def loaders(self) -> Loaders:
        """What is read besides: as it is since the last that was heard."""
        if self._loaders[0] != self.channel.last:
            self._loaders = (self.channel.last, self._new_loaders())
        return self._loaders[1]

    async def values(self, told: Sequence[Told]) -> Mapping[str, ValueT]:
        """These things, by id, as they are now or were after they were told; those that are gone are left out."""
        while missing := [one.id for one in told if not self._is_at_hand(one)]:
            self._asked.update(dict.fromkeys(missing))
            if self._reading is None:
                self._reading = asyncio.create_task(self._read_some())
            await asyncio.shield(self._reading)
        known = ((one.id, self._known[one.id].value) for one in told)
        return {one: value for one, value in known if value is not None}

    def _is_at_hand(self, one: Told) -> bool:
        """Whether it was read after that was told, and not long ago."""
        known = self._known.get(one.id)
        return known is not None and known.number >= one.number and known.at > _now() - AT_HAND_SECONDS

    async def _read_some(self) -> None:
        try:
            await asyncio.sleep(0)  # whoever was woken with us says what they want
            some = list(self._asked)[:MOST_READ]
            number = self.channel.last
            found = await self._read(some)
            for one in some:
                del self._asked[one]
                self._known[one] = _Read(number, _now(), found.get(one))
                self._known.move_to_end(one)
            while len(self._known) > MOST_AT_HAND:
                self._known.popitem(last=False)
        finally:
            self._reading = None


def _lost_approval(before: Snapshot, now: Snapshot, destination_id: str) -> bool:
    """Whether a template of that destination was approved, and is not any more."""
    known = now.templates.get(destination_id, {})
    return any(
        one.approval is TemplateApproval.APPROVED
        and (sid not in known or known[sid].approval is not TemplateApproval.APPROVED)
        for sid, one in before.templates.get(destination_id, {}).items()
    )


def _stands(one: Destination) -> tuple[Any, ...]:
    channels = one.channels_off, one.space_channels_off
    return one.status, one.enabled, one.revision, one.verification, one.pause, one.space_pause, *channels


def _now() -> float:
    return asyncio.get_running_loop().time()


class Feeds:
    """The feeds of the channels that somebody watches."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._feeds: dict[tuple[Topic, str], tuple[Feed[Any], int]] = {}
        services.workspace.listen(self._configured)

    def _configured(self, before: Snapshot, now: Snapshot) -> None:
        """Tell of the destinations that stand differently, or of whose templates one is not approved any more, however that came about."""
        told = (
            (one.space, one.id)
            for one in now.destinations.values()
            if one.id not in before.destinations
            or _stands(one) != _stands(before.destinations[one.id])
            or _lost_approval(before, now, one.id)
        )
        services = self._services
        services.shared.tail.publish(Topic.DESTINATION, told, services.clock.now())

    @contextmanager
    def watch(self, topic: Topic, space: str) -> Iterator[Feed[Any]]:
        """The feed of that channel, until the block is left."""
        key = topic, space
        with self._services.shared.tail.listen(topic, space) as channel:
            feed, watchers = self._feeds.get(key, (None, 0))
            feed = feed or Feed(
                channel, self._reader(topic), lambda: Loaders(self._services.store, self._services.secrets)
            )
            self._feeds[key] = feed, watchers + 1
            try:
                yield feed
            finally:
                watchers = self._feeds[key][1] - 1
                self._feeds[key] = feed, watchers
                if not watchers:
                    del self._feeds[key]

    def _reader(self, topic: Topic) -> Read[Any]:
        store, workspace = self._services.store, self._services.workspace

        async def read_deliveries(ids: Sequence[str]) -> Mapping[str, Any]:
            return await store.read(lambda c: deliveries.by_ids(c, ids))

        async def read_events(ids: Sequence[str]) -> Mapping[str, Any]:
            return await store.read(lambda c: events.by_ids(c, ids))

        async def read_destinations(_ids: Sequence[str]) -> Mapping[str, Any]:
            return (await workspace.current()).destinations

        return {
            Topic.DELIVERY: read_deliveries,
            Topic.EVENT: read_events,
            Topic.DESTINATION: read_destinations,
        }[topic]


@dataclass(slots=True)
class WatchContext(Context):
    """A subscription, for as long as it lasts: before each item `snapshot` and `loaders` are made anew."""

    feeds: Feeds
