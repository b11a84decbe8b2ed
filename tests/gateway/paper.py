"""A small destination of the tests' own, built from the kit alone, and the provider behind it."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
from pydantic import SecretStr

from destinations import kit
from destinations.kit import Channel, ConsentStatus, Reason
from gateway.sending import SendingError

API = "https://paper.example/messages"
OURS = "+12025550000"
"""The number that it sends from."""
TROUBLE = 500


CONFIRMATION: dict[str, Any] = {
    "to": {"@path": "$.properties.to"},
    "body": {"@path": "$.properties.body"},
    "send": True,
}
"""The fields by which it confirms a stop."""


class Settings(kit.Fields):
    """The one secret there is, and where the owner is told: with `passes_on` the provider's own words."""

    token: SecretStr = kit.field(label="Token", description="Signs calls.", type="password", required=True)
    hook: str | None = None
    passes_on: bool = False
    hook_secrets: tuple[kit.SigningSecret, ...] = ()


class Payload(kit.Fields):
    """What a mapping may say."""

    to: str | None = kit.field(label="To", description="A number that stands in for the person's.")
    body: str | None = kit.field(label="Body", description="The text.")
    send: bool = kit.field(False, label="Send", description="Whether to send.", type="boolean")
    template: str | None = kit.field(label="Template", description="What goes where the window is closed.")
    read: str | None = kit.field(label="Read", description="An address that is read first.")
    as_json: bool = kit.field(False, label="As JSON", description="Sends no form.", type="boolean")


class Provider:
    """What the provider holds, and how it answers; the tests move it. `answers` are used up before the default.

    `became` is what it says of the SIDs it is asked for, and `followed` which it was asked for together.
    `last_inbound` is when the person of the last plan had written to our number, as far as that plan knew.
    `at_plan` runs at the end of a plan, `at_verify` as its checks begin, `at_check` behind each of them, `at_request` as a request arrives:
    each sees what is stored by then.
    """

    def __init__(self) -> None:
        self.answers: list[kit.HttpResponse | SendingError | BaseException] = []
        self.sids: list[str] = []
        self.listed: list[tuple[str, str]] = []
        self.list_status = 200
        self.became: dict[str, tuple[kit.Signal, ...]] = {}
        self.followed: list[tuple[str, ...]] = []
        self.unreachable = False
        self.reads: list[str] = []
        self.at_verify: Callable[[], Awaitable[None]] | None = None
        self.at_check: Callable[[], Awaitable[None]] | None = None
        self.last_inbound: datetime | kit.Unknown | None = kit.UNKNOWN
        self.checks: tuple[kit.Check, ...] = (kit.Check("token", passed=True),)
        self.at_plan: Callable[[], Awaitable[None]] | None = None
        self.at_request: Callable[[kit.HttpRequest], None] | None = None

    def answer(self, request: kit.HttpRequest) -> kit.HttpResponse | SendingError:
        """To a create."""
        if self.at_request is not None:
            self.at_request(request)
        if not self.answers:
            self.sids.append(f"SM{len(self.sids) + 1}")
            return created(self.sids[-1])
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException) and not isinstance(answer, SendingError):
            raise answer
        return answer

    def read(self, request: httpx.Request) -> httpx.Response:
        """To a GET: the list of messages to a number."""
        self.reads.append(str(request.url))
        if self.unreachable:
            raise httpx.ConnectError("refused", request=request)
        to = parse_qs(urlsplit(str(request.url)).query).get("To", [""])[0]
        return httpx.Response(
            self.list_status, json=[{"sid": sid, "to": number} for sid, number in self.listed if number == to]
        )


def created(sid: str | None, **more: Any) -> kit.HttpResponse:
    return kit.HttpResponse(
        201,
        {"content-type": "application/json", "paper-request-id": "RQ1"},
        msgspec.json.encode({"sid": sid, **more}),
    )


def refused(status: int, code: str = "666", **more: Any) -> kit.HttpResponse:
    """`retry`, `stop` and `resend` in the body say what the provider's table would."""
    headers = {"retry-after": str(more.pop("retry_after"))} if "retry_after" in more else {}
    return kit.HttpResponse(status, headers, msgspec.json.encode({"code": code, **more}))


