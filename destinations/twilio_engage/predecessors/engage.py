"""Segment's *Engage Messaging Twilio*, which this destination takes after: the same actions, with the same fields."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from destinations import kit
from destinations.twilio_engage.predecessors import samples
from destinations.twilio_engage.predecessors.shared import (
    ACCOUNT_STANDS_IN,
    CONSENT,
    KEY_STANDS_IN,
    SECRET_STANDS_IN,
    asked_where_missing,
    left_out,
    others,
    without,
)
from destinations.twilio_engage.settings import OriginalSettings, WebhookFormat, translate_settings
from destinations.twilio_engage.status_callback import address

_TOKEN: Final = "profileApiAccessToken"  # noqa: S105  the name of a setting
_AUTH_TOKEN: Final = kit.AskedSetting(
    "authToken", "Auth Token of the Twilio account", SECRET_STANDS_IN, needed=False
)
_ASKED: Final = (
    kit.AskedSetting("twilioAccountSID", "Account SID", ACCOUNT_STANDS_IN, secret=False),
    kit.AskedSetting("twilioApiKeySID", "SID of the API key", KEY_STANDS_IN, secret=False),
    kit.AskedSetting("twilioApiKeySecret", "Secret of the API key", SECRET_STANDS_IN),
)
_HOST: Final = "api.twilio.com"

_ADDRESSED: Final = frozenset(
    {
        *("toNumber", "from", "customArgs", "connectionOverrides", "send", "traitEnrichment", "contentSid"),
        *("contentVariables", "segmentComputationId", "externalIds", "traits", "eventOccurredTS"),
    }
)
_FIELDS: Final = {
    "sendSms": _ADDRESSED | {"userId", "body", "media", "sendBasedOnOptOut", "messageId"},
    "sendWhatsApp": _ADDRESSED,
}
_PUSH: Final = "sendMobilePush"


def _asked(
    given: Mapping[str, Any], subscriptions: Sequence[kit.ExportedSubscription]
) -> tuple[kit.AskedSetting, ...]:
    found = [*asked_where_missing(given, _ASKED)]
    if any(_fetches(one) for one in subscriptions):
        found.append(kit.AskedSetting(_TOKEN, "Token of Segment's profile API", SECRET_STANDS_IN))
        if not given.get("spaceId"):
            found.append(kit.AskedSetting("spaceId", "ID of the Segment space", "spa_1", secret=False))
    return (*found, _AUTH_TOKEN)


def _fetches(subscription: kit.ExportedSubscription) -> bool:
    """Whether an SMS of it asks the profile API for traits."""
    whole = subscription.fields.get("traitEnrichment")
    return subscription.action not in ("sendWhatsApp", _PUSH) and (whole is False or isinstance(whole, dict))


def _settings(
    given: Mapping[str, Any], subscriptions: Sequence[kit.ExportedSubscription]
) -> tuple[kit.MovedSetting, ...]:
    return tuple(_each(given, any(_fetches(one) for one in subscriptions)))


def _each(given: Mapping[str, Any], fetches: bool) -> Iterator[kit.MovedSetting]:
    said = {one.key for one in kit.fields_of(OriginalSettings)}
    for name in given:
        if name == _TOKEN and not fetches:
            yield kit.MovedSetting(name, None, _NO_NEED)
        elif name in said:
            yield kit.MovedSetting(name, _BECOMES.get(name, name), _DIFFERENCES.get(name))
    yield from others(given, {*said, "authToken"})


_BECOMES: Final = {
    "twilioAccountSID": "accountSid",
    "twilioApiKeySID": "apiKeySid",
    "twilioApiKeySecret": "apiKeySecret",
    "region": "profileApiRegion",
}
_DIFFERENCES: Final = {
    "region": "There it was the region of Segment's profile API, and so it is here. Twilio's own region is another setting, `region`: US1 "
    "unless twilioHostname says otherwise.",
    "webhookUrl": "Twilio called it itself. Here Twilio calls this gateway where it can reach it, and the address is told by this gateway: "
    "give authToken, and it goes on getting Twilio's own form, signed as before (TWILIO_FORM); without one it gets signed events "
    "(EVENTS), and webhookSecretRotate shows what they are signed with. A gateway that Twilio can't reach has Twilio call the address as before.",
    "connectionOverrides": "The field of that name in a mapping did nothing there; here it comes before this setting.",
    "sourceId": "It is kept for reference; nothing reads it.",
}
_NO_NEED: Final = (
    "It is left: only a mapping that fetches traits (traitEnrichment false) needs it, and there is none."
)


def _translate(given: Mapping[str, Any]) -> Mapping[str, Any]:
    cleaned = {name: value for name, value in given.items() if value not in (None, "")}
    region = cleaned.pop("region", None)
    if cleaned.get("twilioHostname") == _HOST:
        del cleaned["twilioHostname"]
    token = cleaned.pop("authToken", None)
    ours = translate_settings(cleaned)
    if token is not None:
        ours["authTokens"] = [{"id": kit.FIRST_TOKEN, "secret": token}]
    if region is not None:
        ours["profileApiRegion"] = region
    if ours.get("webhookUrl") and token and address(str(ours["webhookUrl"])) is not None:
        ours["webhookFormat"] = WebhookFormat.TWILIO_FORM
    return {**ours, "shortenLinks": True}


def _moved(
    subscription: kit.ExportedSubscription,
) -> kit.MovedMapping | kit.LostSubscription | kit.UnclearAction:
    action = subscription.action or _told(subscription.fields)
    if action is None:
        return kit.UnclearAction(tuple(_FIELDS))
    if action == _PUSH:
        return kit.LostSubscription(
            "Push messages to apps are not sent here: it goes through Twilio Notify, which Twilio ended. What it sent has to be sent by "
            "whoever sends your other pushes."
        )
    if action not in _FIELDS:
        return kit.LostSubscription(
            f"There is no action of that name: what can be taken over is {', '.join(_FIELDS)}."
        )
    fields, left = without(subscription.fields, _FIELDS[action])
    told = (*_differences(action, fields), *left_out(left))
    return kit.MovedMapping(action, fields, subscription.trigger, differences=told)


def _told(fields: Mapping[str, Any]) -> str | None:
    """The action that has such fields."""
    if any(
        name in fields
        for name in ("pushNotificationTitle", "title", "tapAction", "apnsPriority", "fcmPriority")
    ):
        return _PUSH
    if any(fields.get(name) not in (None, "", []) for name in ("body", "media")) or any(
        name in fields for name in ("sendBasedOnOptOut", "messageId")
    ):
        return "sendSms"
    if fields.get("contentSid"):
        return (
            "sendWhatsApp" if str(fields.get("from", "")).startswith("whatsapp:") else _by_variables(fields)
        )
    return None


def _by_variables(fields: Mapping[str, Any]) -> str | None:
    """Both have templates; but an SMS has a userId among its defaults, and a WhatsApp message none."""
    return "sendWhatsApp" if "contentVariables" in fields and "userId" not in fields else None


def _differences(action: str, fields: Mapping[str, Any]) -> Iterator[str]:
    if fields.get("toNumber") not in (None, ""):
        yield (
            "`toNumber`: there it sent to that number, even with `send` false and whatever the person had said. Here it is read as the "
            "number to send to, and needs consent and `send`, as every other; policy.testNumbers names numbers that need none."
        )
    if fields.get("connectionOverrides") not in (None, ""):
        yield "`connectionOverrides` did nothing in a mapping there; here it counts."
    if fields.get("sendBasedOnOptOut") not in (None, False, "", "false"):
        yield "`sendBasedOnOptOut`: there, as here, whoever has not unsubscribed is texted; here a stop that this gateway heard counts, too."
    if action == "sendWhatsApp" and fields.get("traitEnrichment", True) is not False:
        yield "Variables of the template are sent where the event has no traits, too; there all of them were dropped then, even constant ones."


_ADDRESSES: Final = "An event that names no address of its person goes to the phone that is known of them here; there nobody was texted then."
_LINKS: Final = (
    "Links: Twilio is asked to shorten those of an SMS (ShortenUrls), as it was; it does so for a service with a domain of its own. Nothing else "
    "shortens them; the setting shortenLinks turns it off."
)
_NUMBERS: Final = (
    "Numbers go out in E.164, a WhatsApp sender with its prefix, and a name sends to no number in the US, Canada or Puerto Rico: there such "
    "requests were made, and Twilio refused them."
)

engage: Final = kit.Predecessor(
    title="Engage Messaging Twilio",
    slugs=frozenset({"actions-personas-messaging-twilio", "engage-messaging-twilio"}),
    names=frozenset({"Engage Messaging Twilio", "Actions Personas Messaging Twilio"}),
    fields=_FIELDS["sendSms"] | _FIELDS["sendWhatsApp"],
    settings=_settings,
    asked=_asked,
    translate=_translate,
    moved=_moved,
    account="accountSid",
    differences=(CONSENT, _ADDRESSES, _LINKS, _NUMBERS),
    samples=samples.ENGAGE,
)
