"""Requests to Twilio as values, and what its answer to the one that creates a message means."""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, urlencode

from destinations import kit
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.hosts import api_base, content_base, messaging_base
from destinations.twilio_engage.settings import TwilioEngageSettings

Form = tuple[tuple[str, str], ...]

_FORM = (("content-type", "application/x-www-form-urlencoded;charset=UTF-8"),)
_THROTTLED = frozenset({HTTPStatus.LOCKED, HTTPStatus.TOO_MANY_REQUESTS})
# A 408 says that the server gave up waiting, not that it did nothing.
_REFUSALS = frozenset(range(400, 500)) - {HTTPStatus.REQUEST_TIMEOUT}
_FAILED = ("failed", "undelivered")
UNSUBSCRIBED = "21610"
BLOCKED = "63014"
NO_MARKETING = "63033"
STOPS: Mapping[str, kit.StopReach] = {
    UNSUBSCRIBED: kit.StopReach.SENDER,
    BLOCKED: kit.StopReach.ALL,
    NO_MARKETING: kit.StopReach.MARKETING,
}
"""The codes that tell of a person's own stop, and how far it goes: they texted STOP to this sender, blocked it on WhatsApp, or
told WhatsApp that they want no marketing.
"""
# The table says "later" of a conflict, after reading the resource again; a message that is yet to be created has none.
_NEVER_AGAIN = frozenset({"20409"})


def credentials(settings: TwilioEngageSettings) -> kit.BasicAuth | None:
    """The first ACTIVE API key, else the account's auth token; None where the settings hold neither."""
    for key in settings.api_keys:
        if key.state == "ACTIVE":
            return kit.BasicAuth(key.sid, key.secret)
    return kit.BasicAuth(settings.account_sid, settings.auth_token) if settings.auth_token else None


def create_message(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], form: Form
) -> kit.HttpRequest:
    """The request that creates a message. Raises PayloadValidationError for a host that is nobody's we know."""
    url = f"{_account_url(settings, allowed_hosts)}/Messages.json"
    return kit.HttpRequest("POST", url, headers=_FORM, form=form, auth=credentials(settings))


def list_messages(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], query: Mapping[str, str]
) -> kit.HttpRequest:
    """The request for a page of the account's messages."""
    url = f"{_account_url(settings, allowed_hosts)}/Messages.json?{urlencode(query)}"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def list_numbers(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], query: Mapping[str, str]
) -> kit.HttpRequest:
    """The request for a page of the account's numbers."""
    url = f"{_account_url(settings, allowed_hosts)}/IncomingPhoneNumbers.json?{urlencode(query)}"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def fetch_message(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], message_sid: str
) -> kit.HttpRequest:
    """The request for one message."""
    url = f"{_account_url(settings, allowed_hosts)}/Messages/{quote(message_sid, safe='')}.json"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def fetch_page(settings: TwilioEngageSettings, allowed_hosts: frozenset[str], uri: str) -> kit.HttpRequest:
    """The request for another page of a list, by its address relative to the host."""
    return kit.HttpRequest("GET", f"{api_base(settings, allowed_hosts)}{uri}", auth=credentials(settings))


def fetch_account(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], auth: kit.BasicAuth
) -> kit.HttpRequest:
    """The request for the account itself, which a standard key may not see (Twilio error 20003)."""
    return kit.HttpRequest("GET", f"{_account_url(settings, allowed_hosts)}.json", auth=auth)


