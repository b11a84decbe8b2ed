"""Sources, time, limits and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from destinations.kit import Policy
from destinations.twilio_engage.simulator import TEMPLATE_SID, UNSUBMITTED_TEMPLATE_SID, WHATSAPP_SENDER
from tests.situations.consent import NO, OUT, SHIPPING, YES
from tests.situations.telling import (
    BEN,
    CANCELED,
    DORA,
    EXPIRED,
    NEW_YORK,
    NOTHING,
    PAUSE,
    REPLAY,
    RESUME,
    Outcome,
    Situation,
    external,
    held,
    identify,
    later,
    not_delivered,
    order,
    sent,
    situation,
    suppressed,
    times,
    together,
    track,
    tried_on,
    writes,
)

BROWSERS = {"allow_browser_events": True}
STALE = suppressed("STALE_EVENT")
CHICAGO, LOS_ANGELES = ZoneInfo("America/Chicago"), ZoneInfo("America/Los_Angeles")
TEXAS, FLORIDA, CALIFORNIA = "+15125550144", "+13055550144", "+12135550144"
LONDON = "+447700900123"
BRITISH = identify(phone=LONDON, sms_opt_in=True)


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 24, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=zone)


def spring(hour: int, minute: int = 0, second: int = 0, *, day: int = 14) -> datetime:
    """In the days when New York's clocks go from two to three, on Sunday 14 March 2027."""
    return datetime(2027, 3, day, hour, minute, second, tzinfo=NEW_YORK)


