"""Gate 9, its limits: so many texts a day of a destination, and so many to a person. What counts is said in `gateway.sending_limits`.

A text is refused for what was claimed by then (`within`), so that nothing waits for its turn in vain. Whoever claims looks again under the
locks that go with the counts (`Places`): what has no place by then is decided anew, which refuses it for what took that place.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from destinations.kit import Send, Suppress, Trace
from gateway import logging, sending_limits
from gateway.alerts import AlertCode
from gateway.deliveries import Delivery
from gateway.facts.workspace import Compiled
from gateway.pipeline import telling
from gateway.pipeline.steps import replaying
from gateway.sending_limits import Count, Counter, Limit, Near
from gateway.services import Services
from gateway.shared.base import Topic
from gateway.storage import claim_counts

_log = logging.get("limits")


def of_delivery(delivery: Delivery, one: Compiled, recipient: str, now: datetime) -> Sequence[Limit]:
    """The limits that a Delivery to that number is asked for now."""
    there = one.destination
    alone = delivery.is_test or delivery.is_stop_confirmation
    return sending_limits.of_text(there.policy, there.id, recipient, one.mapping.purpose, now, alone=alone)


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
    for one in limits:
        claimed = counts[one.counter].claimed
        if claimed >= one.most and not one.counter.has(counted_on):
            detail = _full(one, name, claimed)
            trace.stopped("limits", one.reason, detail)
            return Suppress(one.reason, detail, _remedy(one, delivery_id))
    if limits:
        seen = (_seen(one, name, counts[one.counter].claimed, counted_on) for one in limits)
        trace.passed("limits", "; ".join(seen))
    return None


def _seen(one: Limit, name: str, claimed: int, counted_on: str | None) -> str:
    purpose = one.counter.purpose
    what = f"{purpose} to this person" if purpose else "to this person" if one.counter.phone else f"by {name}"
    own = ", this one among them" if one.counter.has(counted_on) else ""
    return f"{what} {claimed} of {one.most} {'this week' if purpose else 'today'}{own}"


def _full(one: Limit, name: str, claimed: int) -> str:
    purpose = one.counter.purpose
    if not one.counter.phone:
        return f"The destination {name} has sent {claimed} of {one.most} texts today; {one.over}."
    what, span = (f"{purpose} texts", "this week") if purpose else ("texts", "today")
    return f"This person has had {claimed} of {one.most} {what} of the destination {name} {span}; {one.over}."


def _remedy(one: Limit, delivery_id: str | None) -> str:
    again = "send the event again" if delivery_id is None else f"run {replaying(delivery_id)}"
    return f"To send it once that is over, {again} then. To let more through before, run {one.raising} first."


class Places:
    """The places that the texts of one batch take: of these Deliveries, each with its mapping and what is to be sent."""

    def __init__(self, texts: Iterable[tuple[Delivery, Compiled, Send]], now: datetime) -> None:
        self._limits: dict[str, Sequence[Limit]] = {}
        self._deliveries: dict[str, Delivery] = {}
        self._days: dict[str, date] = {}
        for delivery, one, send in texts:
            limits = of_delivery(delivery, one, send.recipient, now)
            if limits:
                self._limits[delivery.id], self._deliveries[delivery.id] = limits, delivery
                self._days[delivery.id] = sending_limits.day_of(one.destination.policy, now)
        self._counts: Mapping[Counter, Count] = {}
        self._taken: Tally[Counter] = Tally()

    @property
    def numbers(self) -> set[tuple[str, str]]:
        """Whom these limits are about, by space and number."""
        return {
            (self._deliveries[delivery_id].space, one.counter.phone)
            for delivery_id, limits in self._limits.items()
            for one in limits
            if one.counter.phone
        }

    @property
    def destinations(self) -> set[str]:
        """The ids of the destinations whose own limits they are."""
        return {
            one.counter.destination_id
            for limits in self._limits.values()
            for one in limits
            if not one.counter.phone
        }

    def read(self, connection: Connection) -> None:
        """Read how many were claimed. The locks of those numbers and destinations are held."""
        counters = {one.counter for limits in self._limits.values() for one in limits}
        self._counts = claim_counts.counts(connection, counters)

    def day(self, delivery_id: str) -> date | None:
        """The day on which that one counts; None: no limit counts it."""
        return self._days.get(delivery_id)

    def take(self, delivery_id: str) -> bool:
        """Take the places of that one, where it has none yet; False: one of its limits is full."""
        wanted = self._wanted(delivery_id)
        if any(self._counts[one.counter].claimed + self._taken[one.counter] >= one.most for one in wanted):
            return False
        self._taken.update(one.counter for one in wanted)
        return True

    def _wanted(self, delivery_id: str) -> list[Limit]:
        """The limits that do not count that one yet."""
        limits = self._limits.get(delivery_id, ())
        return [one for one in limits if not one.counter.has(self._deliveries[delivery_id].counted_on)]

    def count(self, connection: Connection, claimed: Iterable[str], now: datetime) -> list[Near]:
        """Count those that were claimed; the destinations that have sent nearly all that they may today, of each once a day. Their owners
        are told.
        """
        wanted = [
            (self._deliveries[delivery_id].space, one)
            for delivery_id in claimed
            for one in self._wanted(delivery_id)
        ]
        more = Tally(one.counter for _space, one in wanted)
        if not more:
            return []
        claim_counts.add(connection, more)
        near: dict[Counter, Near] = {}
        for space, one in wanted:
            before = self._counts[one.counter]
            after = before.claimed + more[one.counter]
            if not one.counter.phone and before.warned_at is None and after >= one.nearly:
                near[one.counter] = Near(space, one, after)
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
