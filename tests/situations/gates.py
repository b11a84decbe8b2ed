"""Sources, time, limits and channels."""

from collections.abc import Mapping, Sequence
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
    PAUSE,
    REPLAY,
    RESUME,
    Outcome,
    Situation,
    external,
    held,
    identify,
    later,
    order,
    sent,
    situation,
    suppressed,
    times,
    together,
    track,
    writes,
)

BROWSERS = {"allow_browser_events": True}
NIGHTS = Policy(quiet_hours_start="21:00", quiet_hours_end="08:00")
STALE = suppressed("STALE_EVENT")
CHICAGO, LOS_ANGELES = ZoneInfo("America/Chicago"), ZoneInfo("America/Los_Angeles")
TEXAS, FLORIDA, CALIFORNIA = "+15125550144", "+13055550144", "+12135550144"


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 24, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=zone)


def quiet(until: datetime | None = None) -> Outcome:
    return held("QUIET_HOURS", until)


SOURCES = (
    situation("A BROWSER source starts no text", YES, order(source="BROWSER"), then=suppressed("UNTRUSTED_SOURCE")),
    situation("It does where the mapping allows it, and a SERVER source gave the number", YES, order(source="BROWSER"), then=sent(), mapping=BROWSERS),
    situation("A BROWSER source never supplies a recipient", identify(phone=DORA, sms_opt_in=True, source="BROWSER"), order(), later(minutes=1), then=suppressed("NO_SUPPORTED_IDS")),
    situation("A BROWSER source grants no consent", identify(phone=DORA), identify(sms_opt_in=True, source="BROWSER"), order(), then=NO),
    situation("A BROWSER source may revoke", YES, later(hours=1), identify(sms_opt_in=False, source="BROWSER"), order(), then=NO),
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
    situation("A template that was not approved begins no conversation", WHATSAPP_YES, order(), then=suppressed("TEMPLATE_NOT_APPROVED"), mapping=UNAPPROVED),
)  # fmt: skip

TOLD = Policy(opt_out_words=True)
OPT_OUT_WORDS = (
    situation("The first marketing text says how to opt out", YES, order(), then=sent(text="News for you\nReply STOP to opt out."), policy=TOLD),
    situation("The second does not", YES, order(), order(), then=sent(text="News for you"), sends=2, policy=TOLD),
    situation("One after 30 days does", YES, order(), later(days=30), order(), then=sent(text="News for you\nReply STOP to opt out."), sends=2, policy=TOLD),
    situation("A body that says so is left alone", YES, order(), then=sent(text="Text STOP to end"), policy=TOLD, mapping={"fields": {"body": "Text STOP to end"}}),
    situation("What is no marketing is left alone", YES, order(), then=sent(text="News for you"), policy=TOLD, mapping=SHIPPING),
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
    "WhatsApp": WHATSAPP,
    "How to opt out": OPT_OUT_WORDS,
}
