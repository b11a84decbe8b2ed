"""A template filled in: which of its types a channel shows, and what stands there with the values of a message."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from destinations.twilio_engage.simulator.templates import Template

# What each channel shows, the richest first.
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "sms": ("twilio/media", "twilio/text"),
    "whatsapp": (
        "twilio/carousel",
        "whatsapp/card",
        "twilio/card",
        "twilio/flows",
        "whatsapp/flows",
        "twilio/catalog",
        "twilio/pay",
        "twilio/schedule",
        "twilio/list-picker",
        "twilio/quick-reply",
        "twilio/call-to-action",
        "whatsapp/authentication",
        "twilio/location",
        "twilio/media",
        "twilio/text",
    ),
}
_VARIABLE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """`given` are the values of the message. `kind` is the type that is shown, None when the channel shows none of them. `missing` are the variables
    in it that have neither a value nor a sample; they stay as they are written.
    """

    template: Template
    given: Mapping[str, str]
    kind: str | None
    parts: Mapping[str, Any]
    body: str
    media: tuple[str, ...]
    missing: tuple[str, ...]


def fill(template: Template, given: Mapping[str, str], channel: str) -> Filled:
    """The template as `channel` shows it. A value left out is the template's sample, one too many is ignored."""
    values = {**template.variables, **given}
    kind = next((kind for kind in _SHOWN.get(channel, ()) if kind in template.types), None)
    shown = template.types[kind] if kind else next(iter(template.types.values()), {})
    parts = _with_values(shown, values)
    media = parts.get("media")
    return Filled(
        template,
        given,
        kind,
        parts,
        body=_body(kind, parts, values),
        media=tuple(map(str, media)) if isinstance(media, list) else (),
        missing=tuple(dict.fromkeys(name for name in _names(shown) if name not in values)),
    )


def _with_values(part: Any, values: Mapping[str, str]) -> Any:
    match part:
        case str():
            return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), part)
        case Mapping():
            return {key: _with_values(value, values) for key, value in part.items()}
        case list() | tuple():
            return [_with_values(value, values) for value in part]
        case _:
            return part


def _names(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield from _VARIABLE.findall(part)
        case Mapping():
            for value in part.values():
                yield from _names(value)
        case list() | tuple():
            for value in part:
                yield from _names(value)


def _body(kind: str | None, parts: Mapping[str, Any], values: Mapping[str, str]) -> str:
    if kind == "whatsapp/authentication":  # its words are WhatsApp's own
        return f"{values.get('1', '')} is your verification code."
    return str(parts.get("body") or parts.get("title") or parts.get("label") or "")
