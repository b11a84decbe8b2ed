"""What a new destination does of itself: one that was made by `destinationCreate` with an account, and nothing else said."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.situations.consent import SHIPPING, YES
from tests.situations.gates import CALIFORNIA, LOS_ANGELES, at, quiet
from tests.situations.telling import (
    Outcome,
    Situation,
    identify,
    later,
    order,
    sent,
    sent_today,
    situation,
    suppressed,
    times,
)

TOLD = "News for you\nReply STOP to opt out."
AGAIN = "News for you"
MORNING = at(8)


def new(name: str, *happens: Any, then: Outcome, **more: Any) -> Situation:
    """Of a destination that is new."""
    return situation(name, *happens, then=then, policy=None, **more)


DEFAULTS = (
    new("At 20:59:59 where the person is marketing goes out", YES, order(), then=sent(text=TOLD), now=at(20, 59, 59)),
    new("At 21:00:00 it waits until eight", YES, order(), then=quiet(at(8, day=25)), now=at(21)),
    new("At 07:59:59 it still waits", YES, order(), then=quiet(MORNING), now=at(7, 59, 59)),
    new("At 08:00:00 it goes out", YES, order(), then=sent(text=TOLD), now=MORNING),
    new("What waited since nine goes out by itself, within ten minutes after eight", YES, order(), later(hours=11, minutes=10), then=sent(text=TOLD), now=at(21)),
    new("It is the clock of the person that counts", identify(phone=CALIFORNIA, sms_opt_in=True), order(), then=sent(CALIFORNIA, TOLD), now=at(20, 59, 59, zone=LOS_ANGELES)),
    new("What is no marketing goes at night", YES, order(), then=sent(text=AGAIN), now=at(3), mapping=SHIPPING),
    new("The 1,000th text of a day goes out", YES, sent_today(999), order(), then=sent(text=TOLD)),
    new("The 1,001st is refused", YES, sent_today(999), order(), later(minutes=1), order(), then=suppressed("BUDGET"), sends=1),
    new("The next day it goes out", YES, sent_today(1000), order(), later(days=1), order(), then=sent(text=TOLD)),
    new("The 10th text of a day to a number goes out", YES, times(10, order(), minutes=1), then=sent(text=AGAIN), sends=10),
    new("The 11th is refused", YES, times(11, order(), minutes=1), then=suppressed("FREQUENCY_CAP"), sends=10),
    new("A number outside of the default country gets nothing", identify(phone="+447700900123", sms_opt_in=True), order(), then=suppressed("COUNTRY_NOT_ALLOWED")),
    new("Canada is outside of the US though its numbers begin with +1", identify(phone="+14165550144", sms_opt_in=True), order(), then=suppressed("COUNTRY_NOT_ALLOWED")),
    new("The second marketing text does not say how to opt out", YES, order(), later(minutes=1), order(), then=sent(text=AGAIN), sends=2),
    new("One a second before 30 days are over does not", YES, order(), later(days=29, hours=23, minutes=59, seconds=59), order(), then=sent(text=AGAIN), sends=2),
    new("One after 30 days does again", YES, order(), later(days=30), order(), then=sent(text=TOLD), sends=2),
)  # fmt: skip

GROUPS: Mapping[str, Sequence[Situation]] = {"A new destination, with nothing said": DEFAULTS}
