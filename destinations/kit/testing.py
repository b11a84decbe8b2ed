"""An action end to end over a given transport: what the gateway does with one event, without a gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, assert_never

import httpx

from destinations.kit.configured import configured_fields
from destinations.kit.context import Context, Read
from destinations.kit.definition import ActionDefinition, DestinationDefinition
from destinations.kit.enums import Channel, Reason, SenderKind, SenderState
from destinations.kit.errors import (
    IntegrationError,
    InvalidAuthenticationError,
    PayloadValidationError,
    RetryableError,
)
from destinations.kit.fields import fields_of
from destinations.kit.http import HttpRequest, HttpResponse, reason_phrase
from destinations.kit.outcome import (
    Accepted,
    AccountTrouble,
    Held,
    Outcome,
    Rejected,
    Suppressed,
    Throttled,
    Uncertain,
)
from destinations.kit.payload import check_fields, model_of, payload_of
from destinations.kit.phones import canonical
from destinations.kit.plan import Hold, Plan, Send, Suppress
from destinations.kit.ports import UNKNOWN, Consent, Facts, Person, Unknown
from destinations.kit.registry import installed
from mappings import compile_fields, compile_trigger

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


async def run_action(
    destination: str,
    action: str,
    *,
    settings: Mapping[str, Any],
    transport: httpx.AsyncBaseTransport,
    event: Mapping[str, Any] | None = None,
    fields: Mapping[str, Any] | None = None,
    trigger: str | None = None,
    facts: Facts | None = None,
    now: datetime | None = None,
) -> Accepted | Suppressed | Held | Throttled | Uncertain | None:
    """What becomes of one event, every request going through `transport`.

    `settings` are under the original's names (ours are taken too) and go in as they are; with a `trigger` they are
    validated first, and an event that does not match returns None. `facts` left out: everything is UNKNOWN.
    "testAuthentication" makes the credential check and returns None. Raises the kit's errors, MappingError and,
    for a destination or action nobody installed, LookupError.
    """
    definition = _installed(destination)
    if trigger is not None:
        _validate(definition, settings)
        if not trigger.strip() or not compile_trigger(trigger).matches(event):
            return None
    ours = model_of(definition.settings, dict(definition.translate_settings(settings)))
    async with httpx.AsyncClient(transport=transport) as client:
        read = _reader(client)
        if action == "testAuthentication":
            await definition.test_authentication(ours, read, frozenset())
            return None
        chosen = definition.action(action)
        mapped = compile_fields(dict(fields or {}))(dict(event or {}))
        with _Uncoded():
            payload = payload_of(chosen.payload, mapped, ours, configured_fields(chosen.payload, fields))
        context = Context(
            settings=ours,
            now=now or datetime.now(UTC),
            read=read,
            occurred_at=_occurred_at(event),
            facts=facts or Facts(),
        )
        return await _carried_out(await chosen.plan(payload, context), chosen, client)


def facts_of(
    *,
    person: Person | Unknown | None = UNKNOWN,
    consents: Mapping[str, Consent] | None = None,
    inbound: Mapping[tuple[str, str], datetime] | None = None,
    senders: Mapping[str, SenderState | None] | None = None,
    in_review: Mapping[str, str] | None = None,
    told: Mapping[str, datetime] | None = None,
) -> Facts:
    """Facts from values. `consents` by E.164 number, the same on every channel; `inbound` is when somebody last wrote, by
    their number and the sender's; `senders` says of an address what is known of it; `in_review` is, by number, the message that somebody has
    to look at; `told`, by number, when they were last told how to opt out. What is left out is UNKNOWN.
    """
    return Facts(
        consent=_Ledger(consents),
        people=_People(person),
        conversations=_Conversations(inbound, in_review),
        senders=_Senders(senders or {}),
        notices=_Notices(told),
    )


@dataclass(frozen=True, slots=True)
class _Ledger:
    consents: Mapping[str, Consent] | None

    async def consent(
        self,
        number: str,
        channel: Channel,  # noqa: ARG002  the port's signature
        sender: str | None = None,  # noqa: ARG002  the port's signature
    ) -> Consent | Unknown | None:
        if self.consents is None:
            return UNKNOWN
        return {canonical(given): said for given, said in self.consents.items()}.get(canonical(number))


@dataclass(frozen=True, slots=True)
class _Notices:
    told: Mapping[str, datetime] | None

    async def last_told(self, number: str) -> datetime | Unknown | None:
        if self.told is None:
            return UNKNOWN
        return {canonical(given): at for given, at in self.told.items()}.get(canonical(number))


@dataclass(frozen=True, slots=True)
class _People:
    known: Person | Unknown | None

    async def person(self) -> Person | Unknown | None:
        return self.known


@dataclass(frozen=True, slots=True)
class _Conversations:
    inbound: Mapping[tuple[str, str], datetime] | None
    in_review: Mapping[str, str] | None

    async def last_inbound(self, number: str, sender: str, channel: Channel) -> datetime | Unknown | None:  # noqa: ARG002  the port's signature
        if self.inbound is None:
            return UNKNOWN
        heard = {(canonical(given), to): at for (given, to), at in self.inbound.items()}
        return heard.get((canonical(number), sender))

    async def needs_review(self, number: str, channel: Channel) -> str | Unknown | None:  # noqa: ARG002  the port's signature
        return UNKNOWN if self.in_review is None else self.in_review.get(number)


@dataclass(frozen=True, slots=True)
class _Senders:
    known: Mapping[str, SenderState | None]

    async def state(self, address: str, kind: SenderKind) -> SenderState | Unknown | None:  # noqa: ARG002  the port's signature
        return self.known.get(address, UNKNOWN)


class _Uncoded:
    """The original's list of validation errors has no code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, PayloadValidationError):
            error.code = None


