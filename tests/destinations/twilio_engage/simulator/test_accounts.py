from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    DEFAULT_ACCOUNTS,
    SENDER,
    STANDARD_KEY_SECRET,
    STANDARD_KEY_SID,
    TEST_ACCOUNT_SID,
    TEST_AUTH_TOKEN,
    ApiKey,
    Simulator,
)

ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}.json"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
TEST_MESSAGES = f"/2010-04-01/Accounts/{TEST_ACCOUNT_SID}/Messages.json"
FORM = {"To": "+12025550142", "From": SENDER, "Body": "Hello"}
AUTHENTICATE = {
    "code": 20003,
    "message": "Authenticate",
    "more_info": "https://www.twilio.com/docs/errors/20003",
    "status": 401,
}

Connect = Callable[..., httpx.AsyncClient]


@pytest.mark.parametrize("auth", [(ACCOUNT_SID, AUTH_TOKEN), (API_KEY_SID, API_KEY_SECRET)])
async def test_shows_the_account_to_its_token_and_to_a_main_key(
    simulator: Simulator, connect: Connect, auth: tuple[str, str]
) -> None:
    async with connect(simulator, auth) as client:
        answer = await client.get(ACCOUNT)

    assert answer.status_code == 200
    assert answer.json() == {
        "auth_token": AUTH_TOKEN,
        "date_created": "Sat, 21 Nov 2026 09:30:00 +0000",
        "date_updated": "Sat, 21 Nov 2026 09:30:00 +0000",
        "friendly_name": "Simulated account",
        "owner_account_sid": ACCOUNT_SID,
        "sid": ACCOUNT_SID,
        "status": "active",
        "subresource_uris": {
            "incoming_phone_numbers": MESSAGES.replace("Messages", "IncomingPhoneNumbers"),
            "messages": MESSAGES,
            "short_codes": MESSAGES.replace("Messages", "SMS/ShortCodes"),
        },
        "type": "Full",
        "uri": ACCOUNT,
    }


async def test_a_standard_key_may_send_and_list_but_not_read_the_account(
    simulator: Simulator, connect: Connect
) -> None:
    async with connect(simulator, (STANDARD_KEY_SID, STANDARD_KEY_SECRET)) as client:
        account = await client.get(ACCOUNT)
        sent = await client.post(MESSAGES, data=FORM)
        listed = await client.get(MESSAGES, params={"PageSize": 1})

    assert (account.status_code, account.json()) == (401, AUTHENTICATE)
    assert sent.status_code == 201
    assert [message["sid"] for message in listed.json()["messages"]] == [sent.json()["sid"]]


@pytest.mark.parametrize(
    "auth",
    [
        None,
        (ACCOUNT_SID, "wrong"),
        (API_KEY_SID, "wrong"),
        (API_KEY_SID, STANDARD_KEY_SECRET),
        ("SK00000000000000000000000000000099", API_KEY_SECRET),
        (TEST_ACCOUNT_SID, TEST_AUTH_TOKEN),
        ("", ""),
    ],
    ids=[
        "none",
        "wrong token",
        "wrong secret",
        "another key's secret",
        "unknown key",
        "another account",
        "empty",
    ],
)
async def test_wrong_credentials_are_answered_401_and_make_nothing(
    simulator: Simulator, connect: Connect, auth: tuple[str, str] | None
) -> None:
    async with connect(simulator, auth) as client:
        answer = await client.post(MESSAGES, data=FORM)

    assert (answer.status_code, answer.json()) == (401, AUTHENTICATE)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert simulator.messages == []


@pytest.mark.parametrize("header", ["Bearer abc", "Basic", "Basic %%%", "Basic YWJj", "Basic /////w=="])
async def test_an_authorization_that_is_no_basic_one_is_answered_401(
    simulator: Simulator, connect: Connect, header: str
) -> None:
    async with connect(simulator, None) as client:
        answer = await client.get(ACCOUNT, headers={"Authorization": header})

    assert (answer.status_code, answer.json()) == (401, AUTHENTICATE)


async def test_the_root_needs_no_credentials_but_checks_those_it_gets(
    simulator: Simulator, connect: Connect
) -> None:
    async with connect(simulator, None) as client:
        without = await client.get("/2010-04-01")
        right = await client.get("/2010-04-01", auth=(STANDARD_KEY_SID, STANDARD_KEY_SECRET))
        wrong = await client.get("/2010-04-01", auth=(STANDARD_KEY_SID, "wrong"))

    assert [without.status_code, right.status_code, wrong.status_code] == [200, 200, 401]


