"""The exports of consent that are known: one's own file, those of four systems, and those that a destination brings along.

| column of one's own file | also | what it says |
| --- | --- | --- |
| `phone` | number, mobile, msisdn ... | whose word it is; without a + it is read in the country of the space |
| `channel` | | SMS, MMS (counts as SMS) or WHATSAPP |
| `status` | consent, subscribed, opt_in ... | SUBSCRIBED, UNSUBSCRIBED, or any word that the kit reads as a yes or a no |
| `at` | occurred_at, timestamp, date ... | when it was said: a yes without it is the oldest there is, a no is one of now |
| `sender` | from | the sender it was said to |
| `method`, `wordingVersion`, `url`, `ip`, `note` | | what shows it |
"""

from collections.abc import Iterable, Mapping
from typing import Final

from destinations.kit import (
    Channel,
    Columns,
    ConsentExport,
    ConsentList,
    ConsentStatement,
    DestinationDefinition,
    Said,
    opt_in_says,
    status_says,
)

EVIDENCE: Final = ("method", "wordingVersion", "url", "ip", "note")

COLUMNS: Final[Columns] = {
    "phone": ("phone", "phonenumber", "number", "mobile", "mobilenumber", "mobilephone", "msisdn", "tel"),
    "channel": ("channel",),
    "status": ("status", "consent", "consentstatus", "subscribed", "subscription", "optin", "optedin"),
    "sender": ("sender", "from"),
    "at": ("at", "occurredat", "time", "timestamp", "date", "datetime", "consentedat", "consentat"),
    "method": ("method",),
    "wordingVersion": ("wordingversion",),
    "url": ("url",),
    "ip": ("ip", "ipaddress"),
    "note": ("note", "notes"),
}
_PHONE = ("phone", "phonenumber", "mobile", "mobilenumber", "mobilephone")

PLAIN: Final = ConsentExport(
    name="plain",
    title="a file of one's own",
    needs="the columns `phone`, `channel` and `status`",
    columns=COLUMNS,
    statements=(
        ConsentStatement(
            "status", at=("at",), sender="sender", evidence=dict(zip(EVIDENCE, EVIDENCE, strict=True))
        ),
    ),
    is_strict=True,
)


def _is_a_no(value: object) -> Said:
    """What a column says whose yes is a no: `unsubscribed` is false of everybody who never was asked."""
    word = str(value).strip().lower()
    if word in _FALSE:
        return Said.UNKNOWN
    said = Said.NO if word in _TRUE else opt_in_says(value)
    return Said.UNREADABLE if said is Said.YES else said


