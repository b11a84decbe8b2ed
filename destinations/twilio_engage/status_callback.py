"""The address Twilio reports to: our own with the Delivery's id, or the owner's webhook as the original wrote it.

| webhookFormat | with an address of our own | without |
| --- | --- | --- |
| EVENTS | Twilio reports to us | nobody is reported to; we ask |
| TWILIO_FORM | Twilio reports to us, and we pass it on to `forward_url` | Twilio reports to the owner's webhook itself |
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ada_url import URL

from destinations import kit
from destinations.twilio_engage import overrides
from destinations.twilio_engage.settings import TwilioEngageSettings, WebhookFormat
from mappings.json_text import json_text
from mappings.text import text_of

_SPACE = "space_id"
_ID_TYPE = "__segment_internal_external_id_key__"
_ID_VALUE = "__segment_internal_external_id_value__"
_WRITTEN_AS_IT_IS = re.compile(r"[A-Za-z0-9=_-]+")
_SCHEMES = frozenset({"http:", "https:"})


def status_callback(
    settings: TwilioEngageSettings,
    *,
    own_url: str | None,
    phone: str,
    custom_args: Mapping[str, Any],
    connection_overrides: str | None,
) -> str | None:
    """The StatusCallback of a message, None where nobody listens.

    `own_url` is the gateway's webhook for this Delivery and comes first. The mapping's connection overrides come
    before the destination's. The URL is written as the URL standard does, in ASCII throughout, since Twilio signs what it is
    given. Raises PayloadValidationError for a webhook URL that is none, and for overrides of the mapping that Twilio would
    not understand; the destination's were looked at when they were set.
    """
    if not own_url and not is_forwarded(settings):
        return None
    wrong = overrides.problems(connection_overrides) if connection_overrides else ()
    if wrong:
        raise kit.PayloadValidationError(
            f"Invalid connection overrides: {' '.join(wrong)}",
            remedy='Mend the mapping\'s connectionOverrides, such as {"connectionOverrides": "rp=all&rc=5"}.',
        )
    fragment = overrides.fragment(connection_overrides, settings.connection_overrides)
    url = _own(own_url, fragment) if own_url else _webhook(settings, fragment, phone, custom_args)
    if url is None:
        raise kit.PayloadValidationError(
            "Invalid webhook url arguments",
            remedy="Set the destination's webhookUrl to an http or https URL, such as https://example.com/callback.",
        )
    return url


def forward_url(settings: TwilioEngageSettings, *, phone: str, custom_args: Mapping[str, Any]) -> str | None:
    """Where what Twilio reports to us is passed on: the address it would have called itself, without what it takes for itself (the
    fragment). None where nobody is to be told so.
    """
    return _webhook(settings, "", phone, custom_args) if is_forwarded(settings) else None


def is_forwarded(settings: TwilioEngageSettings) -> bool:
    """Whether the owner is told Twilio's own words."""
    return bool(settings.webhook_url) and settings.webhook_format is WebhookFormat.TWILIO_FORM


def address(text: str) -> URL | None:
    """An http or https address as the URL standard reads and writes it (https://url.spec.whatwg.org): the host in lower case
    and ASCII, no dot segments, percent-encoded what must be. None for anything else.
    """
    try:
        url = URL(text)
    except ValueError:
        return None
    return url if url.protocol in _SCHEMES else None


def _own(own_url: str, fragment: str) -> str | None:
    start, _, query = own_url.partition("?")
    if (
        _WRITTEN_AS_IT_IS.fullmatch(query) and "#" not in start
    ):  # as ours are: but for a Delivery's id they are the same
        parts = _parts(start, fragment)
        return parts and f"{parts.start}{query}{parts.end}"
    url = address(own_url)
    if url is None:
        return None
    url.hash = fragment
    return url.href


def _webhook(
    settings: TwilioEngageSettings, fragment: str, phone: str, custom_args: Mapping[str, Any]
) -> str | None:
    parts = _parts(settings.webhook_url or "", fragment)
    if parts is None:
        return None
    if not custom_args:
        return f"{_start(parts.start, settings.space_id)}{kit.encode_form([(_ID_VALUE, phone)])}{parts.end}"
    # Names of ours win over a custom argument of that name, and keep its place.
    arguments = {
        **{name: _text(value) for name, value in custom_args.items()},
        **({_SPACE: settings.space_id} if settings.space_id else {}),
        _ID_TYPE: "phone",
        _ID_VALUE: phone,
    }
    return f"{parts.start}{kit.encode_form(arguments.items())}{parts.end}"


@lru_cache(maxsize=256)
def _start(start: str, space_id: str | None) -> str:
    """All before a person's number, where a message has no arguments of its own."""
    space = [(_SPACE, space_id)] if space_id else []
    return f"{start}{kit.encode_form([*space, (_ID_TYPE, 'phone')])}&"


class _Parts(NamedTuple):
    """What is the same in all callbacks of a webhook: all before the arguments of a message, and all behind them."""

    start: str
    end: str


@lru_cache(maxsize=256)
def _parts(webhook: str, fragment: str) -> _Parts | None:
    url = address(webhook)
    if url is None:
        return None
    given = kit.encode_form(kit.decode_form(url.search.removeprefix("?")))
    url.search = url.hash = ""
    bare = url.href
    url.hash = fragment
    return _Parts(f"{bare}?{given}&" if given else f"{bare}?", url.href.removeprefix(bare))


def _text(value: Any) -> str:
    """A value as the original wrote it, objects aside: those keep their content, as JSON."""
    if value is None:
        return "null"
    return json_text(value) if isinstance(value, dict) else text_of(value)