async def test_test_credentials_create_from_the_magic_number_and_reach_nothing_else(
    simulator: Simulator, connect: Connect
) -> None:
    async with connect(simulator, (TEST_ACCOUNT_SID, TEST_AUTH_TOKEN)) as client:
        sent = await client.post(TEST_MESSAGES, data=FORM | {"From": "+15005550006"})
        listed = await client.get(TEST_MESSAGES)
        account = await client.get(f"/2010-04-01/Accounts/{TEST_ACCOUNT_SID}.json")
    moved = await simulator.advance()

    assert (sent.status_code, sent.json()["status"]) == (201, "queued")
    assert [(answer.status_code, answer.json()["code"]) for answer in (listed, account)] == [(403, 20008)] * 2
    assert moved == 0


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        ("+15005550001", 21212),
        ("+15005550002", 21606),
        ("+15005550003", 21606),
        ("+15005550004", 21606),
        ("+15005550007", 21606),
        ("+15005550008", 21611),
        ("+15005550009", 21606),
        (SENDER, 21606),
    ],
)
async def test_test_credentials_get_the_code_of_a_magic_sender(
    simulator: Simulator, connect: Connect, sender: str, code: int
) -> None:
    async with connect(simulator, (TEST_ACCOUNT_SID, TEST_AUTH_TOKEN)) as client:
        answer = await client.post(TEST_MESSAGES, data=FORM | {"From": sender})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert simulator.messages == []


def test_secrets_stay_out_of_the_representation() -> None:
    shown = repr(DEFAULT_ACCOUNTS)

    secrets = (AUTH_TOKEN, API_KEY_SECRET, STANDARD_KEY_SECRET, TEST_AUTH_TOKEN)
    assert [secret for secret in secrets if secret in shown] == []


async def test_an_account_that_is_suspended_can_only_be_looked_at(
    simulator: Simulator, connect: Connect
) -> None:
    async with connect(simulator) as client:
        changed = await client.post("/_simulator/account", json={"sid": ACCOUNT_SID, "status": "suspended"})
        seen, refused = await client.get(ACCOUNT), await client.post(MESSAGES, data=FORM)

    assert changed.json() == {"sid": ACCOUNT_SID, "status": "suspended", "trial": False, "verified": []}
    assert (seen.status_code, seen.json()["status"]) == (200, "suspended")
    assert (refused.status_code, refused.json()) == (401, AUTHENTICATE)
    assert simulator.messages == []


async def test_a_trial_account_sends_to_verified_recipients_alone_with_a_line_of_its_own(
    simulator: Simulator, connect: Connect
) -> None:
    async with connect(simulator) as client:
        await client.post("/_simulator/account", json={"sid": ACCOUNT_SID, "trial": True})
        seen, refused = await client.get(ACCOUNT), await client.post(MESSAGES, data=FORM)
        await client.post("/_simulator/account", json={"sid": ACCOUNT_SID, "verified": [FORM["To"]]})
        sent = await client.post(MESSAGES, data=FORM)

    assert seen.json()["type"] == "Trial"
    assert (refused.status_code, refused.json()["code"]) == (400, 21608)
    assert (sent.status_code, sent.json()["body"]) == (201, "Sent from your Twilio trial account - Hello")
    assert len(simulator.messages) == 1


async def test_a_restricted_key_without_messages_may_look_at_the_rest(connect: Connect) -> None:
    key = ApiKey("SK" + "7" * 32, "restricted", messages=False)
    simulator = Simulator([replace(DEFAULT_ACCOUNTS[0], keys=(key,))])
    async with connect(simulator, (key.sid, key.secret)) as client:
        numbers = await client.get(MESSAGES.replace("Messages", "IncomingPhoneNumbers"))
        refused = [await client.get(MESSAGES), await client.post(MESSAGES, data=FORM)]

    assert numbers.status_code == 200
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, 20403)] * 2
    assert simulator.messages == []


@pytest.mark.parametrize(
    "given",
    [{"sid": "AC" + "9" * 32}, {"sid": ACCOUNT_SID, "status": "asleep"}, {"sid": ACCOUNT_SID, "name": 1}],
)
async def test_what_no_account_can_be_is_refused(
    simulator: Simulator, connect: Connect, given: dict[str, object]
) -> None:
    async with connect(simulator) as client:
        refused = await client.post("/_simulator/account", json=given)
        seen = await client.get(ACCOUNT)

    assert refused.status_code == 400
    assert seen.json()["status"] == "active"
