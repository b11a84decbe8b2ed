"""Segment's older *Twilio*: an account, one number, and a text to whom the event names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from destinations import kit
from destinations.twilio_engage.predecessors import samples
from destinations.twilio_engage.predecessors.shared import (
    ACCOUNT_STANDS_IN,
    NOT_SHORTENED,
    OPT_IN,
    SECRET_STANDS_IN,
    asked_where_missing,
    left_out,
    others,
)

_ASKED: Final = (
    kit.AskedSetting("accountId", "Account SID", ACCOUNT_STANDS_IN, secret=False),
    kit.AskedSetting("token", "Auth Token of the account", SECRET_STANDS_IN),
    kit.AskedSetting("phoneNumber", "Number that sends", "+12025550100", secret=False),
)
_BECOMES: Final = {
    "accountId": "accountSid",
    "token": "authToken",
    "phoneNumber": "defaultSender",
    "from": "defaultSender",
}
_EVENTS: Final = "Texts that stand among the settings by the name of an event can't be taken over: make a mapping for each, with the name as its trigger."
_READ: Final = {"To": "to", "Body": "body", "MediaUrl": "media"}


def _asked(
    given: Mapping[str, Any], _subscriptions: Sequence[kit.ExportedSubscription]
) -> tuple[kit.AskedSetting, ...]:
    known = {**given, "phoneNumber": given.get("phoneNumber") or given.get("from")}
    return tuple(asked_where_missing(known, _ASKED))


def _settings(
    given: Mapping[str, Any], _subscriptions: Sequence[kit.ExportedSubscription]
) -> tuple[kit.MovedSetting, ...]:
    moved = [kit.MovedSetting(name, _BECOMES[name]) for name in given if name in _BECOMES]
    if "events" in given:
        moved.append(kit.MovedSetting("events", None, _EVENTS))
    return (*moved, *others(given, (*_BECOMES, "events")))


def _translate(given: Mapping[str, Any]) -> Mapping[str, Any]:
    named = {
        "accountSid": given.get("accountId"),
        "defaultSender": given.get("phoneNumber") or given.get("from"),
    }
    tokens = [{"id": kit.FIRST_TOKEN, "secret": given["token"]}] if given.get("token") else []
    said = {name: value for name, value in named.items() if value}
    return {"shortenLinks": False, "authTokens": tokens, **said}


def _moved(
    subscription: kit.ExportedSubscription,
) -> kit.MovedMapping | kit.LostSubscription | kit.UnclearAction:
    if subscription.action not in (None, "sendSms", "sendSMS"):
        return kit.LostSubscription("There is no action of that name: sendSms can be taken over.")
    left = left_out(
        name for name, value in subscription.fields.items() if name not in _READ and value is not None
    )
    fields = dict(_fields(subscription.fields))
    return kit.MovedMapping("sendSms", fields, subscription.trigger, differences=(OPT_IN, *left))


def _fields(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, ours in _READ.items():
        if fields.get(name) not in (None, ""):
            yield ours, [fields[name]] if ours == "media" else fields[name]
    yield from (("send", True), ("traitEnrichment", True), ("traits", {"@path": "$.properties"}))
    yield from ((name, {"@path": f"$.{name}"}) for name in ("userId", "messageId"))
    yield "eventOccurredTS", {"@path": "$.timestamp"}


classic: Final = kit.Predecessor(
    title="Twilio",
    slugs=frozenset({"actions-twilio", "twilio"}),
    names=frozenset({"Twilio", "Actions Twilio"}),
    fields=frozenset(_READ),
    settings=_settings,
    asked=_asked,
    translate=_translate,
    moved=_moved,
    account="accountSid",
    differences=(NOT_SHORTENED,),
    samples=samples.PLAIN,
)
