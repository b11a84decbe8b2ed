"""Who agreed, who did not, and who may say so."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from destinations.twilio_engage.simulator import (
    OTHER_SENDER,
    SENDER,
    SERVICE_SID,
    SHORT_CODE,
    WHATSAPP_SENDER,
)
from tests.situations.telling import (
    BEN,
    DORA,
    REJECTED,
    Situation,
    admin_says,
    alias,
    erased,
    external,
    held,
    identify,
    imported,
    later,
    operator_says,
    order,
    reviewed,
    sent,
    situation,
    suppressed,
    together,
    track,
    unheard,
    writes,
)

YES = identify(phone=DORA, sms_opt_in=True)
KNOWN = identify(phone=DORA)
SHIPPING = {"purpose": "TRANSACTIONAL"}
CODE = {"purpose": "AUTHENTICATION"}
FROM_OTHER = {"fields": {"body": "News for you", "from": OTHER_SENDER}}
FROM_ANY = {"fields": {"body": "News for you", "from": {"@path": "$.properties.from"}}}
NO, OUT = suppressed("NOT_SUBSCRIBED"), suppressed("OPTED_OUT")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

TRAIT = (
    situation("A yes in an identify lets marketing through", YES, order(), then=sent(text="News for you")),
    situation("A phone alone is no yes", KNOWN, order(), then=NO),
    situation("A yes may be a word", identify(phone=DORA, sms_opt_in="Opted_In"), order(), then=sent()),
    situation("A yes may be the number 1", identify(phone=DORA, sms_opt_in=1), order(), then=sent()),
    situation("A word that nobody can read is no yes", identify(phone=DORA, sms_opt_in="perhaps"), order(), then=NO),
    situation("A no ends a yes", YES, later(hours=1), identify(sms_opt_in="off"), order(), then=NO),
    situation("A no counts in a track as well", YES, later(hours=1), track("Settings Saved", sms_opt_in=False), order(), then=NO),
    situation("A yes in a track grants nothing", KNOWN, track("Settings Saved", sms_opt_in=True), order(), then=NO),
    situation("A yes without a number is nobody's, though the number comes later", identify(sms_opt_in=True), identify(phone=DORA), order(), then=NO),
    situation("Another trait than the source's own is none", identify(phone=DORA, marketing_ok=True), order(), then=NO),
    situation("A yes to WhatsApp is none to SMS", identify(phone=DORA, whatsapp_opt_in=True), order(), then=NO),
    situation("An identify and a track of one request are read in order", together(YES, order()), then=sent()),
)  # fmt: skip

SUBSCRIPTIONS = (
    situation("A subscription says yes", identify(phone=DORA, subscriptions=[("SUBSCRIBED", "SMS")]), order(), then=sent()),
    situation("A subscription says no", YES, later(hours=1), identify(subscriptions=[("UNSUBSCRIBED", "SMS")]), order(), then=NO),
    situation(
        "DID_NOT_SUBSCRIBE is neither a yes nor a no, and ends a yes",
        YES, later(hours=1), identify(subscriptions=[("DID_NOT_SUBSCRIBE", "SMS")]), order(), then=NO,
    ),
    situation("A status of MMS is one of SMS", identify(phone=DORA, subscriptions=[("SUBSCRIBED", "MMS")]), order(), then=sent()),
    situation("A status of e-mail says nothing of SMS", YES, later(hours=1), identify(subscriptions=[("UNSUBSCRIBED", "Email")]), order(), then=sent()),
    situation(
        "Of two statuses of one call the careful one counts",
        identify(phone=DORA, subscriptions=[("SUBSCRIBED", "SMS"), ("UNSUBSCRIBED", "SMS")]), order(), then=NO,
    ),
    situation(
        "Of two calls of one request the no counts where both have one time",
        together(YES, identify(sms_opt_in=False)), order(), then=NO,
    ),
    situation(
        "A yes that comes late counts at its own time, so an old one lifts no newer no",
        identify(phone=DORA, sms_opt_in=False, ago=HOUR), identify(sms_opt_in=True, ago=2 * HOUR), order(), then=NO,
    ),
    situation(
        "A no that comes late ends no newer yes",
        identify(phone=DORA, sms_opt_in=True, ago=HOUR), identify(sms_opt_in=False, ago=2 * HOUR), order(), then=sent(),
    ),
    situation(
        "A yes dated ahead outlasts no later no",
        identify(phone=DORA, sms_opt_in=True, ago=-DAY), later(hours=1), identify(sms_opt_in=False), order(), then=NO,
    ),
)  # fmt: skip

MINUTE = timedelta(minutes=1)

SAID_YES, SAID_NO = external(DORA, isSubscribed=True), external(DORA, isSubscribed=False)
OPTED_IN = identify(phone=DORA, sms_opt_in=True, ago=MINUTE)
OPTED_OUT = identify(phone=DORA, sms_opt_in=False, ago=MINUTE)
BEFORE_IN, BEFORE_OUT = (
    identify(phone=DORA, sms_opt_in=True, ago=2 * MINUTE),
    identify(phone=DORA, sms_opt_in=False, ago=2 * MINUTE),
)
CONTRADICTIONS = (
    situation("A trait says yes and a subscription of the same call no", identify(phone=DORA, sms_opt_in=True, subscriptions=[("UNSUBSCRIBED", "SMS")]), order(), then=NO),
    situation("A trait says no and a subscription of the same call yes", identify(phone=DORA, sms_opt_in=False, subscriptions=[("SUBSCRIBED", "SMS")]), order(), then=NO),
    situation("So it is in one request with the order", together(identify(phone=DORA, sms_opt_in=True, subscriptions=[("UNSUBSCRIBED", "SMS")]), order()), then=NO),
    situation("`external_ids` say yes and the context's no", order(external_ids=[SAID_YES], context={"externalIds": [SAID_NO]}), then=NO),
    situation("`external_ids` say no and the context's yes", order(external_ids=[SAID_NO], context={"externalIds": [SAID_YES]}), then=NO),
    situation("One time, the yes first", together(OPTED_IN, OPTED_OUT, order()), then=NO),
    situation("One time, the no first", together(OPTED_OUT, OPTED_IN, order()), then=NO),
    situation("The no is later and stands last", together(BEFORE_IN, OPTED_OUT, order()), then=NO),
    situation("The no is later and stands first", together(OPTED_OUT, BEFORE_IN, order()), then=NO),
    situation("The yes is later and stands last", together(BEFORE_OUT, OPTED_IN, order()), then=sent()),
    situation("The yes is later and stands first", together(OPTED_IN, BEFORE_OUT, order()), then=sent()),
    situation("One time of a no and of the order whose external id says yes", together(OPTED_OUT, order(external_ids=[SAID_YES], ago=MINUTE)), then=NO),
    situation("The same where the order stands first", together(order(external_ids=[SAID_YES], ago=MINUTE), OPTED_OUT), then=NO),
    situation("The order whose external id says yes is later than the no", together(BEFORE_OUT, order(external_ids=[SAID_YES], ago=MINUTE)), then=sent()),
    situation("A yes to Ben's number and a no to Dora's, in one request", together(identify(phone=DORA, sms_opt_in=False), identify("ben", phone=BEN, sms_opt_in=True), order("ben")), then=sent(BEN)),
)  # fmt: skip

EXTERNAL_IDS = (
    situation("The event's own yes is enough", order(external_ids=[external(DORA, isSubscribed=True)]), then=sent()),
    situation("The event's own no wins over the ledger's yes", YES, order(external_ids=[external(DORA, isSubscribed=False)]), then=NO),
    situation("A status that nobody knows is refused", YES, order(external_ids=[external(DORA, isSubscribed="maybe")]), then=suppressed("INVALID_SUBSCRIPTION_STATUS")),
    situation("An id without a status leaves it to the ledger", YES, order(external_ids=[external(DORA)]), then=sent()),
    situation("An id without a status, and nothing known, is no yes", order(external_ids=[external(DORA)]), then=NO),
    situation(
        "Without a yes, `sendBasedOnOptOut` sends unless somebody said no",
        order(external_ids=[external(DORA)]), then=sent(), mapping={"fields": {"body": "News for you", "sendBasedOnOptOut": True}},
    ),
    situation(
        "`sendBasedOnOptOut` sends to nobody who said no",
        identify(phone=DORA, sms_opt_in=False), later(hours=1), order(external_ids=[external(DORA)]), then=NO,
        mapping={"fields": {"body": "News for you", "sendBasedOnOptOut": True}},
    ),
    situation(
        "The first id that may be sent to gets it",
        order(external_ids=[external(DORA, isSubscribed=False), external(BEN, isSubscribed=True)]), then=sent(BEN),
    ),
    situation(
        "Said twice of one number, a no counts",
        order(external_ids=[external(DORA, isSubscribed=True), external("(202) 555-0144", isSubscribed=False)]), then=NO,
    ),
    situation("The event's old yes lifts no later no", identify(phone=DORA, sms_opt_in=False), order(ago=HOUR, external_ids=[external(DORA, isSubscribed=True)]), then=NO),
    situation("The event's own yes ends an older no", identify(phone=DORA, sms_opt_in=False), later(hours=1), order(external_ids=[external(DORA, isSubscribed=True)]), then=sent()),
    situation(
        "A status that the mapping itself says counts as the event's", order(properties={"to": BEN}), then=sent(BEN),
        mapping={"fields": {"body": "Hello", "externalIds": [{"id": {"@path": "$.properties.to"}, "type": "phone", "subscriptionStatus": "subscribed"}]}},
    ),
    situation("A person's stop wins over the event's yes", YES, writes("STOP"), later(hours=1), order(external_ids=[external(DORA, isSubscribed=True)]), then=OUT),
)  # fmt: skip

WORDS = (
    situation("STOP ends everything", YES, writes("STOP"), order(), then=OUT),
    situation("So does a polite stop in words", YES, writes("please stop"), order(), then=OUT),
    situation("So does one of another language", YES, writes("arrêt"), order(), then=OUT),
    situation("START lifts their own stop", YES, writes("STOP"), later(hours=1), writes("START"), order(), then=sent()),
    situation("START is a yes where nobody gave one", KNOWN, writes("START"), order(), then=sent()),
    situation("A new opt-in lifts no stop", YES, writes("STOP"), later(hours=1), YES, order(), then=OUT),
    situation("A word that is neither changes nothing", YES, writes("thanks"), order(), then=sent()),
    situation("What Twilio's Advanced Opt-Out took for a stop is one", YES, writes("enough", OptOutType="STOP"), order(), then=OUT),
    situation("A stop holds for texts that are no marketing, from where it was said", KNOWN, writes("STOP"), order(), then=OUT, mapping=SHIPPING),
    situation("A stop that only Twilio heard is refused by it (21610)", YES, unheard("STOP"), order(), then=REJECTED, sends=1),
    situation("A stop that Twilio told by refusing a text is known from then on", YES, unheard("STOP"), order(), order(), then=OUT, sends=1),
    situation(
        "A stop that Twilio told by refusing a text (21610) is one of that sender alone",
        YES, unheard("STOP"), order(properties={"from": SENDER}), order(properties={"from": OTHER_SENDER}), then=sent(), sends=2, mapping=FROM_ANY,
    ),
    situation(
        "There it stops what is no marketing too",
        YES, unheard("STOP"), order(), order(), then=OUT, sends=1, mapping=SHIPPING,
    ),
    situation(
        "A stop that the gateway heard itself is one of every sender, for marketing",
        YES, writes("STOP"), order(properties={"from": OTHER_SENDER}), then=OUT, mapping=FROM_ANY,
    ),
    situation("A stop on WhatsApp stops no SMS", YES, writes("STOP", WHATSAPP_SENDER), order(), then=sent()),
)  # fmt: skip

REVIEW = (
    situation("What may be a stop holds marketing until somebody looks", YES, writes("can I stop by tomorrow?"), order(), then=held("NEEDS_REVIEW")),
    situation("It holds no text that is no marketing", YES, writes("can I stop by tomorrow?"), order(), then=sent(), mapping=SHIPPING),
    situation("Said to be no stop, what waited goes out", YES, writes("can I stop by tomorrow?"), order(), reviewed("NOT_A_STOP"), then=sent()),
    situation("Said to be a stop, what waited is not sent", YES, writes("can I stop by tomorrow?"), order(), reviewed("STOP"), then=OUT),
)  # fmt: skip

OPERATORS = (
    situation("An admin's yes is a yes", KNOWN, admin_says("SUBSCRIBED"), order(), then=sent()),
    situation("An admin's no is a no", YES, later(hours=1), admin_says("UNSUBSCRIBED"), order(), then=NO),
    situation("An admin's later yes lifts a stop everywhere", YES, writes("STOP", OTHER_SENDER), later(hours=1), admin_says("SUBSCRIBED"), order(), then=sent()),
    situation("For one sender it lifts the stop there", YES, writes("STOP", OTHER_SENDER), later(hours=1), admin_says("SUBSCRIBED", sender=SENDER), order(), then=sent()),
    situation("For another sender it lifts none here", YES, writes("STOP", OTHER_SENDER), later(hours=1), admin_says("SUBSCRIBED", sender=SHORT_CODE), order(), then=OUT),
    situation("A person's later no ends an admin's yes", KNOWN, admin_says("SUBSCRIBED"), later(hours=1), identify(sms_opt_in=False), order(), then=NO),
    situation("An admin's no also ends what is transactional", KNOWN, admin_says("UNSUBSCRIBED"), order(), then=NO, mapping=SHIPPING),
    situation("An operator's yes is a yes", KNOWN, operator_says("SUBSCRIBED"), order(), then=sent()),
    situation("An operator's no is a no", YES, later(hours=1), operator_says("UNSUBSCRIBED"), order(), then=NO),
    situation("An operator's later yes ends another's no", identify(phone=DORA, sms_opt_in=False), later(hours=1), operator_says("SUBSCRIBED"), order(), then=sent()),
    situation("An operator lifts no stop", YES, writes("STOP"), later(hours=1), operator_says("SUBSCRIBED", refused="FORBIDDEN"), order(), then=OUT),
    situation("An operator lifts none for one sender either", YES, writes("STOP"), later(hours=1), operator_says("SUBSCRIBED", sender=SENDER, refused="FORBIDDEN"), order(), then=OUT),
    situation("An operator's yes of before it lifts no later stop", YES, operator_says("SUBSCRIBED"), later(hours=1), writes("STOP"), order(), then=OUT),
    situation("An admin lifts no stop with evidence that is no later", YES, writes("STOP"), admin_says("SUBSCRIBED", refused="INVALID"), order(), then=OUT),
)  # fmt: skip

IMPORTS = (
    situation("A yes of a file is a yes", KNOWN, imported("yes", ago=DAY), order(), then=sent()),
    situation("A yes without a time is one where nobody said anything", KNOWN, imported("yes"), order(), then=sent()),
    situation("A yes without a time is the oldest: it ends no no, however old", identify(phone=DORA, sms_opt_in=False, ago=3_000 * DAY), imported("yes"), order(), then=NO),
    situation("A yes with a time ends an older no", identify(phone=DORA, sms_opt_in=False, ago=2 * DAY), imported("yes", ago=DAY), order(), then=sent()),
    situation("A yes with a time ends no newer no", identify(phone=DORA, sms_opt_in=False, ago=DAY), imported("yes", ago=2 * DAY), order(), then=NO),
    situation("A no without a time is said now", YES, later(hours=1), imported("no"), order(), then=NO),
    situation("A no with a time ends no newer yes", YES, imported("no", ago=DAY), order(), then=sent()),
    situation("A yes behind a no without a time ends it", YES, imported("no"), later(hours=1), YES, order(), then=sent()),
    situation("A file's yes without a time lifts nobody's own stop", YES, writes("STOP"), later(hours=1), imported("yes"), order(), then=OUT),
    situation("A file's later yes lifts none either", YES, writes("STOP"), later(hours=1), imported("yes", ago=timedelta(minutes=1)), order(), then=OUT),
    situation("Their START lifts it behind such a yes", YES, writes("STOP"), later(hours=1), imported("yes"), writes("START"), order(), then=sent()),
    situation("A file's yes to SMS gives no number to a person", imported("yes"), order(), later(minutes=1), then=suppressed("NO_SUPPORTED_IDS")),
)  # fmt: skip

PURPOSES = (
    situation("TRANSACTIONAL passes as implied where a SERVER source gave the number", KNOWN, order(), then=sent(), mapping=SHIPPING),
    situation("AUTHENTICATION does so too", KNOWN, order(), then=sent(), mapping=CODE),
    situation("A no ends TRANSACTIONAL too", identify(phone=DORA, sms_opt_in=False), later(hours=1), order(), then=NO, mapping=SHIPPING),
    situation(
        "TRANSACTIONAL to a number that nobody gave for this person is refused", KNOWN, order(properties={"to": BEN}), then=NO,
        mapping={**SHIPPING, "fields": {"body": "Hello", "to": {"@path": "$.properties.to"}}},
    ),
    situation("An external id of a SERVER source gives the number", order(external_ids=[external(DORA)]), then=sent(), mapping=SHIPPING),
)  # fmt: skip

SCOPES = (
    situation("A stop to one sender stops marketing from all", YES, writes("STOP", OTHER_SENDER), order(), then=OUT),
    situation("It stops nothing else from another sender", YES, writes("STOP", OTHER_SENDER), order(), then=sent(), mapping=SHIPPING),
    situation("A stop to a sender of a Messaging Service stops all of that service", YES, writes("STOP", SHORT_CODE), order(), then=OUT, mapping={**SHIPPING, "fields": {"body": "Hello", "from": SERVICE_SID}}),
    situation("A START to another sender lifts a stop for that one alone", YES, writes("STOP", SENDER), later(hours=1), writes("START", OTHER_SENDER), order(), then=OUT),
    situation("There it lifts it", YES, writes("STOP", SENDER), later(hours=1), writes("START", OTHER_SENDER), order(), then=sent(), mapping=FROM_OTHER),
)  # fmt: skip

PEOPLE = (
    situation("A changed phone starts unknown", YES, later(hours=1), identify(phone=BEN), order(), then=NO),
    situation("The number they had keeps its yes for whoever has it next", YES, later(hours=1), identify(phone=BEN), identify("ben", phone=DORA), order("ben"), then=sent()),
    situation("A stop goes with the number, not with the person", YES, writes("STOP"), identify("ben", phone=DORA), order("ben"), then=OUT),
    situation("One number of two users is asked once for both", YES, identify("ben", phone=DORA), later(hours=1), identify("ben", sms_opt_in=False), order(), then=NO),
    situation("An older phone that comes late replaces none", YES, identify(phone=BEN, sms_opt_in=True, ago=HOUR), order(), then=sent()),
    situation("alias ties two ids: the number of one is the other's", identify("d-old", phone=DORA, sms_opt_in=True), alias("dora", "d-old"), order(), then=sent()),
    situation("alias moves no consent to another number", YES, identify("d-new", phone=BEN), alias("d-new", "dora"), order("d-new"), then=NO),
    situation("Numbers that differ only in form are one", identify(phone="(202) 555-0144", sms_opt_in=True), order(external_ids=[external("+1 202-555-0144")]), then=sent()),
    situation("A Mexican number is one with and without its old 1", identify(phone="+5215512345678", sms_opt_in=True), order(external_ids=[external("+525512345678")]), then=sent("+525512345678")),
    situation("What is no number texts nobody", identify(phone="12", sms_opt_in=True), order(), later(minutes=1), then=suppressed("INVALID_PHONE")),
    situation("Nobody known waits ten seconds for an identify", order(), then=held("PROFILE_PENDING")),
    situation("Once it comes, the text goes", order(), YES, later(seconds=10), then=sent()),
    situation("Where none comes, it is not sent", order(), later(minutes=1), then=suppressed("NO_SUPPORTED_IDS")),
    situation("A field `to` that finds nobody texts nobody else", YES, order(), later(minutes=1), then=suppressed("NO_SUPPORTED_IDS"), mapping={"fields": {"body": "Hello", "to": {"@path": "$.properties.to"}}}),
)  # fmt: skip

ERASURE = (
    situation("An erased person's stop outlives them", YES, writes("STOP"), erased(), YES, order(), then=OUT),
    situation("Their START lifts it still", YES, writes("STOP"), erased(), later(hours=1), writes("START"), YES, order(), then=sent()),
    situation("An erased yes is gone", YES, erased(), KNOWN, order(), then=NO),
    situation("So does any other no", identify(phone=DORA, sms_opt_in=False), erased(), KNOWN, order(), then=NO, mapping=SHIPPING),
)  # fmt: skip

GROUPS: Mapping[str, Sequence[Situation]] = {
    "Consent by trait": TRAIT,
    "Subscription states, and words out of order": SUBSCRIPTIONS,
    "Words that contradict one another": CONTRADICTIONS,
    "External ids": EXTERNAL_IDS,
    "Words of a person": WORDS,
    "What somebody has to look at": REVIEW,
    "Words of an operator or admin": OPERATORS,
    "Imported consent": IMPORTS,
    "Purposes": PURPOSES,
    "Senders and services": SCOPES,
    "People and their numbers": PEOPLE,
    "Erasure": ERASURE,
}
