"""The address Twilio reports to: our own with the Delivery's id, or the owner's webhook as the original wrote it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from destinations import kit
from destinations.twilio_engage import overrides
from destinations.twilio_engage.settings import TwilioEngageSettings
from mappings.json_text import json_text
from mappings.text import text_of

_SPACE = "space_id"
_ID_TYPE = "__segment_internal_external_id_key__"
_ID_VALUE = "__segment_internal_external_id_value__"
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What the URL standard leaves alone in a path; the rest is percent-encoded.
_TO_ENCODE = re.compile(r"[^!$%&'()*+,\-./0-9:;=@A-Z\[\\\]^_a-z|~]+")


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
    before the destination's. Raises PayloadValidationError for a webhook URL that is none, and for overrides of the mapping
    that Twilio would not understand; the destination's were looked at when they were set.
    """
    if not own_url and not settings.webhook_url:
        return None
    wrong = overrides.problems(connection_overrides) if connection_overrides else ()
    if wrong:
        raise kit.PayloadValidationError(
            f"Invalid connection overrides: {' '.join(wrong)}",
            remedy='Mend the mapping\'s connectionOverrides, such as {"connectionOverrides": "rp=all&rc=5"}.',
        )
    fragment = overrides.fragment(connection_overrides, settings.connection_overrides)
    if own_url:
        return f"{own_url}#{fragment}"
    return f"{_webhook(settings, phone, custom_args)}#{fragment}"


def _webhook(settings: TwilioEngageSettings, phone: str, custom_args: Mapping[str, Any]) -> str:
    parts = parsed(settings.webhook_url or "")
    if parts is None:
        raise kit.PayloadValidationError(
            "Invalid webhook url arguments",
            remedy="Set the destination's webhookUrl to an http or https URL, such as https://example.com/callback.",
        )
    # Names of ours win over a custom argument of that name, and keep its place.
    arguments = {
        **{name: _text(value) for name, value in custom_args.items()},
        **({_SPACE: settings.space_id} if settings.space_id else {}),
        _ID_TYPE: "phone",
        _ID_VALUE: phone,
    }
    query = [*parse_qsl(parts.query, keep_blank_values=True), *arguments.items()]
    path = _TO_ENCODE.sub(
        lambda run: kit.encode_form([(run[0], "")])[:-1].replace("+", "%20"), parts.path or "/"
    )
    return f"{parts.scheme}://{_authority(parts)}{path}?{kit.encode_form(query)}"


def parsed(url: str) -> SplitResult | None:
    """The parts of an absolute http or https URL, None for anything else."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and host and " " not in parts.netloc else None


def _authority(parts: SplitResult) -> str:
    """Host in lower case, the scheme's own port left out, user and password as they are."""
    user, at, _ = parts.netloc.rpartition("@")
    host = parts.hostname or ""
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{user}{at}{f'[{host}]' if ':' in host else host}{port}"


def _text(value: Any) -> str:
    """A value as the original wrote it, objects aside: those keep their content, as JSON."""
    if value is None:
        return "null"
    return json_text(value) if isinstance(value, dict) else text_of(value)
