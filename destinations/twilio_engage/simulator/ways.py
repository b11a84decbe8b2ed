"""The ways that callbacks go: as they should, twice, in another order, late, or never. Twilio promises none of it."""

from collections.abc import Mapping
from enum import StrEnum
from zlib import crc32

LATE_SECONDS = 3.0


class Way(StrEnum):
    """What becomes of the callbacks of one message."""

    NORMAL = "normal"
    DOUBLED = "doubled"
    REORDERED = "reordered"  # the one that comes next overtakes it
    LATE = "late"  # by LATE_SECONDS each
    NEVER = "never"


class Ways:
    """Which way the callbacks of a message go: always the same for a recipient, so that a run can be repeated."""

    def __init__(self, weights: Mapping[Way, int] | None = None) -> None:
        self.weights = dict(weights or {Way.NORMAL: 1})

    def of(self, recipient: str) -> Way:
        """Drawn by the weights."""
        drawn = crc32(recipient.encode()) % max(1, sum(self.weights.values()))
        for way, weight in self.weights.items():
            drawn -= weight
            if drawn < 0:
                return way
        return Way.NORMAL
