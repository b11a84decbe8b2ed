"""What is sent: Body and MediaUrl, or a Content template with its variables."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.filling import Filled, fill
from destinations.twilio_engage.simulator.form import Form
from destinations.twilio_engage.simulator.urls import is_web_url

LONGEST_BODY = 1600  # characters
MOST_MEDIA = 10
MOST_VARIABLES = 100
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Content:
    """`filled` is the template that it comes from; None for free text."""

    body: str
    media: tuple[str, ...] = ()
    filled: Filled | None = None


def read_content(form: Form, account: Account, channel: str) -> Content:
    """The text and media of a message, a template already filled in; ContentSid replaces Body and MediaUrl.

    Raises TwilioError 21602, 21617, 21619, 21620, 21623 (text and media), 21654, 21655, 21656, 21658, 35127,
    92002 (templates), 92007 (for WhatsApp: a value that is null, empty or of several lines). A parameter that
    is there but empty gives 21619, none at all 21602: Twilio names both for this.
    """
    variables, sid = form.get("ContentVariables"), form.get("ContentSid")
    if variables and form.get("Body"):
        raise TwilioError(35127)
    if variables and not sid:
        raise TwilioError(21654)
    content = _from_template(sid, variables, account, channel) if sid else _from_text(form)
    if len(content.body) > LONGEST_BODY:
        raise TwilioError(21617)
    return content


def _from_text(form: Form) -> Content:
    body, media = form.get("Body") or "", tuple(form.all("MediaUrl"))
    if not body.strip() and not media:
        raise TwilioError(21619 if form.has("Body") or form.has("MediaUrl") else 21602)
    if len(media) > MOST_MEDIA:
        raise TwilioError(21623)
    for url in media:
        if not is_web_url(url):
            raise TwilioError(21620, url)
    return Content(body, media)


def _from_template(sid: str, variables: str | None, account: Account, channel: str) -> Content:
    template = account.template(sid)
    if not _CONTENT_SID.fullmatch(sid) or template is None:
        raise TwilioError(21655, sid)
    filled = fill(template, _read_variables(variables, channel), channel)
    return Content(filled.body, filled.media, filled)


def _read_variables(text: str | None, channel: str) -> Mapping[str, str]:
    if text is None:
        return {}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise TwilioError(21656, "not JSON") from None
    if not isinstance(values, dict):
        raise TwilioError(21656, "not an object of strings")
    if channel == "whatsapp":
        _check_for_whatsapp(values)
    if not all(isinstance(value, str) for value in values.values()):
        raise TwilioError(21656, "not an object of strings")
    if len(values) > MOST_VARIABLES:
        raise TwilioError(92002)
    if any(len(value) > LONGEST_BODY for value in values.values()):
        raise TwilioError(21658)
    return values


def _check_for_whatsapp(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if value is None or value == "":
            raise TwilioError(92007, f"{name} is empty")
        if isinstance(value, str) and re.search(r"[\r\n]", value):
            raise TwilioError(92007, f"{name} has several lines")
