"""What somebody tries who has what every page of a shop has, the write key of its BROWSER source, and knows the ids of others.

They are a customer as well, who agreed to texts: a text that went to their number would go out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

DORA, BEN, CARL, MALLORY, VISITOR = (f"+1202555{number:04}" for number in (144, 145, 146, 166, 177))
"""Dora agreed, Ben was never asked, Carl said no again, Mallory is the attacker, and the visitor has no userId yet."""

STRANGER, TEST = "+12025550188", "+12025550199"
"""A number that nobody gave, and the destination's test number."""

NUMBERS = {"dora": DORA, "ben": BEN, "carl": CARL, "mallory": MALLORY, "visitor": VISITOR}
DEVICES = {"dora": "dora-phone", "mallory": "mallory-laptop"}
FAR = "2099-01-01T00:00:00Z"

Call = Mapping[str, Any]


class Post(NamedTuple):
    """A request with the public key."""

    path: str
    body: Call


class Forgery(NamedTuple):
    """Requests that want to change what is known of people."""

    name: str
    posts: Sequence[Post]


def forgery(name: str, *posts: Post) -> Forgery:
    return Forgery(name, posts)


def identify(
    user: str | None = "dora", device: str | None = None, more: Call | None = None, **traits: Any
) -> Post:
    given = {"userId": user, "anonymousId": device, "traits": traits, **(more or {})}
    return Post("identify", {name: value for name, value in given.items() if value is not None})


def track(
    user: str | None = "dora", device: str | None = None, event: str = "Page Scrolled", **more: Any
) -> Post:
    given = {"userId": user, "anonymousId": device, "event": event, **more}
    return Post("track", {name: value for name, value in given.items() if value is not None})


def alias(user: str, previous: str) -> Post:
    return Post("alias", {"userId": user, "previousId": previous})


def batch(*posts: Post, path: str = "batch", **envelope: Any) -> Post:
    return Post(path, {"batch": [{"type": one.path, **one.body} for one in posts], **envelope})


def forwarded(kind: str, user: str = "dora", **more: Any) -> Post:
    """As a forwarder sends it on; with the public key it is a page's all the same."""
    return Post("events", {"type": kind, "userId": user, **more})


def external(number: str, status: Any = True, channel: str = "sms") -> dict[str, Any]:
    return {"id": number, "type": "phone", "channelType": channel, "isSubscribed": status, "encoding": "none"}


def subscribed(number: str, channel: str = "SMS") -> dict[str, Any]:
    return {"key": number, "type": channel, "status": "SUBSCRIBED"}


def context(**more: Any) -> Call:
    return {"context": more}


MINE = [MALLORY, STRANGER]
"""Where the attacker would have other people's texts go."""

RECIPIENTS = (
    *(forgery(f"identify with the phone {one}", identify(phone=one, sms_opt_in=True)) for one in MINE),
    *(
        forgery(f"identify with {one} in its context's traits", identify(more=context(traits={"phone": one})))
        for one in MINE
    ),
    forgery("identify of oneself with the phone of another", identify("mallory", phone=DORA)),
    forgery("identify without a phone", identify(phone=None), identify(phone="")),
    forgery("identify with what is no phone", identify(phone="112")),
    forgery("identify by a stolen anonymousId", identify(None, "dora-phone", phone=MALLORY, sms_opt_in=True)),
    forgery("identify of oneself by a stolen anonymousId", identify("mallory", "dora-phone", phone=MALLORY)),
    forgery("identify of another on one's own device", identify("dora", "mallory-laptop", phone=MALLORY)),
    forgery("identify of a visitor as oneself", identify("mallory", "visit-7", phone=MALLORY)),
    forgery("identify of another as a visitor", identify("dora", "visit-7")),
    forgery("identify of the userId of a device", identify("dora-phone", phone=MALLORY)),
    forgery("identify of the device of a userId", identify(None, "dora", phone=MALLORY)),
    forgery("identify with NUL in the userId", identify("do\0ra", phone=MALLORY)),
    forgery("external_ids of an identify", identify(more={"external_ids": [external(MALLORY)]})),
    forgery("external_ids of a track", track(external_ids=[external(MALLORY), external(STRANGER)])),
    forgery("context.externalIds of an identify", identify(more=context(externalIds=[external(MALLORY)]))),
    forgery("context.externalIds of a track", track(**context(externalIds=[external(MALLORY)]))),
    forgery("context.traits.phone of a track", track(**context(traits={"phone": MALLORY}))),
    forgery(
        "more external ids than are remembered",
        identify(more={"external_ids": [external(f"+1202556{place:04}") for place in range(60)]}),
    ),
    forgery(
        "more traits than are remembered",
        Post("identify", {"userId": "dora", "traits": {f"trait_{at}": "x" * 40 for at in range(510)}}),
        identify(long="x" * 30_000),
    ),
    forgery("traits that a SERVER source gave", identify(firstName="Click https://evil.example")),
    forgery(
        "what Engage computes", identify(more=context(personas={"computation_class": "audience"}), vip=True)
    ),
)

