"""When to try again: exponential with full jitter, `Retry-After` obeyed, for four hours."""

from collections.abc import Callable
from datetime import datetime, timedelta

WINDOW = timedelta(hours=4)
"""How long after the first try a Delivery is still tried."""

BASE_SECONDS = 1.0
CAP_SECONDS = 300.0


def next_try(
    *,
    tries: int,
    first_try: datetime,
    now: datetime,
    retry_after: float | None,
    jitter: Callable[[float, float], float],
) -> datetime | None:
    """When to try again after `tries` tries; None where the window is over.

    `jitter(low, high)` draws a number between the two; `retry_after` is the provider's wish in seconds.
    """
    highest = min(CAP_SECONDS, BASE_SECONDS * 2 ** min(tries, 30))
    wait = max(jitter(0.0, highest), retry_after or 0.0)
    when = now + timedelta(seconds=wait)
    return when if when <= first_try + WINDOW else None


def next_look(doubted: timedelta, patience: float) -> float:
    """Seconds until a message that was doubted for so long is looked up again: soon at first, a quarter of the patience at most."""
    return max(0.2, min(max(1.0, doubted.total_seconds()), patience / 4))


def next_read(doubted: timedelta) -> float:
    """Seconds until a list that could not be read is read again: within seconds, and seldom once a provider is in trouble for long.
    How often it failed before does not matter.
    """
    return max(1.0, min(doubted.total_seconds() / 10, 60.0))
