"""The ledger of consent as a plan reads it."""

from collections.abc import Sequence

from destinations.kit import Channel, Consent, canonical
from gateway.consent import ConsentEntry, ledger_channel, state
from gateway.secrets import Secrets
from gateway.storage import consent
from gateway.storage.consent import Said
from gateway.storage.engine import ReadOnly


class ConsentFacts:
    """What was said in one space, and what of it one plan has read.

    `loaded` is what was read for the plan's whole batch, by number; whatever else a plan asks for is read then, and kept there.
    `said` are words that are not stored: what the event of a dry run would add.
    """

    def __init__(
        self,
        store: ReadOnly,
        secrets: Secrets,
        space: str,
        loaded: dict[str, Said],
        said: Sequence[ConsentEntry] = (),
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._space = space
        self._loaded = loaded
        self._said = said
        self.read: dict[tuple[str, Channel], int] = {}

    async def consent(self, number: str, channel: Channel, sender: str | None = None) -> Consent | None:
        key, wanted = canonical(number), ledger_channel(channel)
        known = self._loaded.get(key) or await self._read(key)
        self.read[key, wanted] = known.counts.get(wanted, 0)
        words = [word for word in known.deciding if word.channel is wanted]
        if self._said:
            words += [word for word in self._said if word.phone == key and word.channel is wanted]
        return state(words, sender)

    async def _read(self, key: str) -> Said:
        found = await self._store.read(lambda c: consent.deciding(c, self._secrets, self._space, [key]))
        return self._loaded.setdefault(key, found[key])
