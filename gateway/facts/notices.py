"""What people were told beside what a mapping says, as a plan reads it."""

from collections.abc import Sequence
from datetime import datetime

from destinations.kit import canonical
from gateway.storage import notices
from gateway.storage.engine import ReadOnly
from gateway.storage.notices import Notice


async def of_number(
    store: ReadOnly, space: str, loaded: dict[str, list[Notice]], number: str
) -> Sequence[Notice]:
    """What that number was told, of what is loaded; else it is read, and loaded from then on."""
    key = canonical(number)
    known = loaded.get(key)
    if known is None:
        found = await store.read(lambda c: notices.of_numbers(c, space, [key]))
        known = loaded.setdefault(key, found[key])
    return known


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
        known = await of_number(self._store, self._space, self._loaded, number)
        return max((one.told_at for one in known if one.delivery_id != self._delivery_id), default=None)
