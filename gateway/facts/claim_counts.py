"""How many texts were claimed, as a decision reads it."""

from collections.abc import Collection, Mapping
from typing import Protocol

from gateway.sending_limits import Count, Counter
from gateway.storage import claim_counts
from gateway.storage.engine import ReadOnly


class Counts(Protocol):
    """What a decision asks for."""

    async def of(self, counters: Collection[Counter]) -> Mapping[Counter, Count]:
        """What is counted in each of these, among others."""


class CountFacts:
    """`loaded` is what was read for the decision's whole batch; whatever else is asked for is read then, and kept there."""

    def __init__(self, store: ReadOnly, loaded: dict[Counter, Count]) -> None:
        self._store = store
        self._loaded = loaded

    async def of(self, counters: Collection[Counter]) -> Mapping[Counter, Count]:
        """What is counted in each of these, among others."""
        missing = [one for one in counters if one not in self._loaded]
        if missing:
            self._loaded.update(await self._store.read(lambda c: claim_counts.counts(c, missing)))
        return self._loaded
