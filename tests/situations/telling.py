"""The words in which a situation is told: each step says what happens, for people, and does it, on a Stage."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from destinations.kit import Policy
from destinations.twilio_engage.simulator import SENDER
from gateway.workspace import Role
from tests.situations.stage import Stage

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 24, 12, tzinfo=NEW_YORK)
"""A Tuesday."""

DORA, BEN = "+12025550144", "+12025550145"
"""Numbers of Washington, in New York's zone."""


@dataclass(frozen=True)
class Step:
    """What happens, in words, and what does it. `call` is the call that it sends, where it is one."""

    words: str
    do: Callable[[Stage], Awaitable[None]]
    call: Callable[[Stage], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Outcome:
    """What becomes of the last event: the Delivery's status and reason; `until` when it waits; to whom and in what words it went."""

    status: str
    reason: str | None = None
    until: datetime | None = None
    to: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Situation:
    """`mapping` is in words of mappingCreate, of `fields` only what is beside a text's. `policy`: None of a destination that was made with
    nothing said. `sends`: how many requests Twilio sees in all.
    """

    name: str
    happens: tuple[Step, ...]
    outcome: Outcome
    sends: int
    mapping: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy | None = field(default_factory=Policy)
    now: datetime = NOON


def situation(name: str, *happens: Step, then: Outcome, sends: int | None = None, **more: Any) -> Situation:
    """One whose last event alone is sent, or none, unless it says otherwise."""
    return Situation(name, happens, then, int(then.status == "ACCEPTED") if sends is None else sends, **more)


def sent(to: str = DORA, text: str | None = None) -> Outcome:
    return Outcome("ACCEPTED", to=to, text=text)


def held(reason: str, until: datetime | None = None) -> Outcome:
    return Outcome("HELD", reason, until)


def suppressed(reason: str) -> Outcome:
    return Outcome("SUPPRESSED", reason)


NOTHING = Outcome("NONE")
EXPIRED = Outcome("EXPIRED", "STALE_EVENT")
REJECTED = Outcome("REJECTED")
CANCELED = Outcome("CANCELED", "CANCELED_BY_TRIGGER")


def _call(words: str, given: dict[str, Any], source: str, ago: timedelta | None, path: str) -> Step:
    def made(stage: Stage) -> dict[str, Any]:
        return given if ago is None else {**given, "timestamp": (stage.clock.now() - ago).isoformat()}

    async def do(stage: Stage) -> None:
        await stage.say(made(stage), source=source, path=path)

    by = "" if source == "SERVER" else f"{source}: "
    by += "" if path == "batch" else f"`/v1/{path}`: "
    when = "" if ago is None else f", dated {_span(ago)} {'ahead' if ago < timedelta() else 'ago'}"
    return Step(f"{by}{words}{when}", do, made)


_UNITS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def _span(span: timedelta) -> str:
    seconds, parts = int(abs(span.total_seconds())), []
    for unit, length in _UNITS.items():
        number, seconds = divmod(seconds, length)
        if number:
            parts.append(f"{number} {unit}{'s' if number != 1 else ''}")
    return " ".join(parts)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("|", "\\|")


def identify(
    user: str = "dora",
    *,
    source: str = "SERVER",
    ago: timedelta | None = None,
    path: str = "batch",
    anonymous: str | None = None,
    subscriptions: Any = None,
    **traits: Any,
) -> Step:
    """An identify; `subscriptions` are (status, channel) pairs of Dora's number."""
    given: dict[str, Any] = {"type": "identify", "userId": user, "traits": traits}
    words = f"identify {user}"
    words += f" `{_json(traits)}`" if traits else ""
    if anonymous is not None:
        given["anonymousId"] = anonymous
        words += f" with the anonymousId {anonymous}"
    if subscriptions is not None:
        given["context"] = {
            "messaging_subscriptions": [
                {"key": DORA, "type": channel, "status": status} for status, channel in subscriptions
            ]
        }
        words += ", subscription " + ", ".join(
            f"{channel} `{_json(status)}`" for status, channel in subscriptions
        )
    return _call(words, given, source, ago, path)


def order(
    user: str = "dora",
    *,
    source: str = "SERVER",
    ago: timedelta | None = None,
    path: str = "batch",
    **more: Any,
) -> Step:
    """The event that the mapping texts for."""
    words = f"*Order Placed* of {user}"
    words += f" `{_json(more)}`" if more else ""
    return _call(words, {"type": "track", "event": "Order Placed", "userId": user, **more}, source, ago, path)


def track(event: str, user: str = "dora", *, source: str = "SERVER", **properties: Any) -> Step:
    words = f"*{event}* of {user}" + (f" `{_json(properties)}`" if properties else "")
    given = {"type": "track", "event": event, "userId": user, "properties": properties}
    return _call(words, given, source, None, "batch")


def alias(user: str, previous: str) -> Step:
    given = {"type": "alias", "userId": user, "previousId": previous}
    return _call(f"alias: {previous} is {user}", given, "SERVER", None, "batch")


def external(number: str, **more: Any) -> dict[str, Any]:
    """An external id of a phone, as Engage attaches it."""
    return {"id": number, "type": "phone", "channelType": "sms", **more}


def together(*steps: Step) -> Step:
    """Several calls of a SERVER source in one request."""
    calls = [one.call for one in steps if one.call is not None]

    async def do(stage: Stage) -> None:
        await stage.say(*(call(stage) for call in calls))

    return Step("in one request: " + " + ".join(one.words for one in steps), do)


def writes(words: str, to: str = SENDER, *, person: str = DORA, **more: str) -> Step:
    """The person writes to a sender of ours."""
    channel = "whatsapp:" if to.startswith("whatsapp:") else ""

    async def do(stage: Stage) -> None:
        await stage.write(f"{channel}{person}", words, to, **more)

    beside = "".join(f" (Twilio: {name} {value})" for name, value in more.items())
    return Step(f"the person writes “{words}” to {to}{beside}", do)


def unheard(words: str, to: str = SENDER) -> Step:
    """What Twilio hears and the gateway is never told."""

    async def do(stage: Stage) -> None:
        await stage.write(DORA, words, to, url="https://texts.example.com/nowhere")

    return Step(f"the person writes “{words}” to {to}, and nobody tells the gateway", do)


async def _replay(stage: Stage) -> None:
    found = await stage.delivery()
    assert found is not None
    await stage.change("deliveryReplay", f'id: "{found.id}", idempotencyKey: "again-1"')
    await stage.turn()


REPLAY = Step("deliveryReplay", _replay)


def admin_says(
    status: str,
    *,
    channel: str = "SMS",
    sender: str | None = None,
    number: str = DORA,
    role: Role = Role.ADMIN,
    refused: str | None = None,
) -> Step:
    """consentUpdate, by a token of that role; `refused`: the code of the error that it is answered with, where nothing is recorded."""
    to = "" if sender is None else f', sender: "{sender}"'

    async def do(stage: Stage) -> None:
        given = f'phone: "{number}", channel: {channel}, status: {status}{to}, evidence: {{method: "paper form"}}, space: "{stage.space}"'
        await stage.change("consentUpdate", given, role=role, refused=refused)

    by = "" if role is Role.ADMIN else f"{role}: "
    on = "" if channel == "SMS" else f" for {channel}"
    answer = "" if refused is None else f" (refused: {refused})"
    return Step(f"{by}consentUpdate {status}{on}" + (f" for {sender}" if sender else "") + answer, do)


def operator_says(status: str, **more: Any) -> Step:
    """The same, by an OPERATOR."""
    return admin_says(status, role=Role.OPERATOR, **more)


def imported(status: str, *, ago: timedelta | None = None, number: str = DORA) -> Step:
    """consentImport of one row, by an ADMIN."""

    async def do(stage: Stage) -> None:
        at = "" if ago is None else (stage.clock.now() - ago).isoformat()
        await stage.import_consent(f"phone,channel,status,at\n{number},SMS,{status},{at}\n")

    return Step(f"consentImport: {status}" + (f" of {_span(ago)} ago" if ago else " without a time"), do)


def tried_on(number: str = DORA, *, refused: str | None = None) -> Step:
    """testSend to that number; `refused`: for which reason it is, where nothing is made."""
    answer = "" if refused is None else f" (refused: {refused})"
    return Step(f"testSend to {number}{answer}", lambda stage: stage.test(number, refused))


def not_delivered(code: int, step: Step) -> Step:
    """That step's text is taken by Twilio, which then says that it did not arrive, with that error."""

    async def do(stage: Stage) -> None:
        stage.simulator.steer({"action": "status", "status": "undelivered", "code": code})
        await step.do(stage)
        while await stage.simulator.advance():
            await stage.turn()

    return Step(f"{step.words}, which Twilio can't deliver ({code})", do)


def reviewed(answer: str) -> Step:
    return Step(f"inboundReview {answer}", lambda stage: stage.review(answer))


def erased(number: str = DORA) -> Step:
    return Step("contactErase", lambda stage: stage.erase(number))


def later(**span: float) -> Step:
    """So much later, everything due has had its turn."""
    on = timedelta(**span)
    return Step(f"{_span(on)} later", lambda stage: stage.wait(on))


def times(number: int, step: Step, **apart: float) -> Step:
    """One behind the other, at once or so far `apart`."""
    between = timedelta(**apart)

    async def do(stage: Stage) -> None:
        for _one in range(number):
            await step.do(stage)
            await stage.wait(between)

    when = f", {_span(between)} apart" if between else ""
    return Step(f"{number} times {step.words}{when}", do)


def sent_today(number: int) -> Step:
    """So many texts went out of the destination today, to others."""
    return Step(f"{number:,} texts to others went out today", lambda stage: stage.count_sent(number))


def switched(mutation: str) -> Step:
    """destinationPause, or destinationResume, after which what waited has its turn."""

    async def do(stage: Stage) -> None:
        await stage.change(mutation, f'id: "{stage.destination}"')
        await stage.turn()

    return Step(mutation, do)


PAUSE, RESUME = switched("destinationPause"), switched("destinationResume")
