"""Hours in which no marketing goes out, and when they are over: in several zones, and by several rules, at a time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

LONGEST_WAIT = timedelta(days=8)
"""An hour that is open comes within a week, whatever days the rules have, or never."""

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


class QuietHours(NamedTuple):
    """On these days (ISO 8601, 1 is Monday) it is quiet from `start` on and until `end`, by the clock on the wall: at `start` it is,
    at `end` it is not. Where `start` is the later of the two, that is every morning and every evening of those days.

    `country` (ISO 3166) and `region` are whose law it is; both None: the destination's own hours.
    """

    start: time
    end: time
    days: tuple[int, ...] = EVERY_DAY
    country: str | None = None
    region: str | None = None
    source: str | None = None

    def quiet(self, wall: datetime) -> bool:
        """Whether it is, at that time of a wall's clock."""
        if wall.isoweekday() not in self.days:
            return False
        now, start, end = wall.time(), self.start, self.end
        if start <= end:
            return start <= now < end
        return now >= start or now < end

    def next_look(self, wall: datetime) -> datetime:
        """The next time of that clock at which it may be over, while it is quiet: its end today, or else the day's."""
        if wall.time() < self.end:
            return datetime.combine(wall.date(), self.end)
        return datetime.combine(wall.date() + timedelta(days=1), time())


AT_ANY_HOUR: Final = {"quietHoursStart": "00:00", "quietHoursEnd": "00:00"}
"""What a policy is given, so that a destination has no quiet hours: also one whose texts reach nobody, which is tried out at night."""


@lru_cache(maxsize=256)  # every text asks
def own_hours(start: str, end: str) -> QuietHours | None:
    """The hours of a destination, each as HH:MM; None where they are equal: it has none, and asks for no law's either."""
    first, last = time.fromisoformat(start), time.fromisoformat(end)
    return None if first == last else QuietHours(first, last)


def opens_at(now: datetime, zones: Sequence[ZoneInfo], rules: Iterable[QuietHours]) -> datetime | None:
    """From when on it is quiet by none of these rules in none of these zones: now, or later. None: there is no such hour within
    LONGEST_WAIT. Without a zone there is none either.
    """
    rules = tuple(rules)
    at = now
    while zones and at - now <= LONGEST_WAIT:
        later = at
        for zone in zones:
            later = max(later, _over(at, zone, rules))
        if later == at:
            return at
        at = later
    return None


def _over(at: datetime, zone: ZoneInfo, rules: Sequence[QuietHours]) -> datetime:
    """When to look again for whether all of these rules are over there; `at` itself where it is quiet by none."""
    wall, later = at.astimezone(zone), at
    for rule in rules:
        if rule.quiet(wall):
            later = max(later, _next_look(at, zone, rule.next_look(wall.replace(tzinfo=None))))
    return later


def _next_look(at: datetime, zone: ZoneInfo, look: datetime) -> datetime:
    """A clock that is set back shows the hour twice: the second one, where the first has passed. One that is set forward may leave it out:
    then each minute is looked at until the clock is beyond it.
    """
    turns = sorted(look.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    next_minute = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return next((turn for turn in turns if turn > at and _wall(turn, zone) <= look), next_minute)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _law(row: Mapping[str, Any]) -> QuietHours:
    return QuietHours(
        time.fromisoformat(row["start"]),
        time.fromisoformat(row["end"]),
        tuple(row["days"]),
        row["country"],
        row["region"],
        row["source"],
    )


_DATA: Mapping[str, Any] = json.loads(files(__package__).joinpath("laws.json").read_text(encoding="utf-8"))

LAWS: tuple[QuietHours, ...] = tuple(map(_law, _DATA["laws"]))
"""The hours that the law of a country, or of a part of it, gives for marketing by text."""

REGIONS: Mapping[tuple[str, str], str] = {
    (country, str(code)): region
    for country, regions in _DATA["areaCodes"].items()
    for region, codes in regions.items()
    for code in codes
}
"""The part of a country that an area code is in, of those parts that have hours of their own."""
