"""Twilio's ids, as its calls name them."""

import re
from collections.abc import Mapping

_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def of(said: Mapping[str, str]) -> str | None:
    """The id of the message that a call is about; None where it names none. Raises ValueError where that is no id."""
    return read(said.get("MessageSid") or said.get("SmsSid"), "MessageSid")


def read(text: str | None, name: str) -> str | None:
    """That id; None where there is none. Raises ValueError for what is too long, or written as no id is."""
    if not text:
        return None
    if _SID.fullmatch(text) is None:
        raise ValueError(f"its {name} is no SID")
    return text
