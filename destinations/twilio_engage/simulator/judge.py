"""Whether a channel takes a message when its time comes: a create was answered with 201 by then."""

from collections.abc import Callable, Mapping
from datetime import datetime

from destinations.twilio_engage.simulator.accounts import Accounts
from destinations.twilio_engage.simulator.content import Content
from destinations.twilio_engage.simulator.conversations import Conversations
from destinations.twilio_engage.simulator.draft import Draft
from destinations.twilio_engage.simulator.filling import Filled
from destinations.twilio_engage.simulator.templates import Status

LONGEST_TEMPLATE = 1024  # characters, once it is filled in
_SPACES = "    "
_MOST_SESSION_BUTTONS = 3

# Twilio's table says of calls to action and cards that their buttons decide; here they go as they are.
_IN_SESSION = frozenset(
    {
        "twilio/text",
        "twilio/media",
        "twilio/quick-reply",
        "twilio/call-to-action",
        "twilio/list-picker",
        "twilio/location",
        "twilio/card",
        "whatsapp/card",
        "twilio/catalog",
        "twilio/pay",
    }
)
_ONLY_IN_SESSION = frozenset({"twilio/list-picker", "twilio/location", "twilio/pay", "twilio/schedule"})

_OUTSIDE_THE_WINDOW = 63016
_NOT_SENDABLE: Mapping[Status, int] = {"rejected": 63040, "paused": 63041, "disabled": 63042}


class Judge:
    """Knows the templates as they are now, and who wrote when."""

    def __init__(self, accounts: Accounts, conversations: Conversations, now: Callable[[], datetime]) -> None:
        self._accounts = accounts
        self._conversations = conversations
        self._now = now

    def refusal(self, draft: Draft) -> int | None:
        """The error code with which the message fails; None when it may go."""
        filled, to = draft.content.filled, draft.to
        if to.channel != "whatsapp":
            return 63006 if filled is not None and filled.kind is None else None
        sender = draft.sender.settle(to)
        is_open = sender is not None and self._conversations.is_open(sender, to, self._now())
        return refusal_by_whatsapp(draft.content, self._status(draft), window_is_open=is_open)

    def _status(self, draft: Draft) -> Status:
        filled = draft.content.filled
        if filled is None:
            return "unsubmitted"
        template = self._accounts[draft.account.sid].template(filled.template.sid)
        return template.approval.status if template else "unsubmitted"


def refusal_by_whatsapp(content: Content, status: Status, *, window_is_open: bool) -> int | None:
    """63016 outside the window for all but an approved template; what its values or its standing forbid, anywhere.

    A template that is no session message and was never approved is 63016 in the window too; Twilio does not
    state its code.
    """
    filled = content.filled
    if filled is None:
        return None if window_is_open else _OUTSIDE_THE_WINDOW
    complaint = _complaint(content, filled)
    if complaint is not None or (window_is_open and _is_session_message(filled)):
        return complaint
    if status != "approved":
        return _NOT_SENDABLE.get(status, _OUTSIDE_THE_WINDOW)
    return _OUTSIDE_THE_WINDOW if filled.kind in _ONLY_IN_SESSION else None


def _complaint(content: Content, filled: Filled) -> int | None:
    """What WhatsApp minds in a template however it stands."""
    if filled.kind is None:
        return 63006
    if filled.missing:
        return 63028
    if any(bad in value for value in filled.given.values() for bad in ("\t", _SPACES)):
        return 63013
    return 63021 if len(content.body) > LONGEST_TEMPLATE else None


def _is_session_message(filled: Filled) -> bool:
    buttons = filled.parts.get("actions", ()) if filled.kind == "twilio/quick-reply" else ()
    return filled.kind in _IN_SESSION and len(buttons) <= _MOST_SESSION_BUTTONS
