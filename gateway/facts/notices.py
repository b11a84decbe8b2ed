"""What people were told beside what a mapping says, as a plan reads it."""

from datetime import datetime

from destinations.kit import canonical
from gateway.storage import notices
from gateway.storage.engine import ReadOnly
from gateway.storage.notices import Notice


class NoticeFacts:
    """Of the numbers of one space, for one Delivery, whose own message does not count. `loaded` as in `ConversationFacts`."""

    def __init__(
        self, store: ReadOnly, space: str, loaded: dict[str, list[Notice]], delivery_id: str | None = None
    ) -> None:
        self._store = store
        self._space = space
        self._loaded = loaded
        self._delivery_id = delivery_id

    async def last_told(self, number: str) -> datetime | None:
        """See kit.Notices."""
        key = canonical(number)
        known = self._loaded.get(key)
        if known is None:
            found = await self._store.read(lambda c: notices.of_numbers(c, self._space, [key]))
            known = self._loaded.setdefault(key, found[key])
        return max((one.told_at for one in known if one.delivery_id != self._delivery_id), default=None)
