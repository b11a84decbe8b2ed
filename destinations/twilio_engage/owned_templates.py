"""The content templates of the account with what WhatsApp said of each, as their list shows it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from destinations import kit
from destinations.kit import OwnedTemplate, TemplateApproval
from destinations.twilio_engage import template_forms
from destinations.twilio_engage.client import list_templates as list_request
from destinations.twilio_engage.lists import items
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.templates import ContentTemplate

# A page has to stay below what a read may answer with, 2 MB: a carousel of ten cards has 30 kB at its longest.
_PAGE = {"PageSize": "60"}
_NUMBER = re.compile(r"[0-9]+")


async def list_templates(context: kit.Context[TwilioEngageSettings]) -> tuple[OwnedTemplate, ...]:
    """All content templates. Raises what reading the list raises."""
    request = list_request(context.settings, context.allowed_hosts, _PAGE)
    listed = await items(context, request, "contents", "The list of content templates")
    return tuple(_templates(listed))


def _templates(listed: list[dict[str, Any]]) -> Iterator[OwnedTemplate]:
    for one in listed:
        sid, types = one.get("sid"), one.get("types")
        if not isinstance(sid, str) or not sid:
            continue
        said = _said(one)
        samples = one.get("variables")
        known = ContentTemplate(
            sid, types if isinstance(types, dict) else {}, samples if isinstance(samples, dict) else {}
        )
        approval, why = _approval(said)
        yield OwnedTemplate(
            sid,
            str(one.get("friendly_name") or sid),
            str(one.get("language") or ""),
            tuple(known.types),
            approval,
            why,
            {name: _sample(known.samples.get(name)) for name in sorted(known.placeholders, key=_order)},
            template_forms.of_types(known.types),
        )


def _said(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """What WhatsApp said: flat in Twilio's specification, below `whatsapp` as some clients see it."""
    said = one.get("approval_requests")
    inner = said.get("whatsapp") if isinstance(said, dict) else None
    found = inner if isinstance(inner, dict) else said
    return found if isinstance(found, dict) else {}


def _approval(said: Mapping[str, Any]) -> tuple[TemplateApproval, str | None]:
    """A word that is not known is none of approval (Twilio docs), and is shown."""
    word, why = said.get("status"), said.get("rejection_reason")
    reason = why if isinstance(why, str) and why else None
    if not isinstance(word, str) or not word:
        return TemplateApproval.UNSUBMITTED, reason
    if word.upper() in TemplateApproval.__members__:
        return TemplateApproval[word.upper()], reason
    return TemplateApproval.DISABLED, f'WhatsApp says "{word}" of it, which is not known here.'


def _sample(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _order(name: str) -> tuple[int, str]:
    return (int(name) if _NUMBER.fullmatch(name) else 0, name)
