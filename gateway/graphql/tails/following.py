"""One who watches: their place in a channel, and what they are shown from there on."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import strawberry

from gateway.errors import StoreBusy, StoreUnavailable
from gateway.graphql.tails.feeds import Feed, WatchContext
from gateway.graphql.terms.errors import bad_input
from gateway.shared.base import Channel, Told, Topic

MOST_AT_ONCE: Final = 50
"""How many are read ahead of what is shown."""

AGAIN_SECONDS: Final = 1.0

_SEQUENCE = re.compile(r"([0-9a-f]{1,32})-([0-9]{1,18})")


class Shown(NamedTuple):
    """What is shown of a channel. `dropped`: how many before it were not kept for this watcher."""

    sequence: strawberry.ID
    at: datetime
    dropped: int
    value: Any


class Place(NamedTuple):
    """After which number somebody goes on; `missed`: at least so many before that are lost."""

    number: int
    missed: int


def place_of(sequence: str | None, channel: Channel) -> Place:
    """Where to go on after that sequence; None: with what happens from now on. Raises Refused where it never was one.

    After a sequence of another run, or of a channel that was forgotten since, all that is kept is shown, and something was missed:
    nobody knows how much.
    """
    if sequence is None:
        return Place(channel.last, 0)
    found = _SEQUENCE.fullmatch(sequence)
    if found is None:
        raise bad_input("`afterSequence` is the `sequence` of an item, as it was given.")
    epoch, number = found[1], int(found[2])
    if epoch != channel.epoch or number > channel.last:
        return Place(0, 1)
    return Place(number, 0)


async def follow(
    context: WatchContext,
    topic: Topic,
    space: str,
    after_sequence: str | None,
    passes: Callable[[Any], Awaitable[bool]],
) -> AsyncGenerator[Shown, None]:
    """What happens in that channel and passes, until the iterator is closed. What happens to one thing several times before it is
    read is shown once. Raises Refused.
    """
    with context.feeds.watch(topic, space) as feed:
        channel = feed.channel
        await channel.ready()
        number, dropped = place_of(after_sequence, channel)
        while True:
            gone, told = channel.after(number, MOST_AT_ONCE)
            number, dropped = number + gone, dropped + gone
            if not told:
                await channel.news(number)
                continue
            values = await _read(feed, told)
            context.snapshot = await context.services.workspace.current()
            context.loaders = feed.loaders
            latest = {one.id: one.number for one in told}
            for one in told:
                number = one.number
                value = values.get(one.id)
                if value is None or latest[one.id] != number or not await passes(value):
                    continue
                sequence = strawberry.ID(f"{channel.epoch}-{number}")
                yield Shown(sequence, one.at, dropped, value)
                dropped = 0


async def _read(feed: Feed[Any], told: Sequence[Told]) -> Mapping[str, Any]:
    """A store that can't be read now is asked again: whoever watches has nothing to do but wait."""
    while True:
        try:
            return await feed.values(told)
        except (StoreBusy, StoreUnavailable):
            await asyncio.sleep(AGAIN_SECONDS)
