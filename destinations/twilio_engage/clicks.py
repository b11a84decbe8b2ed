"""Who followed a link that Twilio shortened: what its click callback says.

A domain's `callback_url` is called with `event_type=click`, `sms_sid`, `to`, `from`, `link`, `click_time` and `user_agent`
(Twilio's "Link Shortening"); a form or JSON, signed as any other call.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from destinations import kit
from destinations.twilio_engage import sids

_CLICK = "click"
_LONGEST_LINK = 4096
"""Of an address in characters: of longer ones no browser is sure."""


def is_click(said: Mapping[str, str]) -> bool:
    """Whether these are the parameters of a click."""
    return said.get("event_type", "").lower() == _CLICK


def signals(said: Mapping[str, str]) -> Iterator[kit.Signal]:
    """What the parameters of a click say. A click on no link, or of no message, says nothing.

    Raises ValueError where the message's id is none, or the link longer than any is.
    """
    sid = sids.read(said.get("sms_sid") or said.get("message_sid"), "sms_sid")
    link = said.get("link", "")
    if not sid or not link:
        return
    if len(link) > _LONGEST_LINK:
        raise ValueError("its link is no address")
    time = said.get("click_time", "")
    yield kit.LinkClicked(
        message_sid=sid,
        url=link,
        key=f"{time} {link}",
        occurred_at=_time(time),
        sender=said.get("from") or None,
        recipient=said.get("to") or None,
    )


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
