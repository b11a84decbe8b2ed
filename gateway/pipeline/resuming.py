"""What becomes of what waits, once a pause is over: it goes out at its sender's pace, and some of it is too old by its turn."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest

from gateway.facts.snapshot import Snapshot
from gateway.pipeline.pacer import Lane
from gateway.services import Services
from gateway.shared.base import SenderKey, Wanted
from gateway.storage.pauses import InLine, OnHold


async def outlook(services: Services, snapshot: Snapshot, line: Sequence[InLine], now: datetime) -> OnHold:
    """How many of these wait, and how many of them will have expired by their turns, if the pause ended now. What was not planned yet
    goes by the lane of its mapping, where one is known; else nobody knows its sender, and it goes at once.
    """
    lanes = {one.mapping_id: Lane.of(one.lane) for one in line if one.lane is not None}
    senders: dict[SenderKey, dict[Lane, list[InLine]]] = {}
    expired = 0
    for one in line:
        lane = lanes.get(one.mapping_id) if one.lane is None else Lane.of(one.lane)
        if one.until is not None and one.until <= now:
            expired += 1
        elif lane is not None and lane.destination_id in snapshot.destinations:
            senders.setdefault(lane.whose, {}).setdefault(lane, []).append(one)
    wanted = [
        Wanted(
            whose,
            next(iter(by_lane)).rate(snapshot.destinations[whose[0]].policy),
            (sum(one.segments for some in by_lane.values() for one in some), 0),
        )
        for whose, by_lane in senders.items()
    ]
    waits = await services.shared.pace.waits(wanted, now) if wanted else []
    for asked, wait, by_lane in zip(wanted, waits, senders.values(), strict=True):
        by_turns = (one for turn in zip_longest(*by_lane.values()) for one in turn if one is not None)
        at_once = asked.texts[0] - wait * asked.rate
        expired += _too_late(by_turns, asked.rate, at_once, now)
    return OnHold(len(line), expired, min((one.created_at for one in line), default=None))


def _too_late(line: Iterable[InLine], rate: float, at_once: float, now: datetime) -> int:
    """How many are too old by their turns, which they leave to those behind them. So many segments go `at_once`."""
    sent = expired = 0
    for one in line:
        leaves = max(0.0, (sent + one.segments - at_once) / rate)
        if one.until is not None and (one.until - now).total_seconds() <= leaves:
            expired += 1
        else:
            sent += one.segments
    return expired
