"""How much each token may ask for: a bucket of values that fills up again, so that one who floods the API slows nobody else."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

CAPACITY = 500_000
"""What a bucket holds: three hundred pages of a hundred deliveries at once."""

RESTORE_RATE = 50_000
"""Values a second that flow back: thirty such pages, or a tenth of one processor."""

MOST_BUCKETS = 10_000
"""A bucket that is full again is the same as none, so only busy tokens have one."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a token had left at one moment."""

    left: float
    at: datetime


class Budget:
    """The buckets of all tokens that were busy a moment ago, in this process."""

    def __init__(self, capacity: int = CAPACITY, restore_rate: int = RESTORE_RATE) -> None:
        self.capacity = capacity
        self.restore_rate = restore_rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def left(self, token: str, now: datetime) -> float:
        """What that token may still ask for."""
        bucket = self._buckets.get(token)
        if bucket is None:
            return self.capacity
        passed = max(0.0, (now - bucket.at).total_seconds())
        return min(self.capacity, bucket.left + passed * self.restore_rate)

    def take(self, token: str, cost: int, now: datetime) -> float:
        """Take so much out of its bucket, and say what is left."""
        left = self.left(token, now) - cost
        self._buckets[token] = Bucket(left, now)
        self._buckets.move_to_end(token)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return left

    def wait(self, left: float, cost: int) -> int:
        """In how many whole seconds a bucket with so much left has enough for that."""
        return max(1, math.ceil((min(cost, self.capacity) - left) / self.restore_rate))
