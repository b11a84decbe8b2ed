"""What an action decides: send this, wait, or send nothing, and the trace of the gates that led there."""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from destinations.kit.enums import Channel, Reason, SenderKind
from destinations.kit.http import HttpRequest
from destinations.kit.shown import Button


class GateResult(msgspec.Struct, frozen=True, gc=False):
    """One line of an explanation: what a gate saw, and whether it let the message pass."""

    gate: str
    passed: bool
    reason: Reason | None = None
    detail: str | None = None


@dataclass(slots=True)
class Trace:
    """The gates in the order they were asked. `recipient` (E.164) is whom the message would reach, as soon as a gate has found
    that, whatever comes after.
    """

    results: list[GateResult] = field(default_factory=list)
    recipient: str | None = None

    def passed(self, gate: str, detail: str | None = None) -> None:
        """Note that a gate let the message pass, and what it saw."""
        self.results.append(GateResult(gate, passed=True, detail=detail))

    def stopped(self, gate: str, reason: Reason | None, detail: str) -> None:
        """Note that a gate held, suppressed or rejected the message."""
        self.results.append(GateResult(gate, passed=False, reason=reason, detail=detail))


class Send(msgspec.Struct, frozen=True):
    """Make this request. `recipient` (E.164) and `sender` are what the ledger shows; the request has the wire form.

    `channel` is None where the request sends no text. `template_at_hand`: it is free text, and the mapping has a template that may go
    where the conversation's window is closed. `sender_kind` and `segments` (None counts as one) decide when its sender's pace lets it go.
    A dry run shows `text`, `media` and `buttons` as the person gets them, as far as that is known here, and the `unicode_character` for which the
    text takes more segments. What the provider says of the message is passed on to `forward_url`, where there is one.
    `tells_opt_out`: words that say how to opt out were added to it.
    """

    request: HttpRequest
    recipient: str
    channel: Channel | None
    sender: str
    sender_kind: SenderKind = SenderKind.PHONE_NUMBER
    segments: int | None = None
    encoding: str | None = None
    template_at_hand: bool = False
    text: str | None = None
    media: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    unicode_character: str | None = None
    forward_url: str | None = None
    tells_opt_out: bool = False


class Hold(msgspec.Struct, frozen=True):
    """Not yet: plan again at `until`. `beyond` is what would be sent but for that, where the context asks for it (`wholly`). `sender` is
    what it would be sent from, where that is what it waits for.
    """

    until: datetime
    reason: Reason
    detail: str
    remedy: str | None = None
    beyond: Send | None = None
    sender: str | None = None


class Suppress(msgspec.Struct, frozen=True):
    """Not sent, on purpose. `remedy` names the cheapest way out, `recipient` (E.164) who would have been texted. `beyond` as in
    `Hold`.
    """

    reason: Reason
    detail: str
    remedy: str | None = None
    recipient: str | None = None
    beyond: Send | None = None


Plan = Send | Hold | Suppress
