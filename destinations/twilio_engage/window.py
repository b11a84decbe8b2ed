"""The 24 hours after a person's last message to a sender, in which WhatsApp takes free text (Twilio error 63016)."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage.gates import Verdict
from destinations.twilio_engage.templates import Approval, Form

WINDOW: Final = timedelta(hours=24)
"""How long a conversation stays open after the person's last message; each message begins it anew (Twilio error 63016)."""


class Window(Enum):
    """Whether the person wrote to this sender within the last 24 hours."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_KNOWN = "not known"


def window(last_inbound: datetime | kit.Unknown | None, now: datetime) -> Window:
    """The window at that moment: what arrives 24 hours after the message is outside."""
    if last_inbound is kit.UNKNOWN:
        return Window.NOT_KNOWN
    return Window.OPEN if last_inbound is not None and now - last_inbound < WINDOW else Window.CLOSED


def free_text(window: Window) -> Verdict:
    """Whether free text may go out now: outside the window it is created and then fails (Twilio error 63016)."""
    if window is Window.CLOSED:
        detail = (
            "The person has not written to this sender within the last 24 hours, and there is no template."
        )
        return Verdict(detail, Reason.WINDOW_CLOSED)
    return Verdict(f"Free text; the 24-hour window is {window.value}.")


def template(label: str, form: Form, approval: Approval | kit.Unknown, window: Window) -> Verdict:
    """Whether the template of that `label` may go out now (Twilio errors 63016, 63040, 63041, 63042).

    Within the window it needs no approval where its type may answer a person. Outside it, and where nobody knows, one that
    is known not to be approved does not pass.
    """
    if form.session_only:
        if window is Window.CLOSED:
            detail = f"The template {label} is a {form.kind}, which only answers a person, and this one has not written for 24 hours."
            return Verdict(detail, Reason.WINDOW_CLOSED)
        return Verdict(
            f"A {form.kind} template, which needs no approval; the 24-hour window is {window.value}."
        )
    if window is Window.OPEN and not form.never_unapproved:
        return Verdict(f"A {form.kind} template within the 24-hour window, where it needs no approval.")
    if approval is kit.UNKNOWN:
        return Verdict(f"A {form.kind} template, whose approval is not known.")
    if approval is Approval.APPROVED:
        return Verdict(f"A {form.kind} template, APPROVED; the 24-hour window is {window.value}.")
    why = "its type always needs that" if form.never_unapproved else f"the 24-hour window is {window.value}"
    detail = f"The template {label} is {approval.value} at WhatsApp, not APPROVED, and {why}."
    return Verdict(detail, Reason.TEMPLATE_NOT_APPROVED)
