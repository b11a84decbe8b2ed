"""Conversations as a plan reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import Channel, canonical
from gateway.consent import ledger_channel
from gateway.storage import conversations, inbound_messages
from gateway.storage.engine import ReadOnly


@dataclass(frozen=True, slots=True)
class Talk:
    """What one number wrote: when last, by channel and sender, and by channel what nobody has looked at."""

    last: Mapping[tuple[Channel, str], datetime]
    in_review: Mapping[Channel, str]


def talks(connection: Connection, space: str, phones: Sequence[str]) -> dict[str, Talk]:
    """What each of these numbers, by key, wrote."""
    last = conversations.last_inbound(connection, space, phones)
    waiting = inbound_messages.in_review(connection, space, phones)
    return {phone: Talk(last[phone], waiting[phone]) for phone in phones}


class ConversationFacts:
    """Knows when somebody last wrote to a sender of one space. It always knows: what was not heard is None.

    `loaded` is what was read for the plan's whole batch, by number; whatever else a plan asks for is read then, and kept there.
    """

    def __init__(self, store: ReadOnly, space: str, loaded: dict[str, Talk]) -> None:
        self._store = store
        self._space = space
        self._loaded = loaded

    async def last_inbound(self, number: str, sender: str, channel: Channel) -> datetime | None:
        known = self._loaded.get(canonical(number)) or await self._read(number)
        return known.last.get((channel, sender))

    async def needs_review(self, number: str, channel: Channel) -> str | None:
        known = self._loaded.get(canonical(number)) or await self._read(number)
        return known.in_review.get(ledger_channel(channel))

    async def _read(self, number: str) -> Talk:
        key = canonical(number)
        found = await self._store.read(lambda c: talks(c, self._space, [key]))
        return self._loaded.setdefault(key, found[key])
