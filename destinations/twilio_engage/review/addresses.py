"""Who sends, who gets it, and which template: constants that are of no form that Twilio takes."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from destinations import kit
from destinations.twilio_engage import senders
from destinations.twilio_engage.review.constants import Place, is_liquid, texts_of
from destinations.twilio_engage.sender_problems import (
    SERVICE,
    how_written,
    short,
    sms_problem,
    whatsapp_problem,
)
from destinations.twilio_engage.settings import TwilioEngageSettings

_TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}")
_NO_TEMPLATE = (
    'is no template in this field: take it from the event with {"@path": "$.properties.…"}, or write it out'
)

_Problems = Iterator[kit.FieldProblem]


def of_sms_sender(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> _Problems:
    """Senders that no SMS can have."""
    yield from _of_senders(fields, settings, sms_problem)


def of_whatsapp_sender(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> _Problems:
    """Senders that no WhatsApp message can have, and services that free text would need a number for."""
    yield from _of_senders(fields, settings, whatsapp_problem)
    if fields.get("body") in (None, ""):
        return
    said = (
        "Free text needs a number as its sender, since the 24-hour window belongs to a number: through a Messaging "
        "Service only the template is sent."
    )
    for path, text in _senders(fields, settings):
        if SERVICE.fullmatch(text.removeprefix(senders.WHATSAPP)):
            yield kit.FieldProblem(path, said, certain=not fields.get("contentSid"))


def of_recipients(fields: Mapping[str, Any], country: str | None) -> _Problems:
    """Numbers to send to that are none."""
    for key in ("to", "toNumber"):
        for path, text in texts_of(fields, key):
            if is_liquid(text) and key == "to":
                continue
            if is_liquid(text):
                yield kit.FieldProblem(path, f'"{short(text)}" {_NO_TEMPLATE}, or use `to`, which is one.')
            elif kit.e164(text, country) is None:
                yield kit.FieldProblem(path, f'"{short(text)}" is no phone number: {how_written(country)}.')


def of_template_sid(fields: Mapping[str, Any]) -> _Problems:
    """SIDs of no content template."""
    for path, text in texts_of(fields, "contentSid"):
        if is_liquid(text):
            yield kit.FieldProblem(path, f'"{short(text)}" {_NO_TEMPLATE}.')
        elif not _TEMPLATE.fullmatch(text):
            said = f'"{short(text)}" is no SID of a content template: it is HX and 32 hexadecimal digits.'
            yield kit.FieldProblem(path, said)


def _of_senders(
    fields: Mapping[str, Any],
    settings: TwilioEngageSettings,
    problem: Callable[[str, str | None], str | None],
) -> _Problems:
    for path, text in _senders(fields, settings):
        said = (
            f'"{short(text)}" {_NO_TEMPLATE}.' if is_liquid(text) else problem(text, settings.default_country)
        )
        if said is not None:
            yield kit.FieldProblem(path, said)


def _senders(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> Iterator[tuple[Place, str]]:
    if fields.get("from") not in (None, ""):
        yield from texts_of(fields, "from")
    elif settings.default_sender:
        yield ("from",), settings.default_sender
