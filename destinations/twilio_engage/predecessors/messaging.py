"""Segment's *Twilio Messaging*: one action, whose fields say the channel and the kind of sender and of content."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from destinations import kit
from destinations.twilio_engage.predecessors import samples
from destinations.twilio_engage.predecessors.shared import (
    ACCOUNT_STANDS_IN,
    KEY_STANDS_IN,
    NOT_SHORTENED,
    OPT_IN,
    SECRET_STANDS_IN,
    asked_where_missing,
    constant,
    left_out,
    others,
)

_ASKED: Final = (
    kit.AskedSetting("accountSID", "Account SID", ACCOUNT_STANDS_IN, secret=False),
    kit.AskedSetting("apiKeySID", "SID of the API key", KEY_STANDS_IN, secret=False),
    kit.AskedSetting("apiKeySecret", "Secret of the API key", SECRET_STANDS_IN),
)
_BECOMES: Final = {
    "accountSID": "accountSid",
    "apiKeySID": "apiKeySid",
    "apiKeySecret": "apiKeySecret",
    "region": None,
}
_REGION: Final = (
    "It was a region of Segment, and changed no request. Twilio's own is the setting `region`: US1."
)

_ACTIONS: Final = {"SMS": "sendSms", "MMS": "sendSms", "Whatsapp": "sendWhatsApp"}
_CHOICES: Final = ("channel", "senderType", "contentTemplateType")
_READ: Final = frozenset(
    {
        *_CHOICES,
        *("toPhoneNumber", "fromPhoneNumber", "messagingServiceSid", "contentSid", "contentVariables"),
        *(
            "inlineBody",
            "inlineVariables",
            "inlineMediaUrls",
            "mediaUrls",
            "validityPeriod",
            "sendAt",
            "tags",
        ),
    }
)
_SERVICE: Final = "Messaging Service"
_INLINE: Final = "Inline"
_IN_BRACKETS: Final = re.compile(r"\[(.*?)\]")
_TOKEN: Final = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


def _asked(
    given: Mapping[str, Any], _subscriptions: Sequence[kit.ExportedSubscription]
) -> tuple[kit.AskedSetting, ...]:
    return tuple(asked_where_missing(given, _ASKED))


def _settings(
    given: Mapping[str, Any], _subscriptions: Sequence[kit.ExportedSubscription]
) -> tuple[kit.MovedSetting, ...]:
    moved = [
        kit.MovedSetting(name, _BECOMES[name], _REGION if name == "region" else None)
        for name in given
        if name in _BECOMES
    ]
    return (*moved, *others(given, _BECOMES))


def _translate(given: Mapping[str, Any]) -> Mapping[str, Any]:
    ours: dict[str, Any] = {"shortenLinks": False}
    if given.get("accountSID"):
        ours["accountSid"] = given["accountSID"]
    if given.get("apiKeySID"):
        ours["apiKeys"] = [{"sid": given["apiKeySID"], "secret": given.get("apiKeySecret", "")}]
    return ours


def _moved(
    subscription: kit.ExportedSubscription,
) -> kit.MovedMapping | kit.LostSubscription | kit.UnclearAction:
    fields = {name: value for name, value in subscription.fields.items() if value not in (None, "")}
    channel = constant(fields.get("channel"))
    action = _ACTIONS.get(channel or "")
    if channel is None and "channel" in fields:
        return kit.LostSubscription(
            "Its channel depends on the event. Make a mapping for each channel by hand."
        )
    if action is None:
        return kit.LostSubscription(
            f"Its channel is {channel or 'not said'}: SMS, MMS and Whatsapp can be taken over."
        )
    whose = "messagingServiceSid" if constant(fields.get("senderType")) == _SERVICE else "fromPhoneNumber"
    if whose not in fields:
        return kit.LostSubscription(f"It names no sender: `{whose}` is empty.")
    ours: dict[str, Any] = {"from": _bare(fields[whose])}
    if "toPhoneNumber" in fields:
        ours["to"] = fields["toPhoneNumber"]
    told = [*_content(action, fields, ours)]
    if "traits" not in ours:
        ours["traits"] = {"@path": "$.properties"}
    ours |= {"send": True, "traitEnrichment": action == "sendSms"}
    for name in ("userId", "messageId"):
        if action == "sendSms":
            ours[name] = {"@path": f"$.{name}"}
    ours["eventOccurredTS"] = {"@path": "$.timestamp"}
    told += _left(subscription.fields)
    return kit.MovedMapping(action, ours, subscription.trigger, differences=(OPT_IN, *told))


def _content(action: str, fields: Mapping[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    """Put what is said into our fields; what of it is another here."""
    if constant(fields.get("contentTemplateType")) != _INLINE and "contentSid" in fields:
        ours["contentSid"] = _bare(fields["contentSid"])
        if "contentVariables" in fields:
            ours["contentVariables"] = fields["contentVariables"]
        return
    body, variables = fields.get("inlineBody"), fields.get("inlineVariables")
    if isinstance(body, str) and isinstance(variables, dict):
        ours["body"] = _TOKEN.sub(r"{{ profile.traits.\1 }}", body)
        ours["traits"] = variables
        yield "Its inline variables are the `traits` of the mapping, which its text prints."
    elif body is not None:
        ours["body"] = body
        if isinstance(body, str) and "{{" in body:
            yield "Its text has `{{ }}`, which is Liquid here and prints `profile.traits`, the properties of the event."
    media = fields.get("inlineMediaUrls")
    if media is None:
        media = _urls(fields.get("mediaUrls"))
    if media not in (None, []) and action == "sendSms":
        ours["media"] = media
    elif media not in (None, []):
        yield "Media beside free text on WhatsApp are left: take a template that has them."


def _urls(listed: Any) -> Any:
    """Addresses that stand in objects of their own."""
    if not isinstance(listed, list):
        return None
    return [one["url"] if isinstance(one, dict) and "url" in one else one for one in listed]


def _left(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, said in _NOT_HERE.items():
        if fields.get(name) not in (None, "", {}):
            yield said
    yield from left_out(name for name, value in fields.items() if name not in _READ and value is not None)


_NOT_HERE: Final = {
    "sendAt": "`sendAt` is left: here a text goes out at once, or when quiet hours end.",
    "validityPeriod": "`validityPeriod` is left: Twilio's own of 4 hours holds; maxAgeSeconds says how old an event may be.",
    "tags": "`tags` are left; what is among `customArgs` comes back on callbacks.",
}


def _bare(value: Any) -> Any:
    """What Segment's list of choices wrote as `Name [SID]`, as the SID."""
    found = _IN_BRACKETS.search(value) if isinstance(value, str) else None
    return found[1] if found else value


messaging: Final = kit.Predecessor(
    title="Twilio Messaging",
    slugs=frozenset({"actions-twilio-messaging", "twilio-messaging"}),
    names=frozenset({"Twilio Messaging"}),
    fields=_READ,
    settings=_settings,
    asked=_asked,
    translate=_translate,
    moved=_moved,
    account="accountSid",
    differences=(NOT_SHORTENED,),
    samples=samples.PLAIN,
)
