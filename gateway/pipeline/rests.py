"""When a receiver that takes nothing is left alone, over all workers: all that is for it waits together, and one goes first.

| a receiver | |
| --- | --- |
| answered nothing, with 5xx or with 429, FAILURES times in a row | rests: nothing is sent to it, and of what waits no attempt is used up |
| has rested | is sent one thing; a bad answer lets it rest longer, up to LONGEST_REST, or as long as its Retry-After says |
| answered anything else | is well: all that waits goes, what was tried before it too |
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from gateway import logging
from gateway.storage import receivers, webhook_deliveries
from gateway.storage.receivers import Receiver
from gateway.storage.webhook_deliveries import Attempted

FAILURES: Final = 5

FIRST_REST: Final = 15.0
LONGEST_REST: Final = 300.0
LONGEST_WISH: Final = 3600.0
"""Seconds: a rest is twice as long each time."""

_log = logging.get("messenger")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Which destinations' receivers rest from now on, and until when; and which are well again."""

    rest: Mapping[str, datetime] = field(default_factory=dict)
    well: Sequence[str] = ()


def after(
    before: Receiver, came: Iterable[Attempted], now: datetime, jitter: Callable[[float, float], float]
) -> Receiver:
    """How a receiver is after these answers, in their order. What was under way when its rest began makes that no longer."""
    found = before
    for one in came:
        if one.is_answered:
            found = Receiver(0)
            continue
        if found.rests_until is not None and found.rests_until > now:
            continue
        failures = (found.failures or 0) + 1
        if failures < FAILURES:
            found = Receiver(failures)
            continue
        pause = min(LONGEST_REST, FIRST_REST * 2 ** min(failures - FAILURES, 10))
        rest = max(jitter(pause / 2, pause), min(one.wish, LONGEST_WISH))
        found = Receiver(failures, now + timedelta(seconds=rest))
    return found


def record(connection: Connection, attempted: Sequence[Attempted], now: datetime) -> Recorded:
    """Keep what came of attempts: how their receivers are by them, and what becomes of each."""
    whose: dict[str, list[Attempted]] = {}
    for one in attempted:
        whose.setdefault(one.destination_id, []).append(one)
    before = receivers.of(connection, whose)
    touched = [one for one, there in before.items() if after(there, whose[one], now, max) != there]
    if touched:  # else nothing is locked
        before |= receivers.of(connection, touched, for_update=True)
    changed = {one: after(before[one], whose[one], now, random.uniform) for one in touched}
    receivers.save(connection, changed)
    webhook_deliveries.record(connection, attempted, now)
    for destination_id, there in (before | changed).items():
        if there.rests_until or before[destination_id].rests_until:
            receivers.line_up(connection, destination_id, there.rests_until or now, now)
    return Recorded(
        {
            one: there.rests_until
            for one, there in changed.items()
            if there.rests_until and not before[one].rests_until
        },
        [one for one, there in changed.items() if there.is_well and before[one].rests_until],
    )


def tell(recorded: Recorded) -> None:
    """Say in the log whose receiver rests, and whose is well again."""
    for one, until in recorded.rest.items():
        _log.warning(
            "A receiver takes nothing; what is for it waits", destination=one, rests_until=until.isoformat()
        )
    for one in recorded.well:
        _log.info("A receiver takes what it is told again", destination=one)