ALIASES = tuple(
    forgery(f"alias: {previous} is {user}", alias(user, previous))
    for user, previous in (
        ("mallory", "dora"),
        ("dora", "mallory"),
        ("mallory", "dora-phone"),
        ("dora", "mallory-laptop"),
        ("mallory", "visit-7"),
        ("ben", "dora"),
        ("somebody-new", "dora"),
        ("dora", "somebody-new"),
    )
)

GROUPS = (
    forgery(
        "group with a phone among its traits",
        Post("group", {"userId": "dora", "groupId": "g", "traits": {"phone": MALLORY, "sms_opt_in": True}}),
    ),
    forgery(
        "group with a phone among its context's traits",
        Post("group", {"userId": "dora", "groupId": "g", **context(traits={"phone": MALLORY})}),
    ),
    forgery(
        "group of Ben with his opt-in",
        Post("group", {"userId": "ben", "groupId": "g", "traits": {"sms_opt_in": True}}),
    ),
    forgery("page with everything", Post("page", {"userId": "dora", **context(traits={"phone": MALLORY}, externalIds=[external(MALLORY)])})),
    forgery("screen with everything", Post("screen", {"userId": "ben", **context(messaging_subscriptions=[subscribed(BEN)])})),
)  # fmt: skip

CONSENT = (
    *(forgery(f"opt-in trait {yes!r}", identify("ben", sms_opt_in=yes)) for yes in (True, "yes", 1, "subscribed")),
    forgery("opt-in trait with the number", identify("ben", phone=BEN, sms_opt_in=True)),
    forgery("opt-in trait in the context's traits", identify("ben", more=context(traits={"sms_opt_in": True}))),
    forgery("opt-in trait among properties", track("ben", properties={"sms_opt_in": True})),
    forgery("context.messaging_subscriptions", track("ben", **context(messaging_subscriptions=[subscribed(BEN)]))),
    forgery("context.messaging_subscriptions of one's own event", track("mallory", **context(messaging_subscriptions=[subscribed(BEN), subscribed(CARL)]))),
    forgery("external_ids that are subscribed", track("ben", external_ids=[external(BEN), external(BEN, "subscribed")])),
    forgery("context.externalIds that are subscribed", track("ben", **context(externalIds=[external(BEN)]))),
    forgery("a yes beside a no", track("carl", external_ids=[external(CARL, True), external(BEN, True)])),
    *(
        forgery(f"a yes dated ahead by {name}", identify("carl", more={"timestamp": FAR, name: FAR}, sms_opt_in=True))
        for name in ("timestamp", "originalTimestamp", "sentAt")
    ),
    forgery("a yes dated ahead by the sentAt of its batch", batch(identify("carl", sms_opt_in=True), sentAt="1999-01-01T00:00:00Z")),
    forgery("a yes by /v1/import", batch(identify("carl", sms_opt_in=True), identify("ben", sms_opt_in=True), path="import")),
    forgery("a phone by /v1/import", batch(identify(more={"timestamp": FAR}, phone=MALLORY, sms_opt_in=True), path="import")),
    forgery("a subscription in the envelope of a batch", batch(track("ben"), **context(messaging_subscriptions=[subscribed(BEN)], traits={"phone": MALLORY}))),
    forgery("a batch of everything", batch(identify(phone=MALLORY), alias("mallory", "dora"), identify("ben", sms_opt_in=True), track("mallory"))),
    forgery("the integrations object", identify("ben", more={"integrations": {"All": True, "Twilio Engage": {"trusted": True}}}, sms_opt_in=True)),
    forgery("words of trust", identify("ben", more={"trust": "SERVER", "sourceId": "src_SERVER", "writeKey": "hwk_SERVER", "imported": False, "by_server": True}, sms_opt_in=True)),
)  # fmt: skip


