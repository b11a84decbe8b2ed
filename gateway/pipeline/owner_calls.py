"""One call to an owner's webhook: how it is written and signed, and what becomes of it by what came back.

An event goes as Standard Webhooks has it (https://www.standardwebhooks.com): JSON, with `webhook-id`, `webhook-timestamp` and
`webhook-signature`. A provider's call is passed on as it came, signed by the destination.
"""

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from pydantic import SecretStr, ValidationError

from destinations.kit import IntegrationError, Outgoing, OutgoingWebhooks, decode_form, retry_after
from gateway.facts.snapshot import Snapshot
from gateway.jobs import Job
from gateway.pipeline import owner_events, telling
from gateway.sending.receivers import Answer
from gateway.services import Services
from gateway.storage.webhook_deliveries import Attempted, WebhookDelivery
from gateway.workspace import Destination

WINDOW: Final = timedelta(hours=24)
"""How long something is tried, from its making or its last replay on."""

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 2 * 3600.0
"""Seconds between two attempts: four times as long each time, up to that."""

PREFIX = "whsec_"

Jitter = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Owner:
    """Where the owner of a destination is told now, and how."""

    outgoing: Outgoing
    webhooks: OutgoingWebhooks
    settings: Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def owner_of(services: Services, snapshot: Snapshot, destination_id: str) -> Owner | str:
    """The owner of a destination; or in words why nobody is there to be told."""
    destination = snapshot.destinations.get(destination_id)
    if destination is None or destination.deleted_at is not None:
        return "The destination was deleted, so nobody is told. Nothing is sent."
    definition = services.workspace.definitions.get(destination.definition)
    if definition is None or definition.outgoing is None:
        return "The destination's type has no webhook for its owner on this server. Nothing is sent."
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError:
        return "The settings of the destination no longer fit it: mend them, then replay this."
    outgoing = definition.outgoing.of(settings)
    if outgoing is None:
        return "The destination has no webhookUrl, so nobody is told. Set it, then replay this."
    return Owner(outgoing, definition.outgoing, settings)


def call_of(owner: Owner, one: WebhookDelivery, now: datetime) -> Call | str:
    """The request that tells an owner of that; or in words why there is none."""
    if one.passed_on:
        return _passed_on(owner, one)
    if owner.outgoing.events is None:
        return "The destination passes its provider's calls on, and no events: its webhookFormat was changed. Nothing is sent."
    secrets = owner.outgoing.signing(now)
    if not secrets:
        return "The destination has no webhook secret to sign with: make one by webhookSecretRotate, then replay this."
    body = one.body.encode()
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": one.id,
        "webhook-timestamp": stamp,
        "webhook-signature": signatures(secrets, one.id, stamp, body),
    }
    return Call(owner.outgoing.url, headers, body)


def _passed_on(owner: Owner, one: WebhookDelivery) -> Call | str:
    if owner.outgoing.events is not None:
        return "The destination tells events, and passes no calls on: its webhookFormat was changed. Nothing is sent."
    url = one.url or owner.outgoing.url
    try:
        form = decode_form(one.body)
        signed = owner.webhooks.headers(url, form, one.id, owner.settings)
    except IntegrationError as error:
        return f"{error.message}. {error.remedy or ''}".strip()
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return Call(url, {**kind, **signed}, one.body.encode())


def sample(owner: Owner, destination: Destination, now: datetime) -> WebhookDelivery:
    """What an owner may be told to see whether their receiver takes it: a `webhook.test`, or a call as the provider would make it."""
    if owner.outgoing.events is not None:
        body = owner_events.of_test(destination, now)
        return telling.new(owner_events.TEST, destination.space, destination.id, destination.id, body, now)
    url, form = owner.webhooks.sample(owner.outgoing.url, owner.settings)
    return telling.passed_on(
        owner_events.TEST, destination.space, destination.id, destination.id, url, form, now
    )


def signatures(secrets: Sequence[SecretStr], key: str, stamp: str, body: bytes) -> str:
    """A signature by each of these secrets, as `webhook-signature` has them: a receiver takes any that it knows."""
    signed = f"{key}.{stamp}.".encode() + body
    found = (hmac.digest(_bytes_of(one), signed, "sha256") for one in secrets)
    return " ".join(f"v1,{base64.b64encode(one).decode('ascii')}" for one in found)


def _bytes_of(secret: SecretStr) -> bytes:
    return base64.b64decode(secret.get_secret_value().removeprefix(PREFIX))


def too_old(one: WebhookDelivery, now: datetime, *, fails: bool) -> str | None:
    """Why it is not tried any more, in words; None where it is. `fails`: so does its receiver. What had no turn before is tried once
    where that is well.
    """
    if now <= one.began_at + WINDOW:
        return None
    if one.attempts > 0:
        return f"{one.last_answer} It was tried for 24 hours: replay it once the receiver is well."
    if fails:
        return "Never tried: for 24 hours it waited for its receiver, which was down. Replay it once the receiver is well."
    return None


def outcome(
    one: WebhookDelivery, job: Job, url: str, answer: Answer, now: datetime, jitter: Jitter
) -> Attempted:
    """What becomes of something after that answer: it is told, or tried again, or given up, as a test is at once."""
    status, words = answer.status, answer.words
    wish = retry_after(answer.retry_after or "", now) or 0.0

    def came(words: str, again_at: datetime | None, *, delivered: bool = False) -> Attempted:
        return Attempted(job, one.destination_id, one.id, url, status, words, delivered, again_at, wish)

    if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return came(words, None, delivered=True)
    if status == HTTPStatus.GONE:
        return came(f"{words} The receiver says that it is gone for good, so this is not tried again.", None)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** min(one.attempts, 10))
    again_at = now + timedelta(seconds=max(jitter(pause / 2, pause), wish))
    if one.event == owner_events.TEST or again_at > one.began_at + WINDOW:
        return came(words, None)
    return came(words, again_at)
