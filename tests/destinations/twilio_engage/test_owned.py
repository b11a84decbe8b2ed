"""What the account has, as its lists show it: every sender and template once, and all of a list or nothing of it."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from destinations import kit
from destinations.kit import (
    Button,
    ButtonKind,
    Channel,
    OwnedSender,
    OwnedTemplate,
    SenderKind,
    TemplateApproval,
    TemplateForm,
)
from destinations.twilio_engage import owned_senders, owned_templates, simulator
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.owned import sid_of

HOST = "127.0.0.1:4010"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ACCOUNT = simulator.DEFAULT_ACCOUNTS[0]
SMS, MMS, WHATSAPP = Channel.SMS, Channel.MMS, Channel.WHATSAPP
K = SenderKind
Answer = Callable[[httpx.Request], httpx.Response | None]


class Account:
    """The stand-in's account, read as a gateway does. `instead` answers what a test wants to be answered otherwise."""

    def __init__(self) -> None:
        self.simulator = simulator.Simulator()
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.simulator.app))
        self.instead: Answer = lambda _: None
        self.asked: list[str] = []

    async def read(self, request: kit.HttpRequest) -> kit.HttpResponse:
        assert request.method == "GET"
        assert request.auth is not None
        self.asked.append(request.url)
        own = httpx.Request("GET", request.url, headers={"authorization": request.auth.header()})
        answer = self.instead(own) or await self.client.send(own)
        return kit.HttpResponse(answer.status_code, dict(answer.headers), answer.content)

    @property
    def context(self) -> kit.Context[TwilioEngageSettings]:
        settings = TwilioEngageSettings.model_validate(
            {
                "accountSid": simulator.ACCOUNT_SID,
                "apiKeys": [{"sid": simulator.STANDARD_KEY_SID, "secret": simulator.STANDARD_KEY_SECRET}],
                "twilioHostname": HOST,
            }
        )
        return kit.Context(settings, NOW, self.read, allowed_hosts=frozenset({HOST}))

    async def senders(self) -> dict[str, OwnedSender]:
        listed = (await owned_senders.list_senders(self.context)).senders
        found = {one.address: one for one in listed}
        assert len(found) == len(listed)
        return found


@pytest.fixture
async def account(anyio_backend: str) -> AsyncIterator[Account]:
    one = Account()
    async with one.client:
        yield one


def refusing(part: str, status: int) -> Answer:
    body = {"code": 20003, "message": "Authenticate"}
    return lambda request: httpx.Response(status, json=body) if part in str(request.url) else None


def sid(address: str) -> str:
    return sid_of(ACCOUNT, Address.read(address))


async def test_lists_every_sender_once_with_what_it_can_do(account: Account) -> None:
    listed = await owned_senders.list_senders(account.context)

    number, service = simulator.SENDER, simulator.SERVICE_SID
    assert listed == kit.SenderList(
        (
            OwnedSender(
                number, K.PHONE_NUMBER, number, (SMS, MMS), sid(number), "US", pool=service, by_pool=True
            ),
            OwnedSender(
                "+12025550101", K.PHONE_NUMBER, "+12025550101", (SMS, MMS), sid("+12025550101"), "US"
            ),
            OwnedSender(
                "+15005550006", K.PHONE_NUMBER, "+15005550006", (SMS, MMS), sid("+15005550006"), "US"
            ),
            OwnedSender(
                "20255", K.SHORT_CODE, "20255", (SMS,), sid("20255"), "US", pool=service, by_pool=True
            ),
            OwnedSender(
                f"whatsapp:{number}",
                K.WHATSAPP_SENDER,
                f"Simulated account ({number})",
                (WHATSAPP,),
                sid(f"whatsapp:{number}"),
                "US",
                pool=service,
            ),
            OwnedSender("Northwind", K.ALPHANUMERIC, "Northwind", (SMS,), sid("Northwind"), pool=service),
            OwnedSender(
                service, K.MESSAGING_SERVICE, f"Simulated service ({service})", (SMS, MMS, WHATSAPP), service
            ),
        )
    )


