"""The destination and the stand-in, talking HTTP in one process: what one writes, the other understands."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from destinations import kit
from destinations.kit.testing import facts_of
from destinations.twilio_engage import definition, simulator
from destinations.twilio_engage.settings import TwilioEngageSettings
from gateway.configuration import folder
from gateway.configuration.documents import MappingDocument
from gateway.stand_in import settings_of

HOST = "127.0.0.1:4010"
ALLOWED = frozenset({HOST})
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = "+12025550142"
CALLBACK = "https://helio.example.com/webhooks/d1/status?delivery=0197-1"


class Listener(httpx.AsyncBaseTransport):
    """Stands where callbacks go."""

    def __init__(self) -> None:
        self.calls: list[kit.WebhookRequest] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.calls.append(kit.WebhookRequest(str(request.url), dict(request.headers.items()), body))
        return httpx.Response(204)


class Twilio:
    """The stand-in, and a gateway's part in talking to it: one request at a time, each made as it is."""

    def __init__(self) -> None:
        self.listener = Listener()
        self.simulator = simulator.Simulator(
            step=None, transport=self.listener, now=lambda: NOW, allow_remote_callbacks=True
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.simulator.app))

    async def make(self, request: kit.HttpRequest) -> kit.HttpResponse:
        headers = dict(request.headers)
        if request.auth is not None:
            headers["authorization"] = request.auth.header()
        answer = await self.http.request(request.method, request.url, headers=headers, content=request.body)
        return kit.HttpResponse(answer.status_code, dict(answer.headers.items()), answer.content)


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    stand_in = Twilio()
    async with stand_in.http:
        yield stand_in


@pytest.fixture
def account() -> TwilioEngageSettings:
    return TwilioEngageSettings.model_validate(
        {
            "accountSid": simulator.ACCOUNT_SID,
            "apiKeys": [{"sid": simulator.API_KEY_SID, "secret": simulator.API_KEY_SECRET}],
            "authToken": simulator.AUTH_TOKEN,
            "twilioHostname": HOST,
        }
    )


async def planned(twilio: Twilio, account: TwilioEngageSettings, **fields: Any) -> kit.Send:
    action = definition.action("sendSms")
    mapped = {
        "from": simulator.MAGIC_SENDER,
        "body": "Hello",
        "send": True,
        "traitEnrichment": True,
        **fields,
    }
    plan = await action.plan(
        kit.payload_of(action.payload, {"toNumber": NUMBER, **mapped}, account),
        kit.Context(
            settings=account,
            now=NOW,
            read=twilio.make,
            facts=facts_of(),
            callback_url=CALLBACK,
            allowed_hosts=ALLOWED,
        ),
    )
    assert isinstance(plan, kit.Send)
    return plan


@pytest.mark.parametrize("key", ["main", "standard"])
async def test_the_default_account_verifies(twilio: Twilio, account: TwilioEngageSettings, key: str) -> None:
    standard = kit.ApiKey.model_validate(
        {"sid": simulator.STANDARD_KEY_SID, "secret": simulator.STANDARD_KEY_SECRET}
    )
    chosen = account if key == "main" else account.model_copy(update={"api_keys": (standard,)})

    checks = [check async for check in definition.checks(chosen, twilio.make, ALLOWED)]

    assert [check.name for check in checks if not check.passed] == []


async def test_wrong_credentials_do_not_verify(twilio: Twilio, account: TwilioEngageSettings) -> None:
    wrong = kit.ApiKey.model_validate({"sid": simulator.API_KEY_SID, "secret": "wrong"})

    given = account.model_copy(update={"api_keys": (wrong,)})

    checks = [check async for check in definition.checks(given, twilio.make, ALLOWED)]

    assert [(check.name, check.code) for check in checks if not check.passed] == [
        ("credentials", "CREDENTIALS_REJECTED")
    ]


async def test_a_text_is_accepted_and_its_delivery_comes_back_signed(
    twilio: Twilio, account: TwilioEngageSettings
) -> None:
    plan = await planned(twilio, account)

    outcome = definition.action("sendSms").interpret(await twilio.make(plan.request))
    while await twilio.simulator.advance():
        pass

    [message] = twilio.simulator.messages
    assert outcome == kit.Accepted(message.sid, kit.MessageStatus.QUEUED, 1)
    assert definition.webhooks is not None
    said = [signal for call in twilio.listener.calls for signal in definition.webhooks.status(call, account)]
    assert said[-1] == kit.StatusChanged(message.sid, kit.MessageStatus.DELIVERED, delivery_id="0197-1")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+15005550001", "21211"),
        ("+15005550002", "21612"),
        ("+15005550003", "21408"),
        ("+15005550004", "21610"),
        ("+15005550009", "21614"),
    ],
)
async def test_a_magic_number_is_refused_with_twilios_code(
    twilio: Twilio, account: TwilioEngageSettings, number: str, code: str
) -> None:
    plan = await planned(twilio, account, toNumber=number)

    outcome = definition.action("sendSms").interpret(await twilio.make(plan.request))

    assert isinstance(outcome, kit.Rejected)
    assert (outcome.code, outcome.http_status, outcome.retryable) == (code, 400, False)
    assert twilio.simulator.messages == []


