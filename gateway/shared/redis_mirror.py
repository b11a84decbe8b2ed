"""What a process has heard of a channel of the tail, for all who listen in it."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence

from gateway.shared.base import Told


class Mirror:
    """See Channel. Its numbers only grow; those that are left out were lost, wherever that was."""

    def __init__(self, most: int) -> None:
        self.epoch = ""
        self.last = 0
        self.listeners = 0
        self._most = most
        self._kept: list[Told] = []
        self._loaded = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def loaded(self) -> bool:
        """Whether it is known what there was before."""
        return self._loaded.is_set()

    def put(self, epoch: str, last: int, told: Sequence[Told]) -> bool:
        """What was heard after `last` as it was. Whether that is news."""
        if self.loaded and epoch != self.epoch and told and told[0].number == self.last + 1:
            told = told[
                1:
            ]  # of another stream, whose first were missed: so that it can be seen that something was
        self.epoch = epoch
        is_news = last > self.last
        self.last = max(self.last, last)
        self._kept += told
        if len(self._kept) >= 2 * self._most:
            del self._kept[: -self._most]
        self._loaded.set()
        if is_news:
            news, self._news = self._news, asyncio.Event()
            news.set()
        return is_news

    def after(self, number: int, most: int) -> tuple[int, Sequence[Told]]:
        kept = self._kept
        first = bisect_right(kept, number, lo=max(0, len(kept) - self._most), key=lambda one: one.number)
        if first == len(kept):
            return max(0, self.last - number), []
        begin = kept[first].number
        end = first
        while end < len(kept) and end - first < most and kept[end].number - begin == end - first:
            end += 1
        return begin - number - 1, kept[first:end]

    async def ready(self) -> None:
        await self._loaded.wait()

    async def news(self, number: int) -> None:
        await self.ready()
        while self.last <= number:
            await self._news.wait()
