"""Where the owner of an account is told what becomes of its messages, by its settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from destinations import kit
from destinations.twilio_engage import callbacks
from destinations.twilio_engage.settings import TwilioEngageSettings, WebhookFormat
from destinations.twilio_engage.status_callback import address, forward_url

_EVENTS = frozenset(one.value for one in kit.OwnerEvent)
_SAMPLE_PHONE = "+15005550006"
"""Twilio's own magic number: it is nobody's."""


def _of(settings: TwilioEngageSettings) -> kit.Outgoing | None:
    if not settings.webhook_url:
        return None
    url = address(settings.webhook_url)
    if url is None:
        return None
    url.hash = ""
    if settings.webhook_format is WebhookFormat.TWILIO_FORM:
        return kit.Outgoing(url.href, events=None)
    chosen = [one for one in settings.webhook_events if one in _EVENTS]
    events = map(kit.OwnerEvent, chosen) if settings.webhook_events else kit.OwnerEvent
    return kit.Outgoing(url.href, frozenset(events), settings.webhook_secrets)


def _problems(settings: TwilioEngageSettings) -> tuple[tuple[str, str], ...]:
    return tuple(_found(settings))


def _found(settings: TwilioEngageSettings) -> Iterator[tuple[str, str]]:
    unknown = [one for one in settings.webhook_events if one not in _EVENTS]
    if unknown:
        said = ", ".join(sorted(_EVENTS))
        yield (
            "webhookEvents",
            f"There is no event {unknown[0]!r}. There are {said}; none at all means each of them.",
        )
    if settings.webhook_format is WebhookFormat.TWILIO_FORM and settings.auth_token is None:
        yield (
            "webhookFormat",
            "TWILIO_FORM passes Twilio's callbacks on, signed with an authToken that is not there. Give it too, or take EVENTS.",
        )


def _headers(url: str, form: kit.Form, key: str, settings: TwilioEngageSettings) -> Mapping[str, str]:
    token = settings.auth_token
    if token is None:
        raise kit.PayloadValidationError(
            "There is no auth token to sign Twilio's callbacks with",
            remedy="Give the destination its authToken again, or choose webhookFormat: EVENTS.",
        )
    signature = callbacks.signature(token.get_secret_value(), url, form)
    return {"I-Twilio-Idempotency-Token": key, "X-Twilio-Signature": signature}


def _sample(url: str, settings: TwilioEngageSettings) -> tuple[str, kit.Form]:
    form: dict[str, Any] = {
        "AccountSid": settings.account_sid,
        "ApiVersion": "2010-04-01",
        "From": _SAMPLE_PHONE,
        "MessageSid": f"SM{'0' * 32}",
        "MessageStatus": "delivered",
        "SmsSid": f"SM{'0' * 32}",
        "SmsStatus": "delivered",
        "To": _SAMPLE_PHONE,
    }
    return forward_url(settings, phone=_SAMPLE_PHONE, custom_args={}) or url, tuple(form.items())


def _left_out(values: Mapping[str, Any], reachable: bool) -> Mapping[str, Any]:
    """A gateway that Twilio can't reach, and that could not believe it, hears of nothing in time: a webhookUrl alone then hears Twilio
    itself, as it did from Segment's destination.
    """
    if values.get("webhookFormat") is not None:
        return {}
    as_it_was = (
        values.get("webhookUrl")
        and not reachable
        and not values.get("authTokens")
        and not values.get("webhookEvents")
    )
    return {"webhookFormat": WebhookFormat.TWILIO_FORM if as_it_was else WebhookFormat.EVENTS}


outgoing = kit.OutgoingWebhooks(
    of=_of, problems=_problems, headers=_headers, sample=_sample, left_out=_left_out
)
