"""The way out of each refusal: what its remedy says is pasted and sent as it stands, and the next text goes out."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from destinations.kit import Policy
from tests.situations.consent import KNOWN, SHIPPING, YES
from tests.situations.gates import BROWSERS, LONDON, NIGHTS, TEMPLATE, at
from tests.situations.pasting import pasted, ran
from tests.situations.telling import (
    BEN,
    DORA,
    PAUSE,
    REJECTED,
    Situation,
    external,
    identify,
    later,
    order,
    sent,
    situation,
    writes,
)

NEXT = (later(minutes=1), order())
BY_BROWSER = order(source="BROWSER", external_ids=[external(BEN)])
REVIEWED = writes("can I stop by tomorrow?")

CONSENT = (
    situation("NOT_SUBSCRIBED: the trait that says yes", KNOWN, order(), pasted("NOT_SUBSCRIBED"), *NEXT, then=sent()),
    situation("NOT_SUBSCRIBED: the subscription that says yes", KNOWN, order(), pasted("NOT_SUBSCRIBED", 2), *NEXT, then=sent()),
    situation("NOT_SUBSCRIBED: consentUpdate", KNOWN, order(), ran("NOT_SUBSCRIBED"), *NEXT, then=sent()),
    situation("NOT_SUBSCRIBED after a no", identify(phone=DORA, sms_opt_in=False), order(), later(hours=1), pasted("NOT_SUBSCRIBED"), *NEXT, then=sent()),
    situation("NOT_SUBSCRIBED of what is no marketing", identify(phone=DORA, sms_opt_in=False), order(), later(hours=1), pasted("NOT_SUBSCRIBED"), *NEXT, then=sent(), mapping=SHIPPING),
    situation("NOT_SUBSCRIBED for WhatsApp", identify(phone=DORA), order(), pasted("NOT_SUBSCRIBED"), *NEXT, then=sent(), mapping=TEMPLATE),
    situation("NOT_SUBSCRIBED for a number of the event: the subscription of that number", order(external_ids=[external(BEN)]), pasted("NOT_SUBSCRIBED", 2), later(minutes=1), order(external_ids=[external(BEN)]), then=sent(BEN)),
    situation("INVALID_SUBSCRIPTION_STATUS: the event with a status that is one", YES, order(external_ids=[external(DORA, isSubscribed="maybe")]), pasted("INVALID_SUBSCRIPTION_STATUS"), then=sent()),
    situation("NO_SUPPORTED_IDS: the identify with a number", order(), later(minutes=1), pasted("NO_SUPPORTED_IDS"), *NEXT, then=sent()),
    situation("PROFILE_PENDING: the same, and what waits goes out itself", order(), pasted("PROFILE_PENDING"), then=sent()),
    situation("INVALID_PHONE: the number in E.164", identify(phone="12", sms_opt_in=True), order(), pasted("INVALID_PHONE"), *NEXT, then=sent(), mapping=SHIPPING),
    situation("UNTRUSTED_SOURCE: the number by a SERVER source, and the mapping that takes events of browsers", YES, order(source="BROWSER"), ran("UNTRUSTED_SOURCE"), pasted("UNTRUSTED_SOURCE"), later(minutes=1), order(source="BROWSER"), then=sent()),
    situation("UNTRUSTED_SOURCE, where the number was given for another person", identify("ben", phone=BEN, sms_opt_in=True), BY_BROWSER, pasted("UNTRUSTED_SOURCE"), later(minutes=1), BY_BROWSER, then=sent(BEN), mapping=BROWSERS),
    situation("OPTED_OUT: an admin's consentUpdate, once they asked for it again", YES, writes("please stop"), order(), later(hours=1), ran("OPTED_OUT"), *NEXT, then=sent()),
    situation("OPTED_OUT of what is no marketing", KNOWN, writes("please stop"), order(), later(hours=1), ran("OPTED_OUT"), *NEXT, then=sent(), mapping=SHIPPING),
    situation("OPTED_OUT where Twilio heard the stop too: it refuses the text still", YES, writes("STOP"), order(), later(hours=1), ran("OPTED_OUT"), *NEXT, then=REJECTED, sends=1),
    situation("NEEDS_REVIEW: somebody says that it is no stop", YES, REVIEWED, order(), ran("NEEDS_REVIEW"), then=sent()),
)  # fmt: skip

OTHERS = (
    situation("SEND_DISABLED: the mapping that sends", YES, order(), ran("SEND_DISABLED"), *NEXT, then=sent(), mapping={"fields": {"body": "Hello", "send": False}}),
    situation("COUNTRY_NOT_ALLOWED: the country with the others", identify(phone=LONDON, sms_opt_in=True), order(), ran("COUNTRY_NOT_ALLOWED"), *NEXT, then=sent(LONDON), policy=Policy(allowed_countries=frozenset({"US"}))),
    situation("QUIET_HOURS: a mapping that is no marketing", YES, order(), ran("QUIET_HOURS"), *NEXT, then=sent(), policy=NIGHTS, now=at(23)),
    situation("FREQUENCY_CAP: more a day to a person", YES, order(), order(), ran("FREQUENCY_CAP", 2), *NEXT, then=sent(), sends=2, policy=Policy(per_recipient_daily_limit=1)),
    situation("BUDGET: more a day of the destination", YES, order(), order(), ran("BUDGET", 2), *NEXT, then=sent(), sends=2, policy=Policy(daily_message_limit=1)),
    situation("STALE_EVENT: the mapping that takes older events", YES, order(ago=timedelta(hours=5)), ran("STALE_EVENT"), order(ago=timedelta(hours=5)), then=sent()),
    situation("STALE_EVENT of an import: the mapping that takes imports", YES, order(path="import"), ran("STALE_EVENT"), order(path="import"), then=sent()),
    situation("PAUSED: it is resumed, and what waits goes out itself", YES, PAUSE, order(), ran("PAUSED"), then=sent()),
)  # fmt: skip

GROUPS: Mapping[str, Sequence[Situation]] = {
    "The way out of a refusal: consent and sources": CONSENT,
    "The way out of a refusal: policy and mapping": OTHERS,
}
