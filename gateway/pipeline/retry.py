"""When to try again: exponential with full jitter, `Retry-After` obeyed, for four hours."""

from collections.abc import Callable
from datetime import datetime, timedelta

WINDOW = timedelta(hours=4)
"""How long after the first try a Delivery is still tried."""

BASE_SECONDS = 1.0
CAP_SECONDS = 300.0

RESEND = timedelta(minutes=5)
"""How long after its failure a text is sent once more; twice as long for each time that this was done before."""

FOLLOWS = (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=60), timedelta(days=1))
"""How long after it was accepted it is asked what became of a message that has no final status."""

PRICE_FOLLOWS = (timedelta(minutes=10), timedelta(days=1))
"""The same where only its price is not known."""

FIRST_FOLLOW = FOLLOWS[0]

FAILED_FOLLOW = timedelta(seconds=45)
"""How long after a failed look the next one is at the soonest."""


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
    return _within_window(BASE_SECONDS * 2 ** min(tries, 30), first_try, now, retry_after, jitter)


def next_plan(
    *,
    first_try: datetime,
    now: datetime,
    retry_after: float | None,
    jitter: Callable[[float, float], float],
) -> datetime | None:
    """The same where a read of a plan failed: the waits grow with the time since the first try, since a Delivery has turns in which
    nothing fails, too.
    """
    highest = max(2 * BASE_SECONDS, (now - first_try).total_seconds())
    return _within_window(highest, first_try, now, retry_after, jitter)


def _within_window(
    highest: float,
    first_try: datetime,
    now: datetime,
    retry_after: float | None,
    jitter: Callable[[float, float], float],
) -> datetime | None:
    wait = max(jitter(0.0, min(CAP_SECONDS, highest)), retry_after or 0.0)
    when = now + timedelta(seconds=wait)
    return when if when <= first_try + WINDOW else None


def next_resend(
    *, generation: int, first_try: datetime, now: datetime, jitter: Callable[[float, float], float]
) -> datetime | None:
    """When a text that failed is sent once more, which was sent again `generation` times before; None where the window since
    the first try of all is over.
    """
    longest = RESEND.total_seconds() * 2 ** min(generation, 10)
    when = now + timedelta(seconds=jitter(longest / 2, longest))
    return when if when <= first_try + WINDOW else None


def next_look(doubted: timedelta, patience: float) -> float:
    """Seconds until a message that was doubted for so long is looked up again: soon at first, a quarter of the patience at most."""
    return max(0.2, min(max(1.0, doubted.total_seconds()), patience / 4))


def next_read(doubted: timedelta) -> float:
    """Seconds until a list that could not be read is read again: within seconds, and seldom once a provider is in trouble for long.
    How often it failed before does not matter.
    """
    return max(1.0, min(doubted.total_seconds() / 10, 60.0))


def next_follow(age: timedelta, *, final: bool) -> timedelta | None:
    """At which age a message is asked for again that was asked for at that age; None: never. `final`: all but its price is known."""
    return next((at for at in (PRICE_FOLLOWS if final else FOLLOWS) if at > age), None)


def next_failed_follow(age: timedelta, *, final: bool) -> timedelta | None:
    """The same where it could not be learned: within a minute, then after twice as long each time, until the next look is due. The last
    look is tried for as long as a send is.
    """
    planned = next_follow(age, final=final)
    since = age - max((at for at in FOLLOWS if at <= age), default=timedelta(0))
    if planned is None:
        return age + max(FAILED_FOLLOW, since) if since < WINDOW else None
    return min(planned, age + max(FAILED_FOLLOW, since))
