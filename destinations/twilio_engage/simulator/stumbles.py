"""Reads of messages that fail though nothing is wrong with them: too many requests, an error of the server, a lost connection."""

from dataclasses import dataclass
from typing import Literal

from destinations.twilio_engage.simulator.errors import TwilioError

Stumble = TwilioError | Literal["drop"] | None
"""What is raised, or that the connection ends without an answer; None: the read goes well."""

RETRY_AFTER_SECONDS = 1


@dataclass(slots=True)
class Stumbles:
    """Every so many reads one fails, each kind in its turn. `every` 0: none does."""

    every: int = 0
    reads: int = 0

    def take(self) -> Stumble:
        """What becomes of the next read."""
        if self.every == 0:
            return None
        self.reads += 1
        turn, rest = divmod(self.reads, self.every)
        if rest:
            return None
        kinds: tuple[Stumble, ...] = (
            TwilioError(20429, retry_after=RETRY_AFTER_SECONDS),
            TwilioError(20500),
            "drop",
        )
        return kinds[turn % len(kinds)]
