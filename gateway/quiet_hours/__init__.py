"""When marketing may reach somebody: the hours of a destination and of the law, in the zones where the person may be. Pure."""

from gateway.quiet_hours.hours import AT_ANY_HOUR, LAWS, LONGEST_WAIT, QuietHours, opens_at, own_hours
from gateway.quiet_hours.places import Places, places_of

__all__ = [
    "AT_ANY_HOUR",
    "LAWS",
    "LONGEST_WAIT",
    "Places",
    "QuietHours",
    "opens_at",
    "own_hours",
    "places_of",
]
