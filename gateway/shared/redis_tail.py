"""What happens, as it happens, for those who watch in whichever process: a stream in Redis for each channel that somebody watches."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.shared.base import Channel, Told, Topic
from gateway.shared.memory_tail import LINGER_SECONDS, MOST_KEPT, TURN_SECONDS, MemoryTail
from gateway.shared.redis_link import AGAIN_SECONDS, Link, NotNow, Script
from gateway.shared.redis_mirror import Mirror
from gateway.shared.redis_signals import Signals

LOOK_SECONDS: Final = 1.0
"""How often it is looked who listens elsewhere; whoever begins says so besides."""

RENEW_SECONDS: Final = 10.0
"""How often a listener says that it still is one."""

MOST_TOLD: Final = 500
"""How many are told with one run of a script."""

FOUND_OUT_BY_ALL: Final = frozenset({Topic.DESTINATION})
"""What is configured: each process reads it anew when it was changed."""

HEAR: Final = Script.of("tail_hear.lua")
TELL: Final = Script.of("tail_tell.lua")
_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORD: Final = "watched"
_Key = tuple[Topic, str]


class _Unsaid:
    """What is to be told in a channel: the last of it, and how many were left out before."""

    __slots__ = ("left_out", "told")

    def __init__(self, most: int) -> None:
        self.told: deque[tuple[int, str]] = deque(maxlen=most)
        self.left_out = 0

    def add(self, at: int, one: str) -> None:
        self.left_out += len(self.told) == self.told.maxlen
        self.told.append((at, one))


class RedisTail:
    """See Tail. Publish and listen on the event loop, on which `run` runs.

    What every process finds out by itself is told to those who listen in the same alone: told through Redis, it would be heard once for
    each process.
    """

    def __init__(
        self, link: Link, signals: Signals, most: int = MOST_KEPT, linger_seconds: float = LINGER_SECONDS
    ) -> None:
        self._link = link
        self._signals = signals
        self._most = most
        self._kept_seconds = round(linger_seconds + RENEW_SECONDS)
        self._mirrors: dict[_Key, Mirror] = {}
        self._elsewhere: frozenset[_Key] = frozenset()
        self._watched: dict[Topic, set[str]] = {}
        self._unsaid: dict[_Key, _Unsaid] = {}
        self._work = asyncio.Event()
        self._look_at = self._renew_at = 0.0
        self._here = MemoryTail(time.monotonic, most)
        signals.on(_WORD, self._look_soon)
        link.when_back(self._look_soon)

    # -- what is told here -------------------------------------------------------------------------------------------

    def publish(self, topic: Topic, told: Iterable[tuple[str, str]], now: datetime) -> None:
        if topic in FOUND_OUT_BY_ALL:
            self._here.publish(topic, told, now)
            return
        spaces = self._watched.get(topic)
        if not spaces:
            return
        at = (now - _BEGIN) // timedelta(microseconds=1)
        for space, one in told:
            if space not in spaces:
                continue
            unsaid = self._unsaid.get((topic, space))
            if unsaid is None:
                unsaid = self._unsaid[topic, space] = _Unsaid(self._most)
            unsaid.add(at, one)
            self._work.set()

    @contextmanager
    def listen(self, topic: Topic, space: str) -> Iterator[Channel]:
        if topic in FOUND_OUT_BY_ALL:
            with self._here.listen(topic, space) as channel:
                yield channel
            return
        key = topic, space
        mirror = self._mirrors.get(key)
        if mirror is None:
            mirror = self._mirrors[key] = Mirror(self._most)
            self._watch()
            self._work.set()
        mirror.listeners += 1
        try:
            yield mirror
        finally:
            mirror.listeners -= 1
            if not mirror.listeners and self._mirrors.get(key) is mirror:
                del self._mirrors[key]  # the stream stays for a while: whoever comes back goes on in it

    # -- Redis -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever: tell and hear, in turns."""
        while True:
            try:
                busy = await self.turn()
            except NotNow:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            wait = TURN_SECONDS if self._mirrors else LOOK_SECONDS
            if busy:
                await asyncio.sleep(TURN_SECONDS)
                wait -= TURN_SECONDS
            if wait > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._work.wait()

    async def turn(self) -> bool:
        """Tell what is to be told, and hear what was. Whether there was anything. Raises NotNow; then that is done the next time."""
        self._work.clear()
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            await self._look()
            self._look_at = now + LOOK_SECONDS
        busy = False
        new = {key: mirror for key, mirror in self._mirrors.items() if not mirror.loaded}
        if new:
            await self._ask(new, 1)  # which makes the streams that are told in
            self._signals.say(_WORD)
        if self._unsaid:
            await self._tell()
            busy = True
        if self._mirrors:
            busy |= await self._hear()
        return busy

    def _look_soon(self) -> None:
        self._look_at = self._renew_at = 0.0
        self._work.set()

    async def _look(self) -> None:
        """Find out what is listened to anywhere."""
        members = await self._link.call("SMEMBERS", self._link.key("tail"))
        self._elsewhere = frozenset(filter(None, map(_key_of, members)))
        self._watch()

    def _watch(self) -> None:
        watched: dict[Topic, set[str]] = {}
        for topic, space in (*self._elsewhere, *self._mirrors):
            watched.setdefault(topic, set()).add(space)
        self._watched = watched

    async def _tell(self) -> None:
        """What can't be said now is said the next time, with what came meanwhile: as much as is kept of a channel."""
        some: dict[_Key, tuple[int, list[tuple[int, str]]]] = {}
        room = MOST_TOLD
        for key, unsaid in self._unsaid.items():
            if room <= 0:
                break
            told = [unsaid.told.popleft() for _ in range(min(room, len(unsaid.told)))]
            some[key] = unsaid.left_out, told
            unsaid.left_out = 0
            room -= len(told)
        arguments: list[Any] = [self._most]
        for key, (left_out, told) in some.items():
            arguments += (_member(key), left_out, len(told), *(part for one in told for part in one))
        try:
            await self._link.run(TELL, self._keys(some), arguments)
        except NotNow:
            for key, (left_out, told) in some.items():
                unsaid = self._unsaid[key]
                fits = self._most - len(unsaid.told)
                kept = told[max(0, len(told) - fits) :]
                unsaid.left_out += left_out + len(told) - len(kept)
                unsaid.told.extendleft(reversed(kept))
            raise
        for key in some:
            if not self._unsaid[key].told:
                del self._unsaid[key]
        if self._unsaid:
            self._work.set()

    async def _hear(self) -> bool:
        """Whether there was anything to hear."""
        mirrors, now = dict(self._mirrors), asyncio.get_running_loop().time()
        renew = now >= self._renew_at
        answers = await self._ask(mirrors, self._most, renew=renew)
        if renew:
            self._renew_at = now + RENEW_SECONDS
        heard = False
        for mirror, (epoch, last, flat) in zip(mirrors.values(), answers, strict=True):
            told = [
                Told(int(number), _BEGIN + timedelta(microseconds=int(at)), one.decode())
                for number, at, one in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
            ]
            heard |= mirror.put(epoch.decode(), last, told)
        return heard

    async def _ask(self, mirrors: Mapping[_Key, Mirror], most: int, *, renew: bool = True) -> Any:
        """What these have not heard yet. It makes the streams that are missing."""
        arguments: list[Any] = [self._kept_seconds, "1" if renew else "", most]
        for key, mirror in mirrors.items():
            arguments += (_member(key), mirror.epoch, mirror.last, secrets.token_hex(6))
        return await self._link.run(HEAR, self._keys(mirrors), arguments)

    def _keys(self, channels: Iterable[_Key]) -> list[str]:
        key = self._link.key
        return [
            key("tail"),
            *(key("tail", kind, *one) for one in channels for kind in ("head", "stream")),
        ]


def _member(key: _Key) -> str:
    return " ".join(key)


def _key_of(member: bytes) -> _Key | None:
    topic, _, space = member.decode().partition(" ")
    return (Topic(topic), space) if topic in set(Topic) else None