def fetch_root(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> kit.HttpRequest:
    """The request the original checks credentials with."""
    return kit.HttpRequest(
        "GET", f"{api_base(settings, allowed_hosts)}/2010-04-01", auth=credentials(settings)
    )


def fetch_template(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], content_sid: str
) -> kit.HttpRequest:
    """The request for a content template."""
    url = f"{content_base(settings, allowed_hosts)}/v1/Content/{quote(content_sid, safe='')}"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def fetch_approval(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], content_sid: str
) -> kit.HttpRequest:
    """The request for what WhatsApp said of a content template."""
    url = f"{content_base(settings, allowed_hosts)}/v1/Content/{quote(content_sid, safe='')}/ApprovalRequests"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def list_resource(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], path: str, query: Mapping[str, str]
) -> kit.HttpRequest:
    """The request for a list of the account, such as `IncomingPhoneNumbers`, or for one thing of it."""
    url = f"{_account_url(settings, allowed_hosts)}/{path}.json{_queried(query)}"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def list_messaging(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], path: str, query: Mapping[str, str]
) -> kit.HttpRequest:
    """The request for a list of the API of Messaging Services, such as `/v1/Services`, or for one thing of it."""
    url = f"{messaging_base(settings, allowed_hosts)}{path}{_queried(query)}"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def _queried(query: Mapping[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""


def list_templates(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], query: Mapping[str, str]
) -> kit.HttpRequest:
    """The request for the content templates with what WhatsApp said of each."""
    url = f"{content_base(settings, allowed_hosts)}/v1/ContentAndApprovals?{urlencode(query)}"
    return kit.HttpRequest("GET", url, auth=credentials(settings))


def interpret_sms(response: kit.HttpResponse) -> kit.Outcome:
    """What became of an SMS or MMS: only a 2xx proves that one was created, only a 4xx that none was."""
    return _interpret(response, kit.Channel.SMS)


def interpret_whatsapp(response: kit.HttpResponse) -> kit.Outcome:
    """What became of a WhatsApp message, as `interpret_sms`."""
    return _interpret(response, kit.Channel.WHATSAPP)


def _interpret(response: kit.HttpResponse, channel: kit.Channel) -> kit.Outcome:
    answer = response.json()
    if response.ok:
        return accepted(answer) if isinstance(answer, dict) else _unreadable(response.status)
    code, said = provider_error(answer)
    known = error_codes.lookup(code) if code else None
    retry = known.retry if known else None
    message = said or kit.reason_phrase(response.status)
    if response.status in _THROTTLED or retry == "backoff":
        return kit.Throttled(message, response.status, code, retry_after(response.headers))
    if response.status not in _REFUSALS or retry == "ambiguous":
        return kit.Uncertain(message, response.status, code)
    if code is None:
        return _refused_by_a_stranger(response.status)
    if error_codes.is_of_account(code):
        return kit.AccountTrouble(message, response.status, code, error_codes.remedy_for(code))
    resend = error_codes.resend_of(code)
    return kit.Rejected(
        message,
        response.status,
        code=code,
        provider_code=code,
        remedy=error_codes.remedy_for(code),
        retryable=retry == "later" and code not in _NEVER_AGAIN,
        consent=_stopped(code, channel) if code in STOPS else None,
        resend=resend if resend is kit.Resend.WITH_TEMPLATE else None,
        too_fast=error_codes.is_too_fast(code),
        doubts_sender=error_codes.is_of_sender(code),
    )


def provider_error(answer: Any) -> tuple[str | None, str | None]:
    """(code, message) of an error body, in Twilio's own form or as problem+json (RFC 9457); None for what is not there."""
    if not isinstance(answer, dict):
        return None, None
    code = answer.get("code")
    said = next(
        (answer[key] for key in ("message", "detail", "title") if isinstance(answer.get(key), str)), None
    )
    is_code = isinstance(code, int | str) and not isinstance(code, bool) and str(code).isdecimal()
    return (str(code) if is_code else None), said or None


def accepted(message: Mapping[str, Any]) -> kit.Accepted:
    """A message resource as an outcome. One without a SID is looked up later."""
    sid, status = message.get("sid"), message.get("status")
    known = isinstance(status, str) and status.upper() in kit.MessageStatus.__members__
    code = str(message.get("error_code") or "")
    failed = code if status in _FAILED else ""
    return kit.Accepted(
        message_sid=sid if isinstance(sid, str) and sid else None,
        status=kit.MessageStatus[cast("str", status).upper()] if known else kit.MessageStatus.ACCEPTED,
        segments=segments_of(message),
        price=price_of(message),
        account=_trouble(code, message) if code and error_codes.is_of_account(code) else None,
        provider_code=failed or None,
        message=_said(failed, message) if failed else None,
        remedy=error_codes.remedy_for(failed) if failed else None,
    )


def _trouble(code: str, message: Mapping[str, Any]) -> kit.AccountTrouble:
    return kit.AccountTrouble(_said(code, message), None, code, error_codes.remedy_for(code))


def _said(code: str, message: Mapping[str, Any]) -> str:
    return str(message.get("error_message") or error_codes.name_of(code))


def segments_of(message: Mapping[str, Any]) -> int | None:
    """How many segments a message resource has; None while a Messaging Service has chosen no sender and says "0"."""
    segments = str(message.get("num_segments"))
    return int(segments) if segments.isdecimal() and segments != "0" else None


def price_of(message: Mapping[str, Any]) -> str | None:
    """The price of a message resource with its currency, such as `-0.00750 USD`; None until Twilio knows it."""
    price, currency = message.get("price"), message.get("price_unit")
    if not isinstance(price, str):
        return None
    return f"{price} {currency}" if isinstance(currency, str) and currency else price


def _account_url(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> str:
    return _account_at(api_base(settings, allowed_hosts), settings.account_sid)


@lru_cache(maxsize=256)
def _account_at(base: str, account_sid: str) -> str:
    return f"{base}/2010-04-01/Accounts/{quote(account_sid, safe='')}"


def _unreadable(status: int) -> kit.Uncertain:
    return kit.Uncertain(
        f"HTTP {status} with an answer that can't be read; a message may have been created.", status
    )


def _refused_by_a_stranger(status: int) -> kit.Rejected:
    return kit.Rejected(
        f"HTTP {status} {kit.reason_phrase(status)} without a Twilio error code: nothing was created, "
        "and it was probably not Twilio that answered.",
        status,
        code=f"HTTP_{status}",
        remedy="Look for a proxy or firewall between this system and the Twilio host, and at twilioHostname. "
        "Then send the event again, under a new messageId.",
    )


def _stopped(code: str, channel: kit.Channel) -> kit.ConsentChanged:
    return kit.ConsentChanged(
        number=None,
        channel=channel,
        status=kit.ConsentStatus.UNSUBSCRIBED,
        stop=True,
        evidence=f"Twilio error {code}",
        reach=STOPS[code],
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, as the Retry-After of an answer says; None where it says nothing."""
    return kit.retry_after(headers.get("retry-after", ""), kit.moment(headers.get("date", "")))
