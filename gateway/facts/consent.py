"""The consent ledger as a plan reads it."""

from collections.abc import Sequence

from destinations.kit import Channel, Consent, canonical
from gateway.consent import ConsentEntry, ledger_channel, state
from gateway.storage import consent
from gateway.storage.engine import Store


class ConsentFacts:
    """Reads one space's history, and remembers how much of it was read.

    `said` are words that are not stored: what the event of a dry run would add.
    """

    def __init__(self, store: Store, space: str, said: Sequence[ConsentEntry] = ()) -> None:
        self._store = store
        self._space = space
        self._said = said
        self.read: dict[tuple[str, Channel], int] = {}

    async def consent(self, number: str, channel: Channel, sender: str | None = None) -> Consent | None:
        number = canonical(number)
        entries, seen = await self._store.read(
            lambda c: (
                consent.deciding(c, self._space, number, channel),
                consent.count(c, self._space, number, channel),
            )
        )
        # Of several looks the first counts: what was said between them was not seen by whoever looked before.
        self.read.setdefault((number, channel), seen)
        wanted = ledger_channel(channel)
        said = [word for word in self._said if word.phone == number and word.channel is wanted]
        return state([*entries, *said], sender)
