"""Gate 9, its hours: MARKETING reaches nobody at night, where they may be. A small pure function over what is known of them."""

import json
from datetime import UTC, datetime, timedelta
from zlib import crc32

from destinations.kit import (
    Hold,
    Person,
    Purpose,
    Reason,
    Suppress,
    Trace,
    Unknown,
    destination_update,
    mapping_update,
)
from destinations.kit.ports import UNKNOWN
from gateway.quiet_hours import AT_ANY_HOUR, LONGEST_WAIT, Places, opens_at, own_hours, places_of
from gateway.workspace import Destination, Mapping

TIME_ZONE = "timezone"
"""The trait that says in which zone a person is, as Segment's SDKs and partners write it: an IANA name."""

SPREAD = timedelta(minutes=10)
"""Over so long those go that an hour releases: not all at the stroke of the clock."""


def at_an_open_hour(
    trace: Trace,
    destination: Destination,
    mapping: Mapping,
    number: str,
    person: Person | Unknown | None,
    now: datetime,
    *,
    is_test: bool = False,
) -> Hold | Suppress | None:
    """Gate 9: it is no quiet hour where the person may be. Of what is no MARKETING it is not asked, nor of a test, which somebody waits
    for.
    """
    policy = destination.policy
    own = own_hours(policy.quiet_hours_start, policy.quiet_hours_end)
    if mapping.purpose is not Purpose.MARKETING or own is None or is_test:
        return None
    trace.recipient = number
    places = places_of(number, _zone_said(person))
    opens = opens_at(now, places.clocks, (own, *places.laws))
    if opens == now:
        trace.passed("hours", f"open in {_named(places)} ({places.why})")
        return None
    ways = (
        f"If this text is no marketing, have its mapping say so: {mapping_update(mapping.saved_id, 'purpose: TRANSACTIONAL')}. Or have no quiet hours at all: run "
        f"{_no_hours(destination)}."
    )
    if opens is None:
        detail = _never(places)
        trace.stopped("hours", Reason.QUIET_HOURS, detail)
        give = f'Give their zone from a server source: {{"traits": {{"{TIME_ZONE}": "America/New_York"}}}} in an identify.'
        return Suppress(Reason.QUIET_HOURS, detail, f"{give} {ways}")
    detail = f"It is a quiet hour in {_named(places)} ({places.why}), until {opens.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC."
    trace.stopped("hours", Reason.QUIET_HOURS, detail)
    minutes = int(SPREAD.total_seconds() // 60)
    wait = f"Nothing to do: it goes out by itself within {minutes} minutes after that, and does not grow too old meanwhile."
    return Hold(opens, Reason.QUIET_HOURS, detail, f"{wait} {ways}")


NOT_SPREAD = timedelta(0)


def spread_of(number: str | None) -> timedelta:
    """How long after its hour a text to that number has its turn: the same for every text to it, so that they keep their order."""
    return timedelta(seconds=crc32((number or "").encode()) % int(SPREAD.total_seconds()))


def _zone_said(person: Person | Unknown | None) -> object:
    """The zone that a SERVER source gave: what a browser says of itself anybody can say."""
    return None if person is None or person is UNKNOWN else person.server_traits.get(TIME_ZONE)


def _named(places: Places) -> str:
    first, *others = places.zones
    return (
        first
        if not others
        else f"{first} and {len(others)} more"
        if len(others) > 1
        else f"{first} and {others[0]}"
    )


def _never(places: Places) -> str:
    if not places.zones:
        return "Nobody knows in which zone this number is, so that no hour is known to be open there."
    days = LONGEST_WAIT.days
    return f"Within {days} days no hour is open in all of {_named(places)} ({places.why}) at a time."


def _no_hours(destination: Destination) -> str:
    given = ", ".join(f"{name}: {json.dumps(value)}" for name, value in AT_ANY_HOUR.items())
    return destination_update(
        destination.id,
        f"policy: {{{given}}}",
        f"destination {{ policy {{ {' '.join(AT_ANY_HOUR)} }} }}",
    )