_TRUE = frozenset({"true", "t", "yes", "y", "on", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0", "0.0"})


def _says_in_braze(value: object) -> Said:
    """`Unknown` stands there for whoever is in no group."""
    return Said.UNKNOWN if str(value).strip().lower() == "unknown" else opt_in_says(value)


def _says_in_klaviyo(value: object) -> Said:
    """NEVER_SUBSCRIBED stands there for whoever was not asked."""
    word = "".join(letter for letter in str(value).lower() if letter.isalpha())
    return Said.UNKNOWN if word == "neversubscribed" else opt_in_says(value)


_SEGMENT = ConsentExport(
    name="segment",
    title="Segment",
    needs="`sms_subscription_status` or `whatsapp_subscription_status` beside `phone`, or a list `messaging_subscriptions` or `external_ids` "
    "whose entries have a status",
    known_by=tuple(
        frozenset({one})
        for one in (
            *("smssubscriptionstatus", "whatsappsubscriptionstatus"),
            *("messagingsubscriptions", "externalids"),
        )
    ),
    columns={
        "phone": _PHONE,
        "status of SMS": ("smssubscriptionstatus",),
        "status of WHATSAPP": ("whatsappsubscriptionstatus",),
        "at": ("timestamp", "originaltimestamp"),
    },
    statements=(
        ConsentStatement("status of SMS", Channel.SMS, ("at",), says=status_says),
        ConsentStatement("status of WHATSAPP", Channel.WHATSAPP, ("at",), says=status_says),
    ),
    lists={
        "messaging_subscriptions": ConsentList(
            ("messagingsubscriptions",),
            {"phone": ("key",), "channel": ("type",), "status": ("status",)},
            ConsentStatement("status", at=("at",), says=status_says),
        ),
        "external_ids": ConsentList(
            ("externalids",),
            {
                "phone": ("id",),
                "channel": ("channeltype", "channel"),
                "status": ("subscriptionstatus", "status", "issubscribed"),
            },
            ConsentStatement("status", at=("at",), says=status_says),
        ),
    },
)

_CHANNELS = "ciosubscriptionpreferenceschannels"

_CUSTOMERIO = ConsentExport(
    name="customerio",
    title="Customer.io",
    needs="`phone`, and `cio_subscription_preferences`, `unsubscribed`, or an attribute such as `sms_opt_in`",
    known_by=tuple(
        frozenset({one})
        for one in (
            "cioid",
            "ciosubscriptionpreferences",
            "ciosubscriptionpreferencescomputed",
            "unsubscribed",
        )
    ),
    columns={
        "phone": _PHONE,
        "status of SMS": (f"{_CHANNELS}sms",),
        "status of WHATSAPP": (f"{_CHANNELS}whatsapp",),
        "opted in to SMS": ("smsoptin", "smsoptedin", "smsconsent", "smssubscribed", "smsmarketingconsent"),
        "opted out of SMS": ("smsoptout", "smsoptedout", "smsunsubscribed"),
        "opted in to WHATSAPP": ("whatsappoptin", "whatsappoptedin", "whatsappconsent", "whatsappsubscribed"),
        "unsubscribed": ("unsubscribed",),
        "at of SMS": ("smsoptinat", "smsoptedinat", "smsconsentat", "smsconsenttimestamp", "smssubscribedat"),
        "opted out at": ("smsoptoutat", "smsoptedoutat", "smsunsubscribedat"),
        "at of WHATSAPP": ("whatsappoptinat", "whatsappconsentat", "whatsappsubscribedat"),
        "unsubscribed at": ("unsubscribedat",),
    },
    statements=(
        ConsentStatement("status of SMS", Channel.SMS),
        ConsentStatement("status of WHATSAPP", Channel.WHATSAPP),
        ConsentStatement("opted in to SMS", Channel.SMS, ("at of SMS",)),
        ConsentStatement("opted out of SMS", Channel.SMS, ("opted out at",), says=_is_a_no),
        ConsentStatement("opted in to WHATSAPP", Channel.WHATSAPP, ("at of WHATSAPP",)),
        ConsentStatement("unsubscribed", Channel.SMS, ("unsubscribed at",), says=_is_a_no),
        ConsentStatement("unsubscribed", Channel.WHATSAPP, ("unsubscribed at",), says=_is_a_no),
    ),
    packed=("ciosubscriptionpreferences",),
)

_BRAZE = ConsentExport(
    name="braze",
    title="Braze",
    needs="`phone`, and the list `subscription_groups`, whose entries have `channel` and `status`",
    known_by=(
        frozenset({"subscriptiongroups"}),
        frozenset({"brazeid"}),
        frozenset({"pushsubscribe"}),
        frozenset({"emailsubscribe"}),
    ),
    columns={"phone": _PHONE},
    lists={
        "subscription_groups": ConsentList(
            ("subscriptiongroups", "subscriptiongroup"),
            {
                "channel": ("channel",),
                "status": ("status", "subscriptionstate", "subscriptiongroupstate", "state"),
                "at": ("subscriptiongroupeventdate", "eventdate", "updatedat", "at"),
                "note": ("name", "subscriptiongroupname"),
            },
            ConsentStatement("status", at=("at",), evidence={"note": "note"}, says=_says_in_braze),
        )
    },
)


def _of_klaviyo(channel: Channel) -> ConsentStatement:
    of = channel.value
    return ConsentStatement(
        f"status of {of}",
        channel,
        (f"at of {of}", f"changed at of {of}"),
        unless=f"may receive {of}",
        evidence={"method": f"method of {of}", "note": f"source of {of}"},
        says=_says_in_klaviyo,
    )


def _columns_of_klaviyo(channel: Channel) -> Columns:
    of, is_ = channel.value, channel.value.lower()
    nested = f"subscriptions{is_}marketing"
    return {
        f"status of {of}": (
            f"{is_}consent",
            f"{is_}marketingconsent",
            f"{is_}consentstatus",
            f"{nested}consent",
        ),
        f"at of {of}": (
            *(f"{is_}consenttimestamp", f"{is_}marketingconsenttimestamp", f"{is_}consentdate"),
            f"{nested}consenttimestamp",
        ),
        f"changed at of {of}": (f"{nested}lastupdated",),
        f"may receive {of}": (f"{nested}canreceive{is_}marketing", f"canreceive{is_}marketing"),
        f"method of {of}": (f"{is_}consentmethod", f"{is_}marketingconsentmethod", f"{nested}method"),
        f"source of {of}": (f"{is_}consentsource", f"{is_}marketingconsentsource", f"{nested}methoddetail"),
    }


_KLAVIYO = ConsentExport(
    name="klaviyo",
    title="Klaviyo",
    needs="`Phone Number` and `SMS Consent`, or in JSON `phone_number` and `subscriptions.sms.marketing.consent`",
    known_by=(
        frozenset({"klaviyoid"}),
        frozenset({"phonenumber", "smsconsent"}),
        frozenset({"phonenumber", "smsmarketingconsent"}),
        frozenset({"smsconsenttimestamp", "smsconsent"}),
        frozenset({"subscriptionssmsmarketingconsent"}),
        frozenset({"subscriptionswhatsappmarketingconsent"}),
    ),
    columns={
        "phone": _PHONE,
        **_columns_of_klaviyo(Channel.SMS),
        **_columns_of_klaviyo(Channel.WHATSAPP),
    },
    statements=(_of_klaviyo(Channel.SMS), _of_klaviyo(Channel.WHATSAPP)),
)

_KNOWN = (PLAIN, _SEGMENT, _CUSTOMERIO, _BRAZE, _KLAVIYO)


def exports(definitions: Iterable[DestinationDefinition]) -> Mapping[str, ConsentExport]:
    """Every export that is known, by its name, with what these destinations bring along."""
    brought = (one for definition in definitions for one in definition.consent_exports)
    return {one.name: one for one in (*_KNOWN, *brought)}
