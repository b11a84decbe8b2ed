"""Whether a message of the list is what a request created, as far as the list tells."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from destinations.twilio_engage.message_list import Listed

_TRIAL_PREFIX = "Sent from your Twilio trial account - "
_ADDRESS = re.compile(r"https?://\S+|\b[\w.-]+\.[a-z]{2,}/\S+", re.IGNORECASE)


class Likeness(IntEnum):
    """How sure it is; the surest first."""

    SAME = 0
    """The very text."""
    PREFIXED = 1
    """The very text, after what Twilio puts before a trial account's."""
    CHANGED = 2
    """What the text may have become: look-alikes replaced, links shortened, a template filled."""
    REDACTED = 3
    """Its text is not shown."""
    SHORTENED = 4
    """Both are only a link, which Twilio shortens."""


IS_THE_TEXT = frozenset({Likeness.SAME, Likeness.PREFIXED})


@dataclass(frozen=True, slots=True)
class Sent:
    """Of a create what its message shows again."""

    to: str
    sender: str
    body: str
    media: int
    links_shortened: bool
    of_template: bool

    @classmethod
    def of(cls, form: Sequence[tuple[str, str]]) -> "Sent":
        """What the form of a create says."""
        fields = dict(form)
        return cls(
            to=fields["To"],
            sender=fields["From"],
            body=fields.get("Body", ""),
            media=sum(name == "MediaUrl" for name, _value in form),
            links_shortened=fields.get("ShortenUrls") == "true",
            of_template="ContentSid" in fields,
        )


def likeness(message: Listed, sent: Sent, earliest: datetime) -> Likeness | None:
    """How much a message to that recipient is like what was sent; None where it can't be it."""
    if not _may_be(message, sent, earliest):
        return None
    if sent.of_template:  # its text is what Twilio made of it
        return Likeness.CHANGED
    return _of_text(str(message.resource.get("body") or ""), sent)


def _of_text(listed: str, sent: Sent) -> Likeness | None:
    if sent.body == listed:
        return Likeness.SAME
    if sent.body == listed.removeprefix(_TRIAL_PREFIX):
        return Likeness.PREFIXED
    if _is_changed(listed, sent):
        return Likeness.CHANGED
    if sent.body and not listed:
        return Likeness.REDACTED
    if sent.links_shortened and _ADDRESS.search(listed) and not _letters(listed) and not _letters(sent.body):
        return Likeness.SHORTENED
    return None


def _may_be(message: Listed, sent: Sent, earliest: datetime) -> bool:
    """Whether all but the text fits: direction, time, sender, how many media."""
    resource = message.resource
    return (
        message.created is not None
        and message.created >= earliest
        and str(resource.get("direction")).startswith("outbound")
        and _same_sender(resource, sent.sender)
        and (sent.of_template or str(resource.get("num_media") or "0") == str(sent.media))
    )


def _same_sender(resource: Mapping[str, Any], sender: str) -> bool:
    named = (resource.get("from"), resource.get("messaging_service_sid"))
    if sender in named:
        return True
    digits = _digits(sender)
    return bool(digits) and digits in [_digits(name) for name in named if isinstance(name, str)]


def _digits(text: str) -> str:
    """The digits of a number however it is written; nothing for a name or a SID."""
    return "" if any(letter.isalpha() for letter in text) else re.sub(r"\D", "", text)


def _is_changed(listed: str, sent: Sent) -> bool:
    """Whether it is what was sent after Twilio's own changes: look-alikes replaced, links shortened, a trial's prefix."""
    letters = _letters(sent.body)
    # Without letters and digits (a link, an emoji) there is nothing left to tell two texts apart by.
    return letters != "" and letters in {_letters(listed), _letters(listed.removeprefix(_TRIAL_PREFIX))}


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", _ADDRESS.sub(" ", text)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