def _installed(destination: str) -> DestinationDefinition:
    try:
        return installed()[destination]
    except KeyError:
        known = ", ".join(installed()) or "none"
        raise LookupError(f"No destination {destination!r} is installed; installed: {known}") from None


def _validate(definition: DestinationDefinition, settings: Mapping[str, Any]) -> None:
    required = [declared.key for declared in fields_of(definition.settings) if declared.required]
    theirs = None if any(key in settings for key in required) else definition.original_settings
    with _Uncoded():
        check_fields(theirs or definition.settings, settings)


def _occurred_at(event: Mapping[str, Any] | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((event or {})["timestamp"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _carried_out(
    plan: Plan, action: ActionDefinition, client: httpx.AsyncClient
) -> Accepted | Suppressed | Held | Throttled | Uncertain:
    match plan:
        case Send():
            return _accepted_or_raised(await _sent(client, plan.request, action))
        case Hold():
            return Held(plan.reason.value, plan.detail)
        case Suppress(reason=Reason.INVALID_PHONE):
            raise IntegrationError(plan.detail, plan.reason.value, 400, remedy=plan.remedy)
        case Suppress():
            return Suppressed(plan.reason.value, plan.detail, plan.remedy)
        case _:
            assert_never(plan)


async def _sent(client: httpx.AsyncClient, request: HttpRequest, action: ActionDefinition) -> Outcome:
    try:
        response = await _exchanged(client, request)
    except _NEVER_LEFT as error:
        return Throttled(f"No connection, nothing was sent: {error}")
    except httpx.TransportError as error:
        return Uncertain(f"No answer, the request may have arrived: {error}")
    return action.interpret(response)


def _accepted_or_raised(outcome: Outcome) -> Accepted | Throttled | Uncertain:
    if not isinstance(outcome, Rejected | AccountTrouble):
        return outcome
    kind = IntegrationError
    if isinstance(outcome, Rejected) and outcome.retryable:
        kind = RetryableError
    elif outcome.http_status == HTTPStatus.UNAUTHORIZED:
        kind = InvalidAuthenticationError
    raise kind(
        reason_phrase(outcome.http_status or HTTPStatus.FORBIDDEN),
        outcome.code if isinstance(outcome, Rejected) else outcome.provider_code,
        outcome.http_status,
        provider_code=outcome.provider_code,
        provider_message=outcome.message,
        remedy=outcome.remedy,
    )


def _reader(client: httpx.AsyncClient) -> Read:
    async def read(request: HttpRequest) -> HttpResponse:
        try:
            return await _exchanged(client, request)
        except httpx.TimeoutException as error:
            raise RetryableError("The request timed out", "ETIMEDOUT", HTTPStatus.REQUEST_TIMEOUT) from error
        except httpx.TransportError as error:
            raise RetryableError(f"No answer came: {error}", "NETWORK_ERROR") from error

    return read


async def _exchanged(client: httpx.AsyncClient, request: HttpRequest) -> HttpResponse:
    headers = list(request.headers)
    if request.auth is not None:
        headers.append(("authorization", request.auth.header()))
    content = request.body or None
    answer = await client.request(request.method, request.url, headers=headers, content=content)
    return HttpResponse(answer.status_code, dict(answer.headers.items()), answer.content)
