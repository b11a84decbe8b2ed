"""Gate 9, its limits: so many texts a day of a destination, and so many to a person. What counts is said in `gateway.sending_limits`.

A text is refused for what was claimed by then (`within`), so that nothing waits for its turn in vain. Whoever claims looks again under the
locks that go with the counts (`Places`): what has no place by then is decided anew, which refuses it for what took that place.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from destinations.kit import Send, Suppress, Trace
from gateway import logging, sending_limits
from gateway.alerts import AlertCode
from gateway.deliveries import Delivery
from gateway.facts.compiled import Compiled
from gateway.pipeline import telling
from gateway.pipeline.steps import replaying
from gateway.sending_limits import Count, Counter, Limit, Near, Today
from gateway.services import Services
from gateway.shared.base import Topic
from gateway.storage import claim_counts
from gateway.workspace import Destination

_log = logging.get("limits")


class Days:
    """The limits of the destinations of one batch on the day that it is."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._days: dict[str, Today | None] = {}

    def of(self, destination: Destination) -> Today | None:
        """None: it has none."""
        if destination.id not in self._days:
            self._days[destination.id] = sending_limits.today(destination.policy, destination.id, self._now)
        return self._days[destination.id]


def within(
    trace: Trace,
    name: str,
    limits: Sequence[Limit],
    counts: Mapping[Counter, Count],
    delivery_id: str | None,
    counted_on: str | None = None,
) -> Suppress | None:
    """Gate 9: none of these limits of the destination of that name is full, or the Delivery, which counted last on that day, has its place
    already.
    """
    seen: list[str] = []
    for one in limits:
        claimed, has = counts[one.counter].claimed, counted_on is not None and one.counter.has(counted_on)
        if claimed >= one.most and not has:
            detail = _full(one, name, claimed)
            trace.stopped("limits", one.reason, detail)
            return Suppress(one.reason, detail, _remedy(one, delivery_id))
        seen.append(_seen(one, name, claimed, has=has))
    if seen:
        trace.passed("limits", "; ".join(seen))
    return None


def _seen(one: Limit, name: str, claimed: int, *, has: bool) -> str:
    purpose = one.counter.purpose
    what = f"{purpose} to this person" if purpose else "to this person" if one.counter.phone else f"by {name}"
    own = ", this one among them" if has else ""
    return f"{what} {claimed} of {one.most} {'this week' if purpose else 'today'}{own}"


def _full(one: Limit, name: str, claimed: int) -> str:
    purpose = one.counter.purpose
    if not one.counter.phone:
        return f"The destination {name} has sent {claimed} of {one.most} texts today; {one.over}."
    what, span = (f"{purpose} texts", "this week") if purpose else ("texts", "today")
    return f"This person has had {claimed} of {one.most} {what} of the destination {name} {span}; {one.over}."


def _remedy(one: Limit, delivery_id: str | None) -> str:
    again = "Send the event again" if delivery_id is None else f"Replay it: run {replaying(delivery_id)},"
    return (
        f"{again} once that is over. Or raise the limit first, to let more through before: run {one.raising}."
    )


class _Text(NamedTuple):
    """What a Delivery is asked for; of that what does not count it yet; and the day on which it counts."""

    space: str
    day: str
    limits: Sequence[Limit]
    wanted: Sequence[Limit]


class Places:
    """The places that the texts of one batch take: of these Deliveries, each with its mapping and what is to be sent."""

    def __init__(self, texts: Iterable[tuple[Delivery, Compiled, Send]], now: datetime) -> None:
        self._texts: dict[str, _Text] = {}
        self._counts: Mapping[Counter, Count] = {}
        self._taken: dict[Counter, int] = {}
        days = Days(now)
        for delivery, one, send in texts:
            today = days.of(one.destination)
            if today is None:
                continue
            alone = delivery.is_test or delivery.is_stop_confirmation
            limits = today.of_text(send.recipient, one.mapping.purpose, alone=alone)
            if limits:
                wanted = limits
                if delivery.counted_on is not None:
                    wanted = [limit for limit in limits if not limit.counter.has(delivery.counted_on)]
                self._texts[delivery.id] = _Text(delivery.space, today.begins, limits, wanted)

    @property
    def numbers(self) -> set[tuple[str, str]]:
        """Whom these limits are about, by space and number."""
        return {
            (text.space, one.counter.phone)
            for text in self._texts.values()
            for one in text.limits
            if one.counter.phone
        }

    @property
    def destinations(self) -> set[str]:
        """The ids of the destinations whose own limits they are."""
        return {
            one.counter.destination_id
            for text in self._texts.values()
            for one in text.limits
            if not one.counter.phone
        }

    def read(self, connection: Connection) -> None:
        """Read how many were claimed. The locks of those numbers and destinations are held."""
        self.know(claim_counts.counts(connection, self.counters))

    @property
    def counters(self) -> set[Counter]:
        """What these limits are about."""
        return {one.counter for text in self._texts.values() for one in text.limits}

    def know(self, counts: Mapping[Counter, Count]) -> None:
        """So many were claimed."""
        self._counts = counts

    def day(self, delivery_id: str) -> str | None:
        """The day on which that one counts; None: no limit counts it."""
        text = self._texts.get(delivery_id)
        return None if text is None else text.day

    def take(self, delivery_id: str) -> bool:
        """Take the places of that one, where it has none yet; False: one of its limits is full."""
        text, counts, taken = self._texts.get(delivery_id), self._counts, self._taken
        if text is None:
            return True
        for one in text.wanted:
            if counts[one.counter].claimed + taken.get(one.counter, 0) >= one.most:
                return False
        for one in text.wanted:
            taken[one.counter] = taken.get(one.counter, 0) + 1
        return True

    def count(self, connection: Connection, claimed: Iterable[str], now: datetime) -> list[Near]:
        """Count those that were claimed; the destinations that have sent nearly all that they may today, of each once a day. Their owners
        are told.
        """
        more: dict[Counter, int] = {}
        whole: dict[Counter, tuple[str, Limit]] = {}
        for text in filter(None, map(self._texts.get, claimed)):
            for one in text.wanted:
                more[one.counter] = more.get(one.counter, 0) + 1
                if not one.counter.phone:
                    whole[one.counter] = text.space, one
        if not more:
            return []
        claim_counts.add(connection, more)
        near: dict[Counter, Near] = {}
        for counter, (space, one) in whole.items():
            before = self._counts[counter]
            after = before.claimed + more[counter]
            if before.warned_at is None and after >= one.nearly:
                near[counter] = Near(space, one, after)
        claim_counts.warned(connection, near, now)
        for found in near.values():
            telling.of_limit(connection, found, now)
        return list(near.values())


def warn(services: Services, near: Sequence[Near], now: datetime) -> None:
    """Tell whoever watches these destinations, and the log, what is on disk by now."""
    services.shared.tail.publish(Topic.DESTINATION, ((one.space, one.destination_id) for one in near), now)
    for one in near:
        _log.warning(
            "A destination has sent nearly all that it may today; what comes once it has is suppressed",
            destination=one.destination_id,
            claimed=one.claimed,
            limit=one.limit.most,
            over_at=one.limit.over_at.isoformat(),
            alert=AlertCode.DAILY_LIMIT_NEAR.value,
        )