async def test_shows_where_what_people_write_goes(account: Account) -> None:
    own = simulator.SenderUrls("https://own.example/in")
    urls = dict.fromkeys((simulator.SENDER, simulator.WHATSAPP_SENDER), own)
    [service] = ACCOUNT.services
    account.simulator.change(
        simulator.Account(
            ACCOUNT.sid,
            ACCOUNT.auth_token,
            keys=ACCOUNT.keys,
            senders=ACCOUNT.senders,
            urls=urls,
            services=(
                simulator.Service(
                    service.sid,
                    service.senders,
                    inbound_request_url="https://service.example/in",
                    use_inbound_webhook_on_number=True,
                ),
            ),
        )
    )

    found = await account.senders()

    assert {address: (one.inbound_url, one.by_pool) for address, one in found.items()} == {
        simulator.SENDER: ("https://own.example/in", False),
        "+12025550101": (None, False),
        "+15005550006": (None, False),
        "20255": (None, False),
        simulator.WHATSAPP_SENDER: ("https://own.example/in", False),
        "Northwind": (None, False),
        service.sid: ("https://service.example/in", False),
    }


async def test_reads_a_long_list_page_by_page_from_the_host_it_began_at(account: Account) -> None:
    numbers = [f"+1202555{number:04d}" for number in range(1000, 1900)]
    account.simulator.change(
        simulator.Account(ACCOUNT.sid, ACCOUNT.auth_token, keys=ACCOUNT.keys, senders=tuple(numbers))
    )

    found = await account.senders()

    pages = [url for url in account.asked if "IncomingPhoneNumbers" in url]
    assert list(found) == numbers
    assert len(pages) == 3
    assert {httpx.URL(url).netloc for url in account.asked} == {HOST.encode()}


