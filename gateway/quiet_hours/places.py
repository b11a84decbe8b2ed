"""Where somebody may be, by their number and by what is known of them: the zones whose clocks count, and the laws."""

from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType
from phonenumbers.timezone import time_zones_for_geographical_number

from destinations.kit import COUNTRIES
from destinations.kit.phones import international
from gateway import phones
from gateway.quiet_hours.hours import LAWS, REGIONS, QuietHours


class Places(NamedTuple):
    """The zones in all of which it must be an open hour, why these, and the laws that hold there. Without zones nobody knows where."""

    zones: tuple[str, ...]
    why: str
    laws: tuple[QuietHours, ...]

    @property
    def clocks(self) -> tuple[ZoneInfo, ...]:
        """The zones, each once."""
        return _clocks(self.zones)


def places_of(number: str, said: object) -> Places:
    """Where whoever has that number (E.164) may be. `said` is the zone that a SERVER source gave as their trait `timezone`, whatever it
    is: what is no zone counts as none, and is named.

    | known | the zones |
    | --- | --- |
    | the zone, and the area of the number | both |
    | the zone alone | that one |
    | the area alone | its zones |
    | neither | all zones of the number's country |

    The laws are those of the country and of the number's area; where the area is not known, of every part of it.
    """
    place = _by_number(number)
    if said is None:  # as of most people
        return Places(place.zones, place.why, place.laws)
    named = zone_named(said)
    if named is not None and place.is_area:
        zones = tuple(dict.fromkeys((named, *place.zones)))
        why = "of their trait timezone" if zones == (named,) else "of their trait timezone and of the number"
    elif named is not None:
        zones, why = (named,), "of their trait timezone"
    else:
        zones, why = place.zones, place.why
    if named is None:
        why = f"{why}; their trait timezone names no zone"
    return Places(zones, why, place.laws)


@lru_cache(maxsize=4096)  # as `_placed`
def _clocks(zones: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    return tuple(ZoneInfo(name) for name in zones)


class _Place(NamedTuple):
    zones: tuple[str, ...]
    is_area: bool
    why: str
    laws: tuple[QuietHours, ...]


@lru_cache(maxsize=20_000)
def _by_number(number: str) -> _Place:
    try:
        parsed = international(number) or phonenumbers.parse(number)
    except NumberParseException:  # somebody who is known by another id
        return _Place((), is_area=False, why="of no number", laws=())
    country = phones.country_of(number) or _main_country(parsed)
    region = REGIONS.get((country or "", phonenumbers.national_significant_number(parsed)[:3]))
    return _placed(country, _area(parsed), region)


@lru_cache(maxsize=4096)  # nearly every text is to somebody new, and from an area that is known
def _placed(country: str | None, area: tuple[str, ...], region: str | None) -> _Place:
    """Whoever has a number of that country, area and part of the country."""
    laws = tuple(
        law
        for law in LAWS
        if law.country == country and (law.region is None or not area or law.region == region)
    )
    if area:
        return _Place(area, is_area=True, why="of the number", laws=laws)
    zones = _zones_of(country)
    one_place = len({_clock(zone) for zone in zones}) == 1
    why = "of the number's country" if one_place else "of the number's country, all of them"
    return _Place(zones, is_area=one_place, why=why, laws=laws)


def _area(parsed: PhoneNumber) -> tuple[str, ...]:
    """The zones of the number's area; none where the number says no more than its country, as a mobile one in most does."""
    kind, code = phonenumbers.number_type(parsed), parsed.country_code or 0
    if kind != PhoneNumberType.UNKNOWN and not phonenumbers.is_number_type_geographical(kind, code):
        return ()
    found = time_zones_for_geographical_number(parsed)
    if found == _anywhere(code) or not available().issuperset(found):
        return ()
    return tuple(found)


@cache
def _anywhere(code: int) -> tuple[str, ...]:
    """The zones of a number of which nothing is known but its country code."""
    return time_zones_for_geographical_number(PhoneNumber(country_code=code, national_number=0))


def _main_country(parsed: PhoneNumber) -> str | None:
    """The country of a number that none has given out yet: the first of its calling code."""
    found = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return found if found in COUNTRIES else None


def _clock(zone: str) -> tuple[timedelta | None, ...]:
    """How far a zone's clock is from UTC, in January and in July: zones of a country that agree there are one place."""
    return tuple(datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))


def _zones_of(country: str | None) -> tuple[str, ...]:
    return () if country is None else _by_country().get(country, ())


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    """The zones of each country, as tzdata's zone.tab has them."""
    found: dict[str, tuple[str, ...]] = {}
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _where, zone = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), zone)
    return found


@cache
def available() -> frozenset[str]:
    """The names of all zones."""
    return frozenset(available_timezones())


@cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in available()}


def zone_named(said: object) -> str | None:
    """The zone of that name, in any case (`america/new_york`); None for what names none."""
    if not isinstance(said, str):
        return None
    name = _by_folded_name().get(said.strip().casefold())
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return name