def interpret(response: kit.HttpResponse) -> kit.Outcome:
    body = response.json() or {}
    code = body.get("code")
    if response.ok:
        status = kit.MessageStatus(body.get("status", "QUEUED"))
        failed = (code, "It failed at once.", "Mend it.") if code else ()
        return kit.Accepted(body.get("sid"), status, body.get("segments"), None, None, *failed)
    if response.status == 429:
        wait = response.headers.get("retry-after")
        return kit.Throttled("Too many at once.", 429, code, float(wait) if wait else None)
    if response.status >= TROUBLE:
        return kit.Uncertain(f"It answered {response.status}.", response.status, code)
    if body.get("account"):
        return kit.AccountTrouble("The account is closed.", response.status, str(code), "Open it again.")
    stop = kit.ConsentChanged(None, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="21610")
    return kit.Rejected(
        "Refused.",
        response.status,
        "BAD_REQUEST",
        code,
        remedy="Mend it.",
        retryable=body.get("retry", False),
        consent=stop if body.get("stop") else None,
        resend=kit.Resend[body["resend"]] if "resend" in body else None,
    )


class Paper:
    """The destination's one action, over that provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    async def plan(self, payload: Payload, context: kit.Context[Settings]) -> kit.Plan:
        if not payload.send:
            return _suppress(context, "fields", Reason.SEND_DISABLED, "`send` is false.")
        number = await _recipient(payload, context)
        if not isinstance(number, str):
            return number
        self.provider.last_inbound = await context.facts.conversations.last_inbound(number, OURS, Channel.SMS)
        consent = await context.facts.consent.consent(number, Channel.SMS)
        stopped = isinstance(consent, kit.Consent) and consent.stopped
        if stopped and context.confirms_stop_to is None:
            return _suppress(context, "consent", Reason.OPTED_OUT, "They said stop.")
        if not stopped and (
            not isinstance(consent, kit.Consent) or consent.status is not ConsentStatus.SUBSCRIBED
        ):
            return _suppress(context, "consent", Reason.NOT_SUBSCRIBED, "Nobody said yes.")
        if not stopped and context.confirms_stop_to is not None:
            return _suppress(context, "consent", Reason.NOT_SUBSCRIBED, "There is nothing to confirm.")
        context.trace.passed("consent", "it confirms their stop" if stopped else "they said yes")
        if payload.body is None:
            raise kit.PayloadValidationError("There is no body.", code="NO_BODY", remedy="Write one.")
        if payload.read is not None:
            await context.read(kit.HttpRequest("GET", payload.read))
        if self.provider.at_plan is not None:
            await self.provider.at_plan()
        body = (payload.template if context.window_closed else None) or payload.body
        form = (("To", number), ("Body", body), ("Callback", context.callback_url or ""))
        request = (
            kit.HttpRequest("POST", API, json=dict(form))
            if payload.as_json
            else kit.HttpRequest("POST", API, form=form)
        )
        at_hand = payload.template is not None and not context.window_closed
        segments = max(1, math.ceil(len(body) / 160))
        onward = f"{context.settings.hook}?to={number[1:]}" if context.settings.passes_on else None
        return kit.Send(
            *(request, number, Channel.SMS, OURS),
            segments=segments,
            encoding="GSM-7",
            template_at_hand=at_hand,
            forward_url=onward,
        )

    async def reconcile(
        self, asked: Sequence[kit.Reconciliation], taken: kit.Taken, context: kit.Context[Settings]
    ) -> dict[str, kit.Accepted | kit.NotKnown | None]:
        answers: dict[str, kit.Accepted | kit.NotKnown | None] = {}
        given: set[str] = set()
        for one in asked:
            answers[one.key] = found = await self._find(one, taken, context, given)
            given |= {found.message_sid or ""} if isinstance(found, kit.Accepted) else set()
        return answers

    async def _find(
        self, one: kit.Reconciliation, taken: kit.Taken, context: kit.Context[Settings], given: set[str]
    ) -> kit.Accepted | kit.NotKnown | None:
        query = kit.encode_form([("To", one.recipient)])
        try:
            answer = await context.read(kit.HttpRequest("GET", f"{API}?{query}"))
        except kit.IntegrationError as error:
            return kit.NotKnown(f"The list could not be read: {error.message}")
        if not answer.ok:
            return kit.NotKnown(f"The list could not be read: The list answers {answer.status}.")
        body = (one.request.json or dict(one.request.form))["Body"]
        sids = [item["sid"] for item in answer.json() or [] if item.get("body", body) == body]
        others = given | await taken(sids)
        return next((kit.Accepted(sid, kit.MessageStatus.SENT) for sid in sids if sid not in others), None)

    async def follow(
        self, asked: Sequence[kit.Following], context: kit.Context[Settings]
    ) -> dict[str, tuple[kit.Signal, ...] | kit.NotKnown]:
        self.provider.followed.append(tuple(one.message_sid for one in asked))
        became = self.provider.became
        return {
            one.key: became.get(one.message_sid, kit.NotKnown(f"It knows no {one.message_sid}."))
            for one in asked
        }

    async def verify(
        self, settings: Settings, read: kit.Read, allowed_hosts: frozenset[str]
    ) -> AsyncIterator[kit.Check]:
        if self.provider.at_verify is not None:
            await self.provider.at_verify()
        await read(kit.HttpRequest("GET", f"{API}?To=nobody"))
        for check in self.provider.checks:
            yield check
            if self.provider.at_check is not None:
                await self.provider.at_check()


async def _recipient(payload: Payload, context: kit.Context[Settings]) -> str | kit.Hold | kit.Suppress:
    person = await context.facts.people.person()
    phone = person.phone if isinstance(person, kit.Person) else None
    given = context.recipient or payload.to or phone
    if given is None and context.profile_hold_until is not None:
        return kit.Hold(context.profile_hold_until, Reason.PROFILE_PENDING, "Nobody is known yet.")
    if given is None:
        return _suppress(context, "recipient", Reason.NO_SUPPORTED_IDS, "There is no number.")
    number = kit.e164(given, None)
    return number or _suppress(context, "recipient", Reason.INVALID_PHONE, "It is no number.")


async def _test_authentication(settings: Settings, read: kit.Read, allowed_hosts: frozenset[str]) -> None:
    return None


def definition(provider: Provider) -> kit.DestinationDefinition:
    """The destination whose provider that is."""
    paper = Paper(provider)
    action = kit.ActionDefinition(
        slug="sendPaper",
        title="Send paper",
        description="Sends.",
        channel=Channel.SMS,
        payload=Payload,
        plan=paper.plan,
        interpret=interpret,
        reconcile=paper.reconcile,
        default_trigger='type = "track"',
    )
    return kit.DestinationDefinition(
        slug="paper",
        name="Paper",
        description="Takes notes.",
        settings=Settings,
        actions=(action,),
        integration_names=("Paper",),
        presets=(),
        verify=paper.verify,
        validate_settings=lambda _settings, _hosts: (),
        test_authentication=_test_authentication,
        translate_settings=lambda settings: settings,
        webhooks=kit.Webhooks(status=read_callback, inbound=read_message),
        follow=paper.follow,
        outgoing=kit.OutgoingWebhooks(
            of=_outgoing,
            problems=lambda _: (),
            headers=lambda url, form, key, settings: {"Paper-Signature": f"{url} {len(form)} {key}"},
            sample=lambda url, settings: (url, (("status", "SENT"),)),
        ),
    )


def confirming(provider: Provider) -> kit.DestinationDefinition:
    """The same, which confirms stops."""
    confirms = kit.StopConfirmation({Channel.SMS: ("sendPaper", CONFIRMATION)}, lambda _text: ())
    return replace(definition(provider), stop_confirmation=confirms)


def _outgoing(settings: Settings) -> kit.Outgoing | None:
    if settings.hook is None:
        return None
    return kit.Outgoing(
        settings.hook, None if settings.passes_on else frozenset(kit.OwnerEvent), settings.hook_secrets
    )


def _suppress(context: kit.Context[Settings], gate: str, reason: Reason, detail: str) -> kit.Suppress:
    context.trace.stopped(gate, reason, detail)
    return kit.Suppress(reason, detail, f"Remedy of {reason.value}.")


def read_callback(call: kit.WebhookRequest, settings: Settings) -> tuple[kit.Signal, ...]:
    """A callback is JSON, signed with the token; `stop` names a number."""
    body = _signed_body(call, settings)
    if "stop" in body:
        return (
            kit.ConsentChanged(
                body["stop"], Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOP"
            ),
        )
    delivery = parse_qs(urlsplit(call.url).query).get("delivery", [None])[0]
    return (
        kit.StatusChanged(
            body["sid"],
            kit.MessageStatus(body["status"]),
            delivery,
            body.get("code"),
            body.get("message"),
            price=body.get("price"),
            account_trouble=body.get("account", False),
        ),
    )


def read_message(call: kit.WebhookRequest, settings: Settings) -> tuple[kit.Signal, ...]:
    """A message is JSON, signed with the token; the text STOP is a stop, START a start."""
    body = _signed_body(call, settings)
    channel, text = Channel(body.get("channel", "SMS")), body.get("text")
    message = kit.InboundMessage(body["sid"], body["from"], body["to"], channel, text)
    if text not in {"STOP", "START"}:
        return (message,)
    status = ConsentStatus.UNSUBSCRIBED if text == "STOP" else ConsentStatus.SUBSCRIBED
    word = kit.ConsentChanged(
        message.number, channel, status, stop=text == "STOP", evidence=f"keyword {text}"
    )
    return (message, word)


def _signed_body(call: kit.WebhookRequest, settings: Settings) -> dict[str, Any]:
    if call.headers.get("x-paper-signature") != settings.token.get_secret_value():
        raise kit.InvalidAuthenticationError("The signature is wrong.")
    return msgspec.json.decode(call.body, type=dict[str, Any])
