"""How many texts may go out: what is counted together, how many of it may be, and when a day or a week is over. Pure.

What counts is what was claimed: the moment before a request leaves, whatever comes of it then. Nothing is given back.

- A Delivery counts once on each day on which it is claimed, and once in each week, however often it is tried: what was throttled and is
  tried again has its place still. Tried again on a later day, it counts on that day too.
- A replay, and what a text is sent once more as (`fallbackOf`), are Deliveries of their own and count as such.
- A day and a week are those of the policy's `timeZone`; a week begins on Monday.
- To a person count their number's texts, of whatever channel, through this destination: those of MARKETING and TRANSACTIONAL mappings. A code
  to sign in with (AUTHENTICATION), a test send and the confirmation of a stop count for the destination alone, and no limit of a person
  keeps them back.
- Where there is no limit nothing is counted: one that is set counts from then on.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from destinations.kit import Policy, Purpose, Reason, canonical, destination_update

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


class Counter(NamedTuple):
    """What is counted together, from the day on that `begins` names (YYYY-MM-DD): what goes out through a destination on that day; what
    goes to a person, by the key of their number; and with a `purpose` what goes to them of it in the week.
    """

    begins: str
    destination_id: str
    phone: str = ""
    purpose: str = ""

    def has(self, counted_on: str | None) -> bool:
        """Whether a Delivery that counted last on that day is counted here."""
        if counted_on is None or not self.purpose:
            return counted_on == self.begins
        return _monday(date.fromisoformat(counted_on)).isoformat() == self.begins


class Count(NamedTuple):
    """How many were claimed, and since when it is known that these are nearly all that may be."""

    claimed: int = 0
    warned_at: datetime | None = None


class Limit(NamedTuple):
    """At most so many of what is counted there, until it is over; beyond them a text is suppressed for that reason. `field` is the policy's
    that says so.
    """

    counter: Counter
    most: int
    reason: Reason
    field: str
    over_at: datetime

    @property
    def nearly(self) -> int:
        """From how many on there are nearly as many as may be: 80 %."""
        return -(-self.most * 4 // 5)

    @property
    def raising(self) -> str:
        """The mutation that lets twice as many through, to be pasted."""
        change = f"policy: {{{self.field}: {2 * self.most}}}"
        answer = f"destination {{ revision policy {{ {self.field} }} }}"
        return destination_update(self.counter.destination_id, change, answer)

    @property
    def over(self) -> str:
        """When it is over, in words."""
        span = "week" if self.counter.purpose else "day"
        return f"the {span} is over at {self.over_at:%Y-%m-%d %H:%M:%S} UTC"


class Near(NamedTuple):
    """That a destination has sent nearly all that it may on a day."""

    space: str
    limit: Limit
    claimed: int

    @property
    def destination_id(self) -> str:
        """Whose limit it is."""
        return self.limit.counter.destination_id


class Today(NamedTuple):
    """The limits of a destination on one day, whomever a text is to: made once a day, since every text asks for them. `to_person` and
    `to_person_in_week` have no number yet, the latter no purpose.
    """

    begins: str
    to_person: Limit | None
    to_person_in_week: Limit | None
    of_destination: Limit | None

    def of_text(self, recipient: str, purpose: Purpose, *, alone: bool = False) -> Sequence[Limit]:
        """The limits that a text to that number is asked for, those of the person first. `alone`: it counts for the destination alone."""
        found: list[Limit] = []
        if not alone and purpose is not Purpose.AUTHENTICATION:
            phone = canonical(recipient)
            if self.to_person is not None:
                found.append(_of_person(self.to_person, phone))
            if self.to_person_in_week is not None:
                found.append(_of_person(self.to_person_in_week, phone, purpose.value))
        if self.of_destination is not None:
            found.append(self.of_destination)
        return found


def _of_person(limit: Limit, phone: str, purpose: str = "") -> Limit:
    (begins, destination_id, _phone, _purpose), most, reason, field, over_at = limit
    return Limit(Counter(begins, destination_id, phone, purpose), most, reason, field, over_at)


def today(policy: Policy, destination_id: str, now: datetime) -> Today | None:
    """The limits of a destination on the day that it is now; None: it has none."""
    most, daily, weekly = (
        policy.daily_message_limit,
        policy.per_recipient_daily_limit,
        policy.per_recipient_weekly_limit,
    )
    if not (most or daily or weekly):
        return None
    return _today(destination_id, policy.time_zone, day_of(policy, now), most, daily, weekly)


@lru_cache(maxsize=1024)
def _today(
    destination_id: str, time_zone: str, day: date, most: int, daily: int, weekly: int | None
) -> Today:
    monday = _monday(day)
    begins, tomorrow = day.isoformat(), _begin(time_zone, day + _DAY)
    whole = Counter(begins, destination_id)
    week = Counter(monday.isoformat(), destination_id)
    cap = Reason.FREQUENCY_CAP
    return Today(
        begins,
        Limit(whole, daily, cap, "perRecipientDailyLimit", tomorrow) if daily else None,
        Limit(week, weekly, cap, "perRecipientWeeklyLimit", _begin(time_zone, monday + _WEEK))
        if weekly
        else None,
        Limit(whole, most, Reason.BUDGET, "dailyMessageLimit", tomorrow) if most else None,
    )


def of_destination(policy: Policy, destination_id: str, now: datetime) -> Limit | None:
    """How many may go out through a destination today; None: any number."""
    there = today(policy, destination_id, now)
    return None if there is None else there.of_destination


def day_of(policy: Policy, now: datetime) -> date:
    """Which day it is where the destination counts."""
    return now.astimezone(_zone(policy.time_zone)).date()


def begin_of(policy: Policy, counter: Counter) -> datetime:
    """When the first day began of what is counted there."""
    return _begin(policy.time_zone, date.fromisoformat(counter.begins))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@lru_cache(maxsize=64)
def _begin(time_zone: str, day: date) -> datetime:
    """Its first moment, which is no midnight where the clocks go forward at one."""
    return datetime.combine(day, time.min, _zone(time_zone)).astimezone(UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    """The zone of that name; UTC for one that the data has no more, so that a day is a day all the same."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