YES = {"phone": MALLORY, "sms_opt_in": True}
FORWARDED = (
    forgery("an identify as if it were sent on", forwarded("identify", traits=YES)),
    forgery(
        "a batch as if it were sent on",
        Post("events", {"batch": [{"type": "identify", "userId": "dora", "traits": YES}], "sentAt": FAR}),
    ),
    forgery("an alias as if it were sent on", forwarded("alias", "mallory", previousId="dora")),
    forgery(
        "a yes of Ben that is sent on, dated far ahead",
        forwarded("identify", "ben", traits={"sms_opt_in": True}, timestamp=FAR, receivedAt=FAR),
    ),
    forgery(
        "a yes of Carl that is sent on, dated far ahead",
        forwarded(
            "track", "carl", event="A", timestamp=FAR, **context(messaging_subscriptions=[subscribed(CARL)])
        ),
    ),
)

FORGERIES = (*RECIPIENTS, *ALIASES, *GROUPS, *CONSENT, *FORWARDED)


class Start(NamedTuple):
    """The event that the mapping texts for, by the attacker, behind what they say before; and what becomes of it where the mapping takes
    events of browsers: status and reason, and to whom a text goes.
    """

    name: str
    post: Post
    status: str
    reason: str | None = None
    to: str | None = None
    before: Sequence[Post] = ()
    mapping: Mapping[str, Any] = {}


def order(user: str | None = "dora", device: str | None = None, **more: Any) -> Post:
    return track(user, device, "Order Placed", **more)


def sent(name: str, post: Post, to: str, **more: Any) -> Start:
    return Start(name, post, "ACCEPTED", None, to, **more)


def refused(name: str, reason: str, post: Post, **more: Any) -> Start:
    return Start(name, post, "SUPPRESSED", reason, **more)


def fields(**more: Any) -> dict[str, Any]:
    return {"fields": {"body": "Hello {{ profile.traits.firstName }}", **more}}


BY_PROPERTY = fields(to={"@path": "$.properties.to"})
BY_TRAIT = fields(to="{{ profile.traits.mobile }}")
TO_TEST = fields(toNumber={"@path": "$.properties.to"})
LITERAL = fields(
    externalIds=[
        {
            "id": {"@path": "$.properties.to"},
            "type": "phone",
            "channelType": "sms",
            "subscriptionStatus": "subscribed",
        }
    ]
)
IMPLIED = {"purpose": "TRANSACTIONAL"}

