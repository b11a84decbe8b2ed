"""What the processes of a gateway share, and may lose: nothing here is a promise, the store alone is."""

from dataclasses import dataclass

from gateway.shared.base import Cache, Changes, Limits, Pace, Reach, Tail, Wakeups


@dataclass(frozen=True, slots=True)
class Shared:
    """The ports of one process. Ask `memory.in_memory` for those of a gateway that is one process, `redis.open_redis` for those of one
    of several.
    """

    wakeups: Wakeups
    changes: Changes
    tail: Tail
    cache: Cache
    pace: Pace
    limits: Limits
    reach: Reach