@pytest.mark.parametrize("by_date", [False, True])
async def test_a_message_whose_answer_was_lost_is_found_again(
    account: TwilioEngageSettings, twilio: Twilio, by_date: bool
) -> None:
    plan = await planned(twilio, account)
    twilio.simulator.steer({"action": "error", "code": 20500, "created": True})
    outcome = definition.action("sendSms").interpret(await twilio.make(plan.request))
    if by_date:
        await twilio.simulator.advance()
        await twilio.simulator.advance()

    async def taken(sids: Sequence[str]) -> frozenset[str]:
        return frozenset()

    found = await definition.action("sendSms").reconcile(
        [kit.Reconciliation("0197-1", plan.request, NOW, plan.recipient)],
        taken,
        kit.Context(settings=account, now=NOW, read=twilio.make, allowed_hosts=ALLOWED),
    )

    [message] = twilio.simulator.messages
    assert isinstance(outcome, kit.Uncertain)
    one = found["0197-1"]
    assert isinstance(one, kit.Accepted)
    assert one.message_sid == message.sid


async def test_a_message_that_was_never_created_is_not_found(
    account: TwilioEngageSettings, twilio: Twilio
) -> None:
    plan = await planned(twilio, account)

    async def taken(sids: Sequence[str]) -> frozenset[str]:
        return frozenset()

    found = await definition.action("sendSms").reconcile(
        [kit.Reconciliation("0197-1", plan.request, NOW, plan.recipient)],
        taken,
        kit.Context(settings=account, now=NOW, read=twilio.make, allowed_hosts=ALLOWED),
    )

    assert found == {"0197-1": None}


async def nobodys(_sids: Sequence[str]) -> frozenset[str]:
    return frozenset()


@pytest.mark.parametrize("by_date", [False, True])
async def test_many_messages_whose_answers_were_lost_are_found_in_one_list(
    account: TwilioEngageSettings, twilio: Twilio, by_date: bool
) -> None:
    numbers = [f"+1202555{n:04d}" for n in range(120, 130)]
    plans = [await planned(twilio, account, toNumber=number) for number in numbers]
    for plan in plans[:-1]:
        await twilio.make(plan.request)
    if by_date:
        await twilio.simulator.advance()
        await twilio.simulator.advance()
    reads: list[str] = []

    async def read(request: kit.HttpRequest) -> kit.HttpResponse:
        reads.append(request.url.partition("?")[2])
        return await twilio.make(request)

    found = await definition.action("sendSms").reconcile(
        [kit.Reconciliation(plan.recipient, plan.request, NOW, plan.recipient) for plan in plans],
        nobodys,
        kit.Context(settings=account, now=NOW, read=read, allowed_hosts=ALLOWED),
    )

    sids = {number: one.message_sid for number, one in found.items() if isinstance(one, kit.Accepted)}
    assert sids == {message.draft.to.text: message.sid for message in twilio.simulator.messages}
    assert found[numbers[-1]] is None
    sender = "From=%2B15005550006"
    assert reads == [f"{sender}&PageSize=180&DateSent%3E=2026-11-20", f"{sender}&PageSize=180"]


@pytest.mark.parametrize("count", [2, 25])
async def test_what_became_of_messages_is_asked_for(
    account: TwilioEngageSettings, twilio: Twilio, count: int
) -> None:
    numbers = [f"+1202555{n:04d}" for n in range(120, 120 + count)]
    twilio.simulator.steer({"action": "status", "status": "undelivered", "code": 30003, "to": numbers[0]})
    for number in numbers:
        await twilio.make((await planned(twilio, account, toNumber=number)).request)
    for _ in range(3):
        await twilio.simulator.advance()
    messages = twilio.simulator.messages
    reads: list[str] = []

    async def read(request: kit.HttpRequest) -> kit.HttpResponse:
        reads.append(request.url)
        return await twilio.make(request)

    assert definition.follow is not None
    said = await definition.follow(
        [
            kit.Following(one.sid, one.sid, one.from_ or "", one.draft.to.text, kit.Channel.SMS, NOW)
            for one in messages
        ],
        kit.Context(settings=account, now=NOW, read=read, allowed_hosts=ALLOWED),
    )

    first = said[messages[0].sid]
    assert isinstance(first, tuple)
    (failed,) = first
    assert isinstance(failed, kit.StatusChanged)
    assert (failed.status, failed.provider_code) == (kit.MessageStatus.UNDELIVERED, "30003")
    assert [said[one.sid] for one in messages[1:]] == [
        (kit.StatusChanged(one.sid, kit.MessageStatus.DELIVERED, price="-0.00750 USD", segments=1),)
        for one in messages[1:]
    ]
    assert len(reads) == (2 if count == 2 else 1)


def test_the_demo_uses_the_stand_ins_own_account() -> None:
    assert definition.demo is not None
    settings = settings_of(definition, definition.demo, HOST)
    fields = {
        one.document.mapping: one.document.fields
        for one in folder.documents(definition.demo.folder)
        if isinstance(one.document, MappingDocument)
    }

    assert (settings["accountSid"], settings["authToken"]) == (simulator.ACCOUNT_SID, simulator.AUTH_TOKEN)
    assert {name: own["from"] for name, own in fields.items()} == {
        "identify_welcome_sms": simulator.MAGIC_SENDER,
        "audience_entered_sms": simulator.MAGIC_SENDER,
        "track_order_whatsapp": simulator.WHATSAPP_SENDER,
    }
    assert fields["track_order_whatsapp"]["contentSid"] == simulator.TEMPLATE_SID
    assert definition.validate_settings(TwilioEngageSettings.model_validate(settings), ALLOWED) == ()
