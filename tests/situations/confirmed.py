"""Who has to confirm a yes, and how."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from destinations.twilio_engage.simulator import OTHER_SENDER, SENDER, WHATSAPP_SENDER
from tests.situations.stage import Stage
from tests.situations.telling import (
    BEN,
    DORA,
    Situation,
    Step,
    admin_says,
    erased,
    external,
    identify,
    later,
    order,
    sent,
    situation,
    suppressed,
    together,
    writes,
)

QUESTION = "Reply YES to get our texts."


def asks(by: str = "sendSms", purpose: str = "TRANSACTIONAL", **fields: str) -> Step:
    """The destination wants each yes confirmed, and asks in those words."""

    async def do(stage: Stage) -> None:
        sender = SENDER if by == "sendSms" else WHATSAPP_SENDER
        given = {"from": sender, "send": "true", "body": QUESTION, **fields}
        written = ", ".join(
            f"{name}: {value}" if value == "true" else f'{name}: "{value}"' for name, value in given.items()
        )
        made = await stage.change(
            "mappingCreate",
            f'destinationId: "dst_{stage.space}", action: "{by}", name: "Question", trigger: "type = \\"identify\\"", '
            f"purpose: {purpose}, fields: {{{written}}}",
            "mapping { id }",
        )
        await stage.change(
            "destinationUpdate",
            f'id: "dst_{stage.space}", expectedRevision: 1, policy: {{doubleOptIn: true, confirmationMappingId: "{made["mapping"]["id"]}"}}',
            "destination { id }",
        )

    return Step("`doubleOptIn`" + ("" if by == "sendSms" else f" by {by}"), do)


ASKS = asks()
YES = identify(phone=DORA, sms_opt_in=True)
SAYS_YES = writes("YES")
SHIPPING = {"purpose": "TRANSACTIONAL"}
NO, OUT = suppressed("NOT_SUBSCRIBED"), suppressed("OPTED_OUT")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOON = later(minutes=1)

CONFIRMED = (
    situation("A yes sends the question, and nothing else before the person says yes", ASKS, YES, order(), then=NO, sends=1),
    situation("A YES in reply to it subscribes", ASKS, YES, SOON, SAYS_YES, SOON, order(), then=sent(text="News for you"), sends=2),
    situation("So does it in another language, with marks", ASKS, YES, SOON, writes("« Sí! »"), SOON, order(), then=sent(), sends=2),
    situation("More words than a yes are none", ASKS, YES, SOON, writes("yes but who is this"), SOON, order(), then=NO, sends=1),
    situation("A yes with a stop in it is none", ASKS, YES, SOON, writes("YES STOP"), SOON, order(), then=OUT, sends=1),
    situation("PENDING holds for an order's confirmation too", ASKS, YES, order(), then=NO, sends=1, mapping=SHIPPING),
    situation("PENDING is no silence: sendBasedOnOptOut waits for the yes as well", ASKS, YES, order(), then=NO, sends=1, mapping={"fields": {"sendBasedOnOptOut": True}}),
    situation("Who said nothing is not asked", ASKS, identify(phone=DORA), order(), then=NO, sends=0),
    situation("A YES to another sender than the one that asked is none", ASKS, YES, SOON, writes("YES", OTHER_SENDER), SOON, order(), then=NO, sends=1),
    situation("A YES that nobody asked for is none", ASKS, identify(phone=DORA), SOON, SAYS_YES, SOON, order(), then=NO, sends=0),
    situation("A YES is one for 7 days", ASKS, YES, later(days=6, hours=23), SAYS_YES, SOON, order(), then=sent(), sends=2),
    situation("Later it is none", ASKS, YES, later(days=7, minutes=1), SAYS_YES, SOON, order(), then=NO, sends=1),
    situation("Who says yes again within 7 days is not asked again", ASKS, YES, later(days=6), YES, order(), then=NO, sends=1),
    situation("Who says yes after 7 days is asked again", ASKS, YES, later(days=7, minutes=1), YES, SOON, SAYS_YES, SOON, order(), then=sent(), sends=3),
    situation("Two yeses of one request are one question", ASKS, together(YES, YES), order(), then=NO, sends=1),
    situation("Two numbers are two questions", ASKS, YES, identify("ben", phone=BEN, sms_opt_in=True), order(), then=NO, sends=2),
    situation("Who was subscribed before is not asked", YES, ASKS, SOON, YES, order(), then=sent(), sends=1),
    situation("A no between the yes and the YES stands", ASKS, YES, SOON, identify(sms_opt_in=False), SOON, SAYS_YES, SOON, order(), then=NO, sends=1),
    situation("A no after the YES stands", ASKS, YES, SOON, SAYS_YES, SOON, identify(sms_opt_in=False), SOON, order(), then=NO, sends=1),
    situation("A no that is newer than the yes asks nobody", ASKS, identify(phone=DORA, sms_opt_in=False), identify(phone=DORA, sms_opt_in=True, ago=DAY), order(), then=NO, sends=0),
    situation("Who stopped is not asked", ASKS, identify(phone=DORA), SOON, writes("STOP"), SOON, YES, order(), then=OUT, sends=0),
    situation("A YES lifts no stop", ASKS, YES, SOON, writes("STOP"), SOON, SAYS_YES, SOON, order(), then=OUT, sends=1),
    situation("Their own START subscribes", ASKS, YES, SOON, writes("START"), SOON, order(), then=sent(), sends=2),
    situation("What an admin records stands", ASKS, YES, SOON, admin_says("SUBSCRIBED"), order(), then=sent(), sends=2),
    situation("An external id's yes is asked for too", ASKS, identify(phone=DORA), order(external_ids=[external(DORA, isSubscribed=True)]), then=NO, sends=1),
    situation("A subscription's yes is asked for too", ASKS, identify(phone=DORA, subscriptions=[("SUBSCRIBED", "SMS")]), order(), then=NO, sends=1),
    situation("A yes for WhatsApp is PENDING, and nobody is asked by SMS", ASKS, identify(phone=DORA, whatsapp_opt_in=True), order(), then=NO, sends=0),
    situation("A yes that a page says is none, and asks nobody", ASKS, identify(phone=DORA), identify(sms_opt_in=True, source="BROWSER"), order(), then=NO, sends=0),
    situation("History asks nobody", ASKS, identify(phone=DORA, sms_opt_in=True, path="import"), order(), then=NO, sends=0),
    situation("A yes of long ago asks nobody", ASKS, identify(phone=DORA, sms_opt_in=True, ago=DAY), order(), then=NO, sends=0),
    situation("Who was erased is asked anew", ASKS, YES, SOON, erased(), YES, SOON, SAYS_YES, SOON, order(), then=sent(), sends=3),
)  # fmt: skip

GROUPS: Mapping[str, Sequence[Situation]] = {"Double opt-in": CONFIRMED}
