"""A plan of Send SMS with everything valid: a test overrides the one thing it is about."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from destinations import kit
from destinations.kit.ports import ConsentLedger
from destinations.kit.testing import facts_of
from destinations.twilio_engage import send_sms, send_whatsapp
from destinations.twilio_engage.settings import TwilioEngageSettings
from mappings import compile_fields

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = "+12025550142"
FIELDS: dict[str, Any] = {
    "userId": "ada",
    "from": "+15005550006",
    "body": "Hello",
    "send": True,
    "traitEnrichment": True,
    "externalIds": [
        {"type": "phone", "id": NUMBER, "channelType": "sms", "subscriptionStatus": "subscribed"}
    ],
}
SENDER = "+12025550100"
WHATSAPP_FIELDS: dict[str, Any] = {
    "from": f"whatsapp:{SENDER}",
    "contentSid": "HX" + "0" * 32,
    "send": True,
    "traitEnrichment": True,
    "externalIds": [
        {"type": "phone", "id": NUMBER, "channelType": "whatsapp", "subscriptionStatus": "subscribed"}
    ],
}
SETTINGS: dict[str, Any] = {
    "accountSid": "AC" + "0" * 32,
    "apiKeys": [{"sid": "SK" + "0" * 32, "secret": "s3cret"}],
    "authToken": "t0ken",
}

Answers = list[kit.HttpResponse]


@dataclass
class Planned:
    """What a plan decided, what it saw on the way and what it read."""

    plan: kit.Plan
    trace: kit.Trace
    reads: list[kit.HttpRequest]

    @property
    def gates(self) -> list[tuple[str, bool]]:
        return [(line.gate, line.passed) for line in self.trace.results]

    @property
    def form(self) -> dict[str, str]:
        assert isinstance(self.plan, kit.Send)
        return dict(self.plan.request.form)

    @property
    def reason(self) -> str:
        assert isinstance(self.plan, kit.Hold | kit.Suppress)
        return self.plan.reason.value


@dataclass
class Reader:
    """Gives prepared answers, in their order, and keeps the requests."""

    answers: Answers = field(default_factory=list)
    requests: list[kit.HttpRequest] = field(default_factory=list)

    async def __call__(self, request: kit.HttpRequest) -> kit.HttpResponse:
        self.requests.append(request)
        return self.answers.pop(0)


PlanAction = Callable[..., Awaitable[Planned]]
PlanSms = PlanAction
PlanWhatsApp = PlanAction


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One backend, named in no test's id, so that snapshots keep their names."""
    return "asyncio"


@pytest.fixture
def settings() -> Callable[..., TwilioEngageSettings]:
    """Valid settings, with what is given in their outside names."""

    def build(**changes: Any) -> TwilioEngageSettings:
        return TwilioEngageSettings.model_validate({**SETTINGS, **changes})

    return build


@pytest.fixture
def reader() -> Callable[..., Reader]:
    """A reader with answers: (status, JSON) each."""

    def build(*answers: tuple[int, Any]) -> Reader:
        return Reader([kit.HttpResponse(status, body=_json(body)) for status, body in answers])

    return build


def _json(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def plan_sms(settings: Callable[..., TwilioEngageSettings], reader: Callable[..., Reader]) -> PlanSms:
    """Plans one SMS to somebody who agreed. `fields`, `settings`, facts and context can be overridden."""
    return _planner(send_sms.action, FIELDS, settings, reader)


@pytest.fixture
def plan_whatsapp(
    settings: Callable[..., TwilioEngageSettings], reader: Callable[..., Reader]
) -> PlanWhatsApp:
    """Plans one template on WhatsApp to somebody who agreed, as `plan_sms`."""
    return _planner(send_whatsapp.action, WHATSAPP_FIELDS, settings, reader)


def _planner(
    action: kit.ActionDefinition,
    valid: dict[str, Any],
    settings: Callable[..., TwilioEngageSettings],
    reader: Callable[..., Reader],
) -> PlanAction:
    async def plan(
        fields: dict[str, Any] | None = None,
        *,
        own_settings: dict[str, Any] | None = None,
        person: kit.Person | kit.Unknown | None = kit.UNKNOWN,
        consents: dict[str, kit.Consent] | None = None,
        inbound: dict[tuple[str, str], datetime] | None = None,
        senders: dict[str, kit.SenderState | None] | None = None,
        in_review: dict[str, str] | None = None,
        told: dict[str, datetime] | None = None,
        ledger: ConsentLedger | None = None,
        answers: tuple[tuple[int, Any], ...] = (),
        configured: dict[str, str] | None = None,
        **context: Any,
    ) -> Planned:
        facts = facts_of(
            person=person, consents=consents, inbound=inbound, senders=senders, in_review=in_review, told=told
        )
        trace, read = context.pop("trace", kit.Trace()), reader(*answers)
        chosen = settings(**(own_settings or {}))
        mapped = compile_fields({**valid, **(fields or {})})({})
        payload = kit.payload_of(action.payload, mapped, chosen, configured or {})
        decided = await action.plan(
            payload,
            kit.Context(
                settings=chosen,
                read=read,
                facts=facts if ledger is None else msgspec.structs.replace(facts, consent=ledger),
                trace=trace,
                **{"now": NOW, "occurred_at": NOW, **context},
            ),
        )
        return Planned(decided, trace, read.requests)

    return plan