async def test_follows_no_page_to_another_host(account: Account) -> None:
    def astray(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/Services" or "PageToken" in str(request.url):
            return None
        meta = {"next_page_url": "https://elsewhere.example/v1/Services?PageToken=PAx&PageSize=1"}
        return httpx.Response(200, json={"services": [], "meta": meta})

    account.instead = astray

    with pytest.raises(kit.IntegrationError):  # the stand-in knows no such token
        await account.senders()

    assert {httpx.URL(url).host for url in account.asked} == {"127.0.0.1"}


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize(
    ("part", "unread", "left"),
    [
        (
            "IncomingPhoneNumbers",
            {K.PHONE_NUMBER},
            {K.SHORT_CODE, K.WHATSAPP_SENDER, K.ALPHANUMERIC, K.MESSAGING_SERVICE},
        ),
        (
            "SMS/ShortCodes",
            {K.SHORT_CODE},
            {K.PHONE_NUMBER, K.WHATSAPP_SENDER, K.ALPHANUMERIC, K.MESSAGING_SERVICE},
        ),
        (
            "/v1/Services",
            {K.MESSAGING_SERVICE, K.ALPHANUMERIC},
            {K.PHONE_NUMBER, K.SHORT_CODE, K.WHATSAPP_SENDER},
        ),
        ("/v2/Channels", {K.WHATSAPP_SENDER}, set(K)),
    ],
)
async def test_says_which_kinds_the_credentials_may_not_see(
    account: Account, part: str, unread: set[K], left: set[K], status: int
) -> None:
    account.instead = refusing(part, status)

    listed = await owned_senders.list_senders(account.context)

    assert listed.unread == unread
    assert {one.kind for one in listed.senders} == left


async def test_is_no_list_where_none_of_it_may_be_seen(account: Account) -> None:
    account.instead = refusing("/", 401)

    with pytest.raises(kit.InvalidAuthenticationError):
        await owned_senders.list_senders(account.context)


@pytest.mark.parametrize("part", ["IncomingPhoneNumbers", "AlphaSenders"])
async def test_is_no_list_where_a_part_of_it_failed(account: Account, part: str) -> None:
    account.instead = refusing(part, 500)

    with pytest.raises(kit.RetryableError):
        await owned_senders.list_senders(account.context)


async def test_is_no_list_where_a_page_shows_none(account: Account) -> None:
    account.instead = lambda request: (
        httpx.Response(200, json={}) if "ShortCodes" in str(request.url) else None
    )

    with pytest.raises(kit.RetryableError, match="without a list of `short_codes`"):
        await owned_senders.list_senders(account.context)


async def test_is_no_list_where_it_never_ends(account: Account) -> None:
    def endless(request: httpx.Request) -> httpx.Response | None:
        if "IncomingPhoneNumbers" not in str(request.url):
            return None
        return httpx.Response(
            200, json={"incoming_phone_numbers": [], "next_page_uri": request.url.raw_path.decode()}
        )

    account.instead = endless

    with pytest.raises(kit.IntegrationError, match="more than 50 pages"):
        await owned_senders.list_senders(account.context)


async def test_lists_the_templates_with_their_variables_and_what_whatsapp_said(account: Account) -> None:
    listed = {one.sid: one for one in await owned_templates.list_templates(account.context)}

    assert len(listed) == len(simulator.DEFAULT_TEMPLATES)
    assert listed[simulator.TEMPLATE_SID] == OwnedTemplate(
        simulator.TEMPLATE_SID,
        "order_on_its_way",
        "en",
        ("twilio/text",),
        TemplateApproval.APPROVED,
        variables={"1": "Ada", "2": "A-1001"},
        forms=(TemplateForm("twilio/text", "Hello {{1}}, your order {{2}} is on its way."),),
    )
    rejected = listed[simulator.REJECTED_TEMPLATE_SID]
    assert (rejected.approval, rejected.rejection_reason) == (TemplateApproval.REJECTED, "INVALID_FORMAT")
    assert listed[simulator.UNSUBMITTED_TEMPLATE_SID].approval is TemplateApproval.UNSUBMITTED
    assert listed[simulator.PAUSED_TEMPLATE_SID].approval is TemplateApproval.PAUSED
    assert listed[simulator.QUICK_REPLY_TEMPLATE_SID].types == ("twilio/quick-reply", "twilio/text")
    assert listed[simulator.QUICK_REPLY_TEMPLATE_SID].forms == (
        TemplateForm(
            "twilio/quick-reply",
            "Hello {{1}}, does {{2}} suit you for the delivery?",
            buttons=(
                Button("Yes", ButtonKind.REPLY, "slot-yes"),
                Button("Not {{2}}", ButtonKind.REPLY, "slot-no"),
            ),
        ),
        TemplateForm("twilio/text", "Hello {{1}}, does {{2}} suit you for the delivery? Answer YES or NO."),
    )


@pytest.mark.parametrize(
    ("said", "approval", "why"),
    [
        ({"whatsapp": {"status": "approved", "rejection_reason": ""}}, TemplateApproval.APPROVED, None),
        ({"status": "rejected", "rejection_reason": "ABUSIVE"}, TemplateApproval.REJECTED, "ABUSIVE"),
        (None, TemplateApproval.UNSUBMITTED, None),
        ({}, TemplateApproval.UNSUBMITTED, None),
        (
            {"status": "archived"},
            TemplateApproval.DISABLED,
            'WhatsApp says "archived" of it, which is not known here.',
        ),
    ],
)
async def test_reads_an_approval_in_either_form_and_none_more_freely_than_it_is(
    account: Account, said: Any, approval: TemplateApproval, why: str | None
) -> None:
    one = {
        "sid": "HX1",
        "friendly_name": "n",
        "language": "de",
        "types": {"twilio/text": {"body": "{{10}} {{2}}"}},
    }
    body = {
        "contents": [{**one, "variables": {"2": "b"}, "approval_requests": said}],
        "meta": {"next_page_url": None},
    }
    account.instead = lambda _: httpx.Response(200, text=json.dumps(body))

    assert await owned_templates.list_templates(account.context) == (
        OwnedTemplate(
            "HX1",
            "n",
            "de",
            ("twilio/text",),
            approval,
            why,
            {"2": "b", "10": None},
            (TemplateForm("twilio/text", "{{10}} {{2}}"),),
        ),
    )


async def test_nothing_follows_from_a_list_without_a_published_shape_that_shows_nothing(
    account: Account,
) -> None:
    account.simulator.change(
        simulator.Account(ACCOUNT.sid, ACCOUNT.auth_token, keys=ACCOUNT.keys, senders=(simulator.SENDER,))
    )

    listed = await owned_senders.list_senders(account.context)

    assert [one.address for one in listed.senders] == [simulator.SENDER]
    assert listed.unread == {K.SHORT_CODE, K.WHATSAPP_SENDER}
