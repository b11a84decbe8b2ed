"""Conversations as a plan reads them."""

from datetime import datetime

from destinations.kit import Channel
from gateway.storage import conversations, inbound_messages
from gateway.storage.engine import Store


class ConversationFacts:
    """Reads when somebody last wrote to a sender of one space. It always knows: what was not heard is None."""

    def __init__(self, store: Store, space: str) -> None:
        self._store = store
        self._space = space

    async def last_inbound(self, number: str, sender: str, channel: Channel) -> datetime | None:
        return await self._store.read(
            lambda c: conversations.last_inbound(c, self._space, number, sender, channel)
        )

    async def needs_review(self, number: str, channel: Channel) -> str | None:
        return await self._store.read(lambda c: inbound_messages.in_review(c, self._space, number, channel))