STARTS = (
    sent("for somebody whose number a SERVER source gave", order(), DORA),
    sent("by their stolen anonymousId", order(None, "dora-phone"), DORA),
    sent("with their userId on one's own device", order("dora", "mallory-laptop"), DORA),
    sent("with one's own userId and a stolen anonymousId", order("mallory", "dora-phone"), MALLORY),
    refused("with a new userId and a stolen anonymousId", "NO_SUPPORTED_IDS", order("somebody-new", "dora-phone")),
    sent("by the anonymousId of a visitor", order(None, "visit-7"), VISITOR, mapping=IMPLIED),
    refused("with a new userId and the anonymousId of a visitor", "NO_SUPPORTED_IDS", order("somebody-new", "visit-7"), mapping=IMPLIED),
    refused("with their number alone", "NOT_SUBSCRIBED", order("somebody-new", external_ids=[external(STRANGER)])),
    refused("with the number of another who agreed", "UNTRUSTED_SOURCE", order("somebody-new", external_ids=[external(DORA)])),
    refused("in external_ids", "UNTRUSTED_SOURCE", order(external_ids=[external(MALLORY)])),
    refused("in context.externalIds", "UNTRUSTED_SOURCE", order(**context(externalIds=[external(MALLORY)]))),
    sent("in external_ids to whom did not agree", order(external_ids=[external(STRANGER)]), DORA),
    sent("in context.traits.phone", order(**context(traits={"phone": MALLORY})), DORA),
    refused("as a property that the mapping sends to", "UNTRUSTED_SOURCE", order(properties={"to": MALLORY}), mapping=BY_PROPERTY),
    refused("as a property, to whom did not agree", "NOT_SUBSCRIBED", order(properties={"to": STRANGER}), mapping=BY_PROPERTY),
    refused("as a property, whom a transactional text would reach", "NOT_SUBSCRIBED", order(properties={"to": BEN}), mapping={**BY_PROPERTY, **IMPLIED}),
    refused("as a property of one's own event", "UNTRUSTED_SOURCE", order("mallory", properties={"to": DORA}), mapping=BY_PROPERTY),
    refused("as a trait of the event that the mapping sends to", "NO_SUPPORTED_IDS", order(properties={"mobile": MALLORY}), mapping=BY_TRAIT),
    refused("as a trait of an identify that the mapping sends to", "NO_SUPPORTED_IDS", order(), before=[identify(mobile=MALLORY)], mapping=BY_TRAIT),
    refused("as a test number", "UNTRUSTED_SOURCE", order(properties={"to": TEST}), mapping=TO_TEST),
    refused("as a toNumber that is no test number", "UNTRUSTED_SOURCE", order(properties={"to": MALLORY}), mapping=TO_TEST),
    refused("with a yes that the mapping says itself", "UNTRUSTED_SOURCE", order(properties={"to": MALLORY}), mapping=LITERAL),
    refused("with that yes for a stranger", "NOT_SUBSCRIBED", order(properties={"to": STRANGER}), mapping=LITERAL),
    refused("for who never agreed", "NOT_SUBSCRIBED", order("ben")),
    refused("for who never agreed, with a yes in the event", "NOT_SUBSCRIBED", order("ben", external_ids=[external(BEN)])),
    refused("for who never agreed, with a subscription", "NOT_SUBSCRIBED", order("ben", **context(messaging_subscriptions=[subscribed(BEN)]))),
    refused("for who said no", "NOT_SUBSCRIBED", order("carl", external_ids=[external(CARL)])),
    sent("for whom a transactional text needs no yes", order("ben"), BEN, mapping=IMPLIED),
    refused("of a stranger, whom a transactional text would reach", "NOT_SUBSCRIBED", order("somebody-new", external_ids=[external(STRANGER)]), mapping=IMPLIED),
    sent("behind a forged identify", order(), DORA, before=[identify(phone=MALLORY, sms_opt_in=True)]),
    sent("behind a forged identify of oneself", order("mallory"), MALLORY, before=[identify("mallory", phone=DORA)]),
    sent("behind a forged alias", order("mallory"), MALLORY, before=[alias("mallory", "dora")]),
    sent("behind a forged alias the other way round", order("dora"), DORA, before=[alias("dora", "mallory")]),
    refused("of whom only a page gave a number", "NO_SUPPORTED_IDS", order("somebody-new"), before=[identify("somebody-new", phone=MALLORY, sms_opt_in=True)]),
    refused("of who would be a visitor", "NO_SUPPORTED_IDS", order("somebody-new"), before=[identify("somebody-new", "visit-7")]),
    refused("of who would be another by an alias", "NO_SUPPORTED_IDS", order("somebody-new"), before=[alias("somebody-new", "dora")]),
    sent("together with a forged identify", batch(identify(phone=MALLORY), order()), DORA),
    refused("by /v1/import", "STALE_EVENT", batch(order(), path="import")),
    sent("by /v1/events, as if it were sent on", forwarded("track", event="Order Placed"), DORA),
    refused("by /v1/events, with a number", "UNTRUSTED_SOURCE", forwarded("track", event="Order Placed", external_ids=[external(MALLORY)])),
    refused("of long ago", "STALE_EVENT", order(timestamp="2026-11-01T00:00:00Z", sentAt="2026-11-01T00:00:00Z")),
)  # fmt: skip