def spring_in_london(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """On the day when London's clocks go from one to two, Sunday 28 March 2027. No law of Britain has hours of its own."""
    return datetime(2027, 3, 28, hour, minute, second, tzinfo=ZoneInfo("Europe/London"))


def hours(start: str, end: str) -> Policy:
    return Policy(quiet_hours_start=start, quiet_hours_end=end)


NIGHTS = hours("21:00", "08:00")


def quiet(until: datetime | None = None) -> Outcome:
    return held("QUIET_HOURS", until)


SOURCES = (
    situation("A BROWSER source starts no text", YES, order(source="BROWSER"), then=suppressed("UNTRUSTED_SOURCE")),
    situation("It does where the mapping allows it, and a SERVER source gave the number", YES, order(source="BROWSER"), then=sent(), mapping=BROWSERS),
    situation("A BROWSER source never supplies a recipient", identify(phone=DORA, sms_opt_in=True, source="BROWSER"), order(), later(minutes=1), then=suppressed("NO_SUPPORTED_IDS")),
    situation("A BROWSER source grants no consent", identify(phone=DORA), identify(sms_opt_in=True, source="BROWSER"), order(), then=NO),
    situation("A BROWSER source may revoke", YES, later(hours=1), identify(sms_opt_in=False, source="BROWSER"), order(), then=NO),
    situation("It sends to no number that a SERVER source did not give for this very person, whoever agreed to it", identify("ben", phone=BEN, sms_opt_in=True), order(source="BROWSER", external_ids=[external(BEN)]), then=suppressed("UNTRUSTED_SOURCE"), mapping=BROWSERS),
    situation("Nor does one in a field `to`", identify("ben", phone=BEN, sms_opt_in=True), order(source="BROWSER", properties={"to": BEN}), then=suppressed("UNTRUSTED_SOURCE"), mapping={**BROWSERS, "fields": {"body": "Hello", "to": {"@path": "$.properties.to"}}}),
    situation("Nor does it to a number that they had before", identify(phone=BEN, sms_opt_in=True), later(hours=1), YES, order(source="BROWSER", external_ids=[external(BEN)]), then=suppressed("UNTRUSTED_SOURCE"), mapping=BROWSERS),
    situation("What is no marketing reaches no number that a SERVER source did not give either", order(source="BROWSER", external_ids=[external(BEN)]), then=NO, mapping={**BROWSERS, **SHIPPING}),
    situation("A number in a BROWSER event is none that a SERVER source gave", order(source="BROWSER", external_ids=[external(BEN, isSubscribed=True)]), then=NO, mapping=BROWSERS),
)  # fmt: skip

FRESH = (
    situation("An event older than the mapping allows is not sent", YES, order(ago=timedelta(hours=4)), then=STALE),
    situation("One a minute younger is sent", YES, order(ago=timedelta(hours=3, minutes=59)), then=sent()),
    situation("What waits too long for anything but a quiet hour is too old", YES, PAUSE, order(), later(hours=5), then=EXPIRED),
    situation("What was paused goes out once it is resumed", YES, PAUSE, order(), later(hours=1), RESUME, then=sent()),
    situation("/v1/import sends nothing", YES, order(path="import"), then=STALE),
    situation("/v1/import moves consent", identify(phone=DORA, sms_opt_in=True, path="import"), order(), then=sent()),
    situation("An imported yes of old lifts no newer no", identify(phone=DORA, sms_opt_in=False), identify(sms_opt_in=True, ago=timedelta(days=30), path="import"), order(), then=NO),
    situation("/v1/import sends where the mapping allows it", YES, order(path="import"), then=sent(), mapping={"allow_import": True}),
    situation("What comes twice is sent once", YES, order(messageId="o-1"), order(messageId="o-1"), then=sent()),
    situation("A replay is not asked for its age", YES, order(ago=timedelta(hours=5)), REPLAY, then=sent()),
    situation("A replay is asked for consent", YES, order(ago=timedelta(hours=5)), writes("STOP"), REPLAY, then=OUT),
    situation("A stop while it waits is heard", YES, PAUSE, order(), writes("STOP"), RESUME, then=OUT),
)  # fmt: skip

QUIET = (
    situation("At 20:59:59 it goes", YES, order(), then=sent(), policy=NIGHTS, now=at(20, 59, 59)),
    situation("At 21:00:00 sharp it waits until eight", YES, order(), then=quiet(at(8, day=25)), policy=NIGHTS, now=at(21)),
    situation("At eight it goes, within ten minutes", YES, order(), later(hours=11, minutes=10), then=sent(), policy=NIGHTS, now=at(21)),
    situation("The night does not count as age", YES, order(), later(hours=11, minutes=10), then=sent(), policy=NIGHTS, now=at(21), mapping={"max_age_seconds": 60}),
    situation("What is no marketing goes at any hour", YES, order(), then=sent(), policy=NIGHTS, now=at(23), mapping=SHIPPING),
    situation("A stop in the night is heard in the morning", YES, order(), later(hours=2), writes("STOP"), later(hours=9, minutes=10), then=OUT, policy=NIGHTS, now=at(22)),
    situation("Florida's law begins at eight in the evening", identify(phone=FLORIDA, sms_opt_in=True), order(), then=quiet(at(8, day=25)), policy=NIGHTS, now=at(20)),
    situation("Texas's law ends at nine", identify(phone=TEXAS, sms_opt_in=True), order(), then=quiet(at(9, zone=CHICAGO)), policy=NIGHTS, now=at(8, 30, zone=CHICAGO)),
    situation("Texas's law ends at noon on a Sunday", identify(phone=TEXAS, sms_opt_in=True), order(), then=quiet(at(12, day=22, zone=CHICAGO)), policy=NIGHTS, now=at(9, 30, day=22, zone=CHICAGO)),
    situation("The area of the number counts: it is 07:00 in Los Angeles", identify(phone=CALIFORNIA, sms_opt_in=True), order(), then=quiet(at(8, zone=LOS_ANGELES)), policy=NIGHTS, now=at(10)),
    situation("The trait `timezone` and the area differ: both must be open", identify(phone=DORA, sms_opt_in=True, timezone="America/Los_Angeles"), order(), then=quiet(at(8, zone=LOS_ANGELES)), policy=NIGHTS, now=at(10)),
    situation("A zone that a BROWSER gave does not count", YES, identify(timezone="Asia/Tokyo", source="BROWSER"), order(), then=sent(), policy=NIGHTS),
    situation("A toll-free number may be anywhere in the country", identify(phone="+18335550144", sms_opt_in=True), order(), then=quiet(), policy=NIGHTS),
    situation("The night in which clocks go back ends at eight by the new time", YES, order(), then=quiet(at(8, day=1)), policy=NIGHTS, now=datetime(2026, 10, 31, 22, tzinfo=NEW_YORK)),
    situation("The night in which clocks go forward ends at eight by the new time", YES, order(), then=quiet(spring(8)), policy=NIGHTS, now=spring(22, day=13)),
    situation("It is an hour shorter", YES, order(), later(hours=9, minutes=10), then=sent(), policy=NIGHTS, now=spring(22, day=13)),
    situation("An end in the hour that is missing is where the clocks go on", BRITISH, order(), then=quiet(spring_in_london(2)), policy=hours("21:00", "01:30"), now=spring_in_london(0, 30)),
    situation("A start in the hour that is missing: a second before it is open", BRITISH, order(), then=sent(LONDON), policy=hours("01:30", "08:00"), now=spring_in_london(0, 59, 59)),
    situation("A second later it is two and quiet", BRITISH, order(), then=quiet(spring_in_london(8)), policy=hours("01:30", "08:00"), now=spring_in_london(2)),
    situation("Hours that are missing altogether keep nothing back", BRITISH, order(), then=sent(LONDON), policy=hours("01:00", "02:00"), now=spring_in_london(2)),
    situation("A number of no zone is not sent to", identify(phone="+882161234567", sms_opt_in=True), order(), then=suppressed("QUIET_HOURS"), policy=NIGHTS),
    situation("Without quiet hours none of the law's are asked", YES, order(), then=sent(), now=at(23)),
)  # fmt: skip

BOTH = together(YES, identify("ben", phone=BEN, sms_opt_in=True))
LIMITS = (
    situation("A person gets so many a day", YES, times(3, order()), then=suppressed("FREQUENCY_CAP"), sends=2, policy=Policy(per_recipient_daily_limit=2)),
    situation("Another person has a limit of their own", BOTH, times(3, order()), order("ben"), then=sent(BEN), sends=3, policy=Policy(per_recipient_daily_limit=2)),
    situation("The next day counts anew", YES, order(), order(), later(days=1), order(), then=sent(), sends=2, policy=Policy(per_recipient_daily_limit=1)),
    situation("A person gets so many a week of each purpose", YES, order(), later(days=1), order(), then=suppressed("FREQUENCY_CAP"), sends=1, policy=Policy(per_recipient_weekly_limit=1)),
    situation("A week begins on Monday", YES, order(), later(days=6), order(), then=sent(), sends=2, policy=Policy(per_recipient_weekly_limit=1)),
    situation("A destination sends so many a day, to whomever", BOTH, order(), order("ben"), then=suppressed("BUDGET"), sends=1, policy=Policy(daily_message_limit=1)),
    situation("No limit of a person keeps a login code back", YES, times(3, order()), then=sent(), sends=3, policy=Policy(per_recipient_daily_limit=1), mapping={"purpose": "AUTHENTICATION"}),
    situation("A country that is not allowed gets nothing", identify(phone="+447700900123", sms_opt_in=True), order(), then=suppressed("COUNTRY_NOT_ALLOWED"), policy=Policy(allowed_countries=frozenset({"US"}))),
    situation("A country that is allowed gets it", identify(phone="+447700900123", sms_opt_in=True), order(), then=sent("+447700900123"), policy=Policy(allowed_countries=frozenset({"US", "GB"}))),
    situation("India asks for its registration where the policy says so", identify(phone="+919876543210", sms_opt_in=True), order(), then=suppressed("DLT_REQUIRED"), policy=Policy(require_dlt_for_india=True)),
)  # fmt: skip

EXITS = {"cancel_trigger": 'event = "Order Canceled"'}
CANCELS = (
    situation("What waits is canceled by an event of the same person", YES, PAUSE, order(), track("Order Canceled"), RESUME, then=CANCELED, mapping=EXITS),
    situation("So is what waits for the morning", YES, order(), track("Order Canceled"), then=CANCELED, mapping=EXITS, policy=NIGHTS, now=at(23)),
    situation("Another person's event cancels nothing", BOTH, PAUSE, order(), track("Order Canceled", "ben"), RESUME, then=sent(), mapping=EXITS),
    situation("What was sent stays sent", YES, order(), track("Order Canceled"), then=sent(), mapping=EXITS),
    situation("A BROWSER source cancels MARKETING, as it may revoke", YES, PAUSE, order(), track("Order Canceled", source="BROWSER"), RESUME, then=CANCELED, mapping=EXITS),
    situation("A BROWSER source cancels nothing else", YES, PAUSE, order(), track("Order Canceled", source="BROWSER"), RESUME, then=sent(), mapping={**EXITS, **SHIPPING}),
    situation("A BROWSER source cancels no login code", YES, PAUSE, order(), track("Order Canceled", source="BROWSER"), RESUME, then=sent(), mapping={**EXITS, "purpose": "AUTHENTICATION"}),
    situation("It does where the mapping takes its events", YES, PAUSE, order(), track("Order Canceled", source="BROWSER"), RESUME, then=CANCELED, mapping={**EXITS, **SHIPPING, **BROWSERS}),
)  # fmt: skip

TESTS = {"fields": {"body": "A try", "toNumber": BEN}}
FIELDS = (
    situation("`toNumber` needs no yes where it is one of the test numbers", YES, order(), then=sent(BEN), mapping=TESTS, policy=Policy(test_numbers=frozenset({BEN}))),
    situation("Any other `toNumber` is asked for one", YES, order(), then=NO, mapping=TESTS),
    situation("A stop holds for a test number too", YES, writes("STOP", person=BEN), order(), then=OUT, mapping=TESTS, policy=Policy(test_numbers=frozenset({BEN}))),
    situation("`send: false` sends nothing", YES, order(), then=suppressed("SEND_DISABLED"), mapping={"fields": {"body": "Hello", "send": False}}),
)  # fmt: skip

BENS = Policy(test_numbers=frozenset({BEN}))
TEST_SENDS = (
    situation("A test goes to a test number that nobody knows", tried_on(BEN), then=sent(BEN), policy=BENS),
    situation("It goes to no other number that nobody knows", tried_on(DORA, refused="NOT_SUBSCRIBED"), then=NOTHING, policy=BENS),
    situation("It goes to no other whose owner said nothing", identify(phone=DORA), tried_on(DORA, refused="NOT_SUBSCRIBED"), then=NOTHING, policy=BENS),
    situation("What is no marketing is no exception", identify(phone=DORA), tried_on(DORA, refused="NOT_SUBSCRIBED"), then=NOTHING, policy=BENS, mapping=SHIPPING),
    situation("It goes to any other whose owner agreed", YES, tried_on(DORA), then=sent()),
    situation("It goes to no other whose owner said no", identify(phone=DORA, sms_opt_in=False), tried_on(DORA, refused="NOT_SUBSCRIBED"), then=NOTHING),
    situation("A stop holds for a test, whatever the owner agreed to", YES, writes("STOP"), tried_on(DORA, refused="OPTED_OUT"), then=NOTHING),
    situation("It holds for a test number", writes("STOP", person=BEN), tried_on(BEN, refused="OPTED_OUT"), then=NOTHING, policy=BENS),
    situation("It holds for a test of what is no marketing", writes("STOP", person=BEN), tried_on(BEN, refused="OPTED_OUT"), then=NOTHING, policy=BENS, mapping=SHIPPING),
    situation("A test waits for no morning", tried_on(BEN), then=sent(BEN), policy=replace(BENS, quiet_hours_start="21:00", quiet_hours_end="08:00"), now=at(23)),
)  # fmt: skip

WHATSAPP_YES = identify(phone=DORA, whatsapp_opt_in=True)
TEMPLATE = {
    "action": "sendWhatsApp",
    "fields": {"contentSid": TEMPLATE_SID, "contentVariables": {"1": "Dora", "2": "A-1"}},
}
UNAPPROVED = {
    "action": "sendWhatsApp",
    "fields": {"contentSid": UNSUBMITTED_TEMPLATE_SID, "contentVariables": {"1": "Dora", "2": "a day"}},
}
WRITTEN = {"action": "sendWhatsApp", "fields": {"body": "With pleasure"}}
WHATSAPP = (
    situation("An approved template goes to whoever said yes to WhatsApp", WHATSAPP_YES, order(), then=sent(), mapping=TEMPLATE),
    situation("A yes to SMS is none to WhatsApp", YES, order(), then=NO, mapping=TEMPLATE),
    situation("WhatsApp asks for a yes of TRANSACTIONAL too", identify(phone=DORA), order(), then=NO, mapping={**TEMPLATE, **SHIPPING}),
    situation("Free text needs an open window", WHATSAPP_YES, order(), then=suppressed("WINDOW_CLOSED"), mapping=WRITTEN),
    situation("Their message opens it", WHATSAPP_YES, writes("Hello?", WHATSAPP_SENDER), order(), then=sent(text="With pleasure"), mapping=WRITTEN),
    situation("24 hours later it is closed", WHATSAPP_YES, writes("Hello?", WHATSAPP_SENDER), later(days=1), order(), then=suppressed("WINDOW_CLOSED"), mapping=WRITTEN),
    situation("A reply in an open window needs no yes", identify(phone=DORA), writes("Hello?", WHATSAPP_SENDER), order(), then=sent(), mapping={**WRITTEN, **SHIPPING}),
    situation("An advertisement passes there where nobody said no", identify(phone=DORA), writes("Hello?", WHATSAPP_SENDER), order(), then=sent(), mapping=WRITTEN),
    situation("A stop opens no window for a reply", WHATSAPP_YES, writes("STOP", WHATSAPP_SENDER), order(), then=OUT, mapping={**WRITTEN, **SHIPPING}),
    situation("Whoever blocked the sender on WhatsApp (63014) gets nothing more there", WHATSAPP_YES, not_delivered(63014, order()), order(), then=OUT, sends=1, mapping=TEMPLATE),
    situation("A block ends what is no marketing too", WHATSAPP_YES, not_delivered(63014, order()), order(), then=OUT, sends=1, mapping={**TEMPLATE, **SHIPPING}),
    situation("A new opt-in lifts no block", WHATSAPP_YES, not_delivered(63014, order()), later(hours=1), WHATSAPP_YES, order(), then=OUT, sends=1, mapping=TEMPLATE),
    situation("Their START there lifts it", WHATSAPP_YES, not_delivered(63014, order()), later(hours=1), writes("START", WHATSAPP_SENDER), order(), then=sent(), sends=2, mapping=TEMPLATE),
    situation("Any other failure is no stop", WHATSAPP_YES, not_delivered(63024, order()), order(), then=sent(), sends=2, mapping=TEMPLATE),
    situation("A template that was not approved begins no conversation", WHATSAPP_YES, order(), then=suppressed("TEMPLATE_NOT_APPROVED"), mapping=UNAPPROVED),
)  # fmt: skip

FROM_NAME = {"fields": {"body": "News for you", "from": "Heliograph"}}
TOLD = Policy(opt_out_words=True)
OPT_OUT_WORDS = (
    situation("The first marketing text says how to opt out", YES, order(), then=sent(text="News for you\nReply STOP to opt out."), policy=TOLD),
    situation("The second does not", YES, order(), order(), then=sent(text="News for you"), sends=2, policy=TOLD),
    situation("One after 30 days does", YES, order(), later(days=30), order(), then=sent(text="News for you\nReply STOP to opt out."), sends=2, policy=TOLD),
    situation("A body that says so is left alone", YES, order(), then=sent(text="Text STOP to end"), policy=TOLD, mapping={"fields": {"body": "Text STOP to end"}}),
    situation("What is no marketing is left alone", YES, order(), then=sent(text="News for you"), policy=TOLD, mapping=SHIPPING),
    situation("A template is left as its account wrote it", YES, order(), then=sent(text=""), policy=TOLD, mapping={"fields": {"contentSid": TEMPLATE_SID, "contentVariables": {"1": "Dora", "2": "A-1"}}}),
    situation("A template on WhatsApp has none", WHATSAPP_YES, order(), then=sent(text=""), policy=TOLD, mapping=TEMPLATE),
    situation("A text from a name can say nothing of a reply, and to the US none is sent", YES, order(), then=suppressed("SENDER_NOT_ALLOWED"), policy=TOLD, mapping=FROM_NAME),
    situation("From a name to a country that takes one it is as it was written", identify(phone=LONDON, sms_opt_in=True), order(), then=sent(LONDON, "News for you"), policy=TOLD, mapping=FROM_NAME),
    situation("A text after one that had none has them", YES, order(properties={"body": "Text STOP to end"}), order(properties={"body": "News"}), then=sent(text="News\nReply STOP to opt out."), sends=2, policy=TOLD, mapping={"fields": {"body": {"@path": "$.properties.body"}}}),
    situation("A country that asks for none gets none", identify(phone="+447700900123", sms_opt_in=True), order(), then=sent("+447700900123", "News for you"), policy=TOLD),
    situation("A free text on WhatsApp has none", WHATSAPP_YES, writes("Hello?", WHATSAPP_SENDER), order(), then=sent(text="With pleasure"), policy=TOLD, mapping=WRITTEN),
)  # fmt: skip

GROUPS: Mapping[str, Sequence[Situation]] = {
    "Sources": SOURCES,
    "Age, import and pauses": FRESH,
    "Quiet hours": QUIET,
    "Limits and countries": LIMITS,
    "Canceling": CANCELS,
    "Test numbers and fields": FIELDS,
    "Test sends": TEST_SENDS,
    "WhatsApp": WHATSAPP,
    "How to opt out": OPT_OUT_WORDS,
}
