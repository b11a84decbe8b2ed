"""What sources may send, over all gateways: each tells what it has taken, and hears what is left."""

from collections.abc import Sequence
from typing import Any, Final

from gateway.shared.base import Spent
from gateway.shared.redis_link import Link, NotNow, Script

LIMITS: Final = Script.of("limits.lua")


class RedisLimits:
    """See Limits. The time is that of Redis."""

    told = True

    def __init__(self, link: Link) -> None:
        self._link = link

    async def settle(self, spent: Sequence[Spent], per_second: float, at_once: float) -> list[float] | None:
        keys = [self._link.key("ingest", one.source_id) for one in spent]
        arguments: list[Any] = [repr(float(per_second)), repr(float(at_once))]
        for one in spent:
            arguments += (one.events, repr(float(one.left)))
        try:
            return [float(left) for left in await self._link.run(LIMITS, keys, arguments)]
        except NotNow:
            return None
