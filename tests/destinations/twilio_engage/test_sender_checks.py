"""The senders that a destination uses, as a verification finds them."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from destinations import kit
from destinations.kit import Expected
from destinations.twilio_engage import definition, sender_checks
from destinations.twilio_engage.mending import verifying
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    DEFAULT_ACCOUNTS,
    OTHER_SENDER,
    SENDER,
    SERVICE_SID,
    STANDARD_KEY_SECRET,
    STANDARD_KEY_SID,
    TEST_ACCOUNT_SID,
    TEST_AUTH_TOKEN,
    WHATSAPP_SENDER,
    Account,
    ApiKey,
    SenderUrls,
    Service,
    Simulator,
)
from tests.factories import NOW

HOST = "127.0.0.1:4010"
HERE = "https://texts.example.com/webhooks/dst_1/inbound"
EMPTY = "MG" + "7" * 32
RESTRICTED = ApiKey("SK" + "7" * 32, "restricted", messages=False)
OURS = DEFAULT_ACCOUNTS[0]


class Asked:
    """The simulator, asked as the gateway asks, with the checks by name."""

    def __init__(self, account: Account) -> None:
        self.simulator = Simulator([account, *DEFAULT_ACCOUNTS[1:]])
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(self.simulator.app))
        american = Simulator([replace(account, auth_token="6" * 32, keys=())])
        self._american = httpx.AsyncClient(transport=httpx.ASGITransport(american.app))

    async def read(self, request: kit.HttpRequest) -> kit.HttpResponse:
        """The account is of IE1, wherever it is asked for but in US1, which has other credentials for it."""
        assert request.auth is not None
        auth = (request.auth.username, request.auth.password.get_secret_value())
        is_american = request.url.startswith("https://api.twilio.com/")
        answer = await (self._american if is_american else self._client).get(request.url, auth=auth)
        return kit.HttpResponse(answer.status_code, dict(answer.headers), answer.content)

    async def verify(
        self,
        *named: str,
        here: str | None = None,
        sender_ids: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> dict[str, kit.Check]:
        given = {
            "accountSid": ACCOUNT_SID,
            "apiKeys": [{"sid": API_KEY_SID, "secret": API_KEY_SECRET}],
            "authToken": AUTH_TOKEN,
            "twilioHostname": HOST,
            "defaultCountry": "US",
            **settings,
        }
        read = TwilioEngageSettings.model_validate(given)
        hosts = frozenset({HOST})
        checks = [one async for one in definition.checks(read, self.read, hosts)]
        if all(one.passed for one in checks):
            context = kit.Context(settings=read, now=NOW, read=self.read, allowed_hosts=hosts)
            checks += await sender_checks.check_senders(
                context, Expected(named, here, sender_ids=sender_ids or {})
            )
        return {one.name: one for one in checks}

    async def close(self) -> None:
        await self._client.aclose()
        await self._american.aclose()


Ask = Callable[..., Asked]


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    made: list[Asked] = []

    def build(**changes: Any) -> Asked:
        made.append(Asked(replace(OURS, **changes)))
        return made[-1]

    yield build
    for one in made:
        await one.close()


Situation = tuple[dict[str, Any], dict[str, Any], str, bool, str | None]
SITUATIONS: tuple[Situation, ...] = (
    ({}, {"apiKeys": []}, "credentials", True, None),
    (
        {},
        {"apiKeys": [{"sid": STANDARD_KEY_SID, "secret": STANDARD_KEY_SECRET}]},
        "credentials",
        True,
        "STANDARD_KEY",
    ),
    (
        {"keys": (RESTRICTED,)},
        {"apiKeys": [{"sid": RESTRICTED.sid, "secret": RESTRICTED.secret}]},
        "credentials",
        False,
        "KEY_LACKS_MESSAGES",
    ),
    (
        {},
        {"accountSid": TEST_ACCOUNT_SID, "authToken": TEST_AUTH_TOKEN, "apiKeys": []},
        "credentials",
        True,
        "TEST_CREDENTIALS",
    ),
    ({"status": "suspended"}, {}, "account", False, "ACCOUNT_SUSPENDED"),
    ({"trial": True}, {}, "account", True, "TRIAL"),
    ({}, {"twilioHostname": None, "apiKeys": []}, "credentials", False, "WRONG_REGION"),
    ({}, {"defaultSender": "+12025550199"}, "defaultSender", False, "SENDER_FOREIGN"),
    ({"services": (Service(EMPTY),)}, {"defaultSender": EMPTY}, "defaultSender", False, "SERVICE_EMPTY"),
    ({}, {"twilioHostname": "ftp://api.twilio.com"}, "host", False, "HOST_NOT_ALLOWED"),
    ({}, {"twilioHostname": "api.ie1.twilio.com"}, "host", False, "HOST_SWITCHED_OFF"),
)
"""How the account and the settings are, and what check then tells of it: a good token, a good standard key, a restricted one that lacks
Messages, test credentials, a suspended account, a trial, a foreign number, an empty service, a wrong region, an ftp:// host, a dead one.
"""


def test_there_are_eleven_situations_and_no_two_have_one_code() -> None:
    codes = [code for *_, code in SITUATIONS]

    assert (len(codes), len(set(codes))) == (11, 11)


@pytest.mark.parametrize(
    ("account", "settings", "name", "passed", "code"),
    [*SITUATIONS, ({}, {"authToken": "5" * 32, "apiKeys": []}, "credentials", False, "CREDENTIALS_REJECTED")],
)
async def test_each_situation_has_a_code_of_its_own(
    ask: Ask, account: dict[str, Any], settings: dict[str, Any], name: str, passed: bool, code: str | None
) -> None:
    checks = await ask(**account).verify(**settings)

    assert (checks[name].passed, checks[name].code) == (passed, code)
    assert [one.name for one in checks.values() if not one.passed] == ([] if passed else [name])
    if not passed:
        assert checks[name].message
        assert checks[name].remedy


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        (SENDER, "+12025550100: SMS, MMS."),
        ("202 555 0100", "+12025550100: SMS, MMS."),
        ("20255", "20255: SMS."),
        (SERVICE_SID, f"Simulated service ({SERVICE_SID}): SMS, MMS, WHATSAPP."),
        (WHATSAPP_SENDER, "Simulated account (+12025550100): WHATSAPP."),
        ("Northwind", "Northwind: SMS."),
    ],
)
async def test_a_sender_that_the_account_has_passes(ask: Ask, sender: str, said: str) -> None:
    checks = await ask().verify(defaultSender=sender)

    assert checks["defaultSender"] == kit.Check("defaultSender", passed=True, message=said)


async def test_a_name_that_no_service_holds_needs_no_entry(ask: Ask) -> None:
    checks = await ask().verify(defaultSender="Elsewhere")

    assert checks["defaultSender"] == kit.Check(
        "defaultSender", passed=True, message="Elsewhere is a name, which needs no entry with Twilio."
    )


async def test_a_mappings_own_sender_fails_no_destination(ask: Ask) -> None:
    checks = await ask().verify("+12025550199", OTHER_SENDER, defaultSender=SENDER)

    wrong = checks["sender +12025550199"]
    assert (wrong.passed, wrong.code) == (True, "SENDER_FOREIGN")
    assert wrong.message == (
        "The account has no sender +12025550199: Twilio would refuse what is sent from it (error 21660 or 21606). "
        "The mappings that name it can't send."
    )
    assert (checks[f"sender {OTHER_SENDER}"].passed, checks[f"sender {OTHER_SENDER}"].code) == (True, None)


@pytest.mark.parametrize(
    ("urls", "code", "goes"),
    [
        ({OTHER_SENDER: SenderUrls(inbound=HERE)}, None, ""),
        ({OTHER_SENDER: SenderUrls(inbound=f"{HERE}#rc=3")}, None, ""),
        (
            {OTHER_SENDER: SenderUrls(inbound="https://old.example.com/sms?secret=1")},
            "INBOUND_WEBHOOK",
            "to old.example.com",
        ),
        (
            {OTHER_SENDER: SenderUrls(inbound=HERE.replace("dst_1", "dst_2"))},
            "INBOUND_WEBHOOK",
            "to texts.example.com",
        ),
        ({}, "INBOUND_WEBHOOK", "nowhere"),
    ],
)
async def test_it_says_where_peoples_messages_go(
    ask: Ask, urls: dict[str, SenderUrls], code: str | None, goes: str
) -> None:
    checks = await ask(urls=urls).verify(here=HERE, defaultSender=OTHER_SENDER)

    check = checks[f"inbound {OTHER_SENDER}"]
    assert (check.passed, check.code) == (True, code)
    if code is not None:
        assert f" goes {goes} and not here: " in (check.message or "")
        assert "secret" not in (check.message or "")
        way = (
            f"Have it call {HERE} for incoming messages, by POST, in the Twilio console, then {verifying()}."
        )
        assert check.remedy == way


@pytest.mark.parametrize(
    ("inbound", "way"),
    [
        (
            None,
            'Have it call here: run mutation { senderConnect(input: {id: "snd_1"}) { job { id status } errors { message } } }',
        ),
        (
            "https://old.example.com/sms",
            (
                'Have it call here instead: run mutation { senderConnect(input: {id: "snd_1", '
                'expectedUrl: "https://old.example.com/sms"}) { job { id status } errors { message } } }'
            ),
        ),
        (
            "https://old.example.com/sms?secret=1",
            (
                'Have it call here instead: see what it calls now by query { node(id: "snd_1") { ... on Sender { inboundUrl } } }, and run '
                'mutation { senderConnect(input: {id: "snd_1", expectedUrl: "<its inboundUrl>"}) { job { id status } errors { message } } } '
                "with that"
            ),
        ),
    ],
)
async def test_a_sender_that_is_known_here_is_connected_from_here(
    ask: Ask, inbound: str | None, way: str
) -> None:
    urls = {OTHER_SENDER: SenderUrls(inbound=inbound)}

    checks = await ask(urls=urls).verify(
        here=HERE, sender_ids={OTHER_SENDER: "snd_1"}, defaultSender=OTHER_SENDER
    )

    assert checks[f"inbound {OTHER_SENDER}"].remedy == f"{way}, then {verifying()}."


async def test_of_a_number_in_a_pool_its_service_is_connected(ask: Ask) -> None:
    service = Service(SERVICE_SID, (SENDER,))
    known = {SENDER: "snd_1", SERVICE_SID: "snd_2"}

    checks = await ask(services=(service,)).verify(here=HERE, sender_ids=known, defaultSender=SENDER)

    remedy = checks[f"inbound {SENDER}"].remedy or ""
    assert remedy.startswith('Have it call here: run mutation { senderConnect(input: {id: "snd_2"}) {')


async def test_a_number_in_a_pool_goes_where_its_service_says(ask: Ask) -> None:
    service = Service(SERVICE_SID, (SENDER,), inbound_request_url=HERE)
    checks = await ask(services=(service,)).verify(here=HERE, defaultSender=SENDER)

    assert checks[f"inbound {SENDER}"] == kit.Check(f"inbound {SENDER}", passed=True)


async def test_without_a_public_address_nothing_is_said_of_webhooks(ask: Ask) -> None:
    checks = await ask().verify(defaultSender=SENDER)

    assert f"inbound {SENDER}" not in checks


@pytest.mark.parametrize(
    ("policy", "entity", "becomes"),
    [
        (
            kit.Policy(allowed_countries=frozenset({"IN"})),
            None,
            "goes by the international route, from a random number",
        ),
        (kit.Policy(require_dlt_for_india=True), " ", "is suppressed, as the policy says"),
        (kit.Policy(require_dlt_for_india=True), "1101234567", None),
        (kit.Policy(allowed_countries=frozenset({"US"})), None, None),
        (kit.Policy(), None, None),
    ],
)
async def test_who_is_to_text_india_is_told_what_that_needs(
    settings: Callable[..., TwilioEngageSettings],
    reader: Callable[..., kit.Read],
    policy: kit.Policy,
    entity: str | None,
    becomes: str | None,
) -> None:
    context = kit.Context(settings=settings(defaultSender=None, dltEntityId=entity), now=NOW, read=reader())

    checks = await sender_checks.check_senders(context, Expected(policy=policy))

    assert [(one.name, one.passed, one.code, one.message) for one in checks] == (
        []
        if becomes is None
        else [
            (
                "dlt",
                True,
                "DLT_REQUIRED",
                f"The destination has no dltEntityId: what it sends to India {becomes}.",
            )
        ]
    )


async def test_lists_that_can_not_be_read_are_a_note(
    settings: Callable[..., TwilioEngageSettings],
    reader: Callable[..., kit.Read],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(_: object) -> None:
        raise kit.RetryableError("Twilio did not answer.")

    monkeypatch.setattr(sender_checks, "list_senders", fail)
    context = kit.Context(settings=settings(defaultSender=SENDER), now=NOW, read=reader())

    (check,) = await sender_checks.check_senders(context, Expected())

    assert (check.name, check.passed, check.code) == ("senders", True, "SENDERS_NOT_READ")
    assert check.message == (
        "The account's senders could not be listed, so that nothing is known of those that are used: Twilio did not answer."
    )
