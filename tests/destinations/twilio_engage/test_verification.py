import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from destinations import kit
from destinations.twilio_engage import verification
from destinations.twilio_engage.mending import NEW_AUTH, NEW_KEY, setting, verifying
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.verification import verify

ACCOUNT = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}"
IRISH = ACCOUNT.replace("api.", "api.dublin.ie1.")
KEY, OWN = f"SK{'0' * 32}", f"AC{'0' * 32}"
ACTIVE = (200, {"sid": OWN, "status": "active", "auth_token": "never logged"})
REFUSED = (401, {"code": 20003, "message": "Authenticate"})
FORBIDDEN = (403, {"code": 20403, "message": "Forbidden"})
MESSAGES: tuple[int, Any] = (200, {"messages": []})
NUMBERS: tuple[int, Any] = (200, {"incoming_phone_numbers": []})

Verify = Callable[..., Awaitable[tuple[dict[str, kit.Check], list[tuple[str, str]]]]]


@pytest.fixture
def check(settings: Callable[..., TwilioEngageSettings], reader: Callable[..., Any]) -> Verify:
    """The checks by name, and (URL, user) of each request."""

    async def run(
        *answers: tuple[int, Any], **changes: Any
    ) -> tuple[dict[str, kit.Check], list[tuple[str, str]]]:
        read = reader(*answers)
        checks = [one async for one in verify(settings(**changes), read, frozenset())]
        assert len({one.name for one in checks}) == len(checks)
        return {one.name: one for one in checks}, [(made.url, made.auth.username) for made in read.requests]

    return run


async def test_passes_with_a_key_that_sees_an_active_account(check: Verify) -> None:
    checks, asked = await check(ACTIVE, MESSAGES, ACTIVE)

    assert [(one.name, one.passed) for one in checks.values()] == [
        ("settings", True),
        ("credentials", True),
        ("account", True),
        ("webhookSignatures", True),
    ]
    assert asked == [
        (f"{ACCOUNT}.json", KEY),
        (f"{ACCOUNT}/Messages.json?PageSize=1", KEY),
        (f"{ACCOUNT}.json", OWN),
    ]


async def test_a_standard_key_may_not_see_the_account_and_passes_all_the_same(check: Verify) -> None:
    checks, asked = await check(REFUSED, (200, {"messages": []}), authToken=None)

    assert all(one.passed for one in checks.values())
    assert "account" not in checks
    assert checks["credentials"].code == "STANDARD_KEY"
    assert asked == [(f"{ACCOUNT}.json", KEY), (f"{ACCOUNT}/Messages.json?PageSize=1", KEY)]


async def test_the_auth_token_alone_is_enough(check: Verify) -> None:
    checks, asked = await check(ACTIVE, apiKeys=[])

    assert all(one.passed for one in checks.values())
    assert asked == [(f"{ACCOUNT}.json", OWN)]


async def test_refused_credentials_say_what_to_compare(check: Verify) -> None:
    checks, asked = await check(REFUSED, REFUSED, REFUSED, REFUSED, authToken=None)

    failed = checks["credentials"]
    assert (failed.passed, failed.code) == (False, "CREDENTIALS_REJECTED")
    assert failed.message == "Twilio answered 401 Authenticate (error 20003)."
    assert failed.provider_code == "20003"
    assert failed.remedy is not None
    assert failed.remedy.startswith("Compare the account SID and the credentials with the Twilio console")
    assert asked == [
        (f"{ACCOUNT}.json", KEY),
        (f"{ACCOUNT}/Messages.json?PageSize=1", KEY),
        (f"{ACCOUNT}/IncomingPhoneNumbers.json?PageSize=1", KEY),
        (f"{IRISH}/Messages.json?PageSize=1", KEY),
    ]


@pytest.mark.parametrize(
    ("name", "answers", "changes", "other"),
    [
        ("credentials", [REFUSED] * 4, {"authToken": None}, NEW_KEY),
        ("credentials", [REFUSED] * 2, {"apiKeys": []}, NEW_AUTH),
        ("webhookSignatures", [ACTIVE, MESSAGES, REFUSED], {}, NEW_AUTH),
    ],
)
async def test_what_was_refused_is_what_is_to_be_given_anew(
    check: Verify, name: str, answers: list[tuple[int, Any]], changes: dict[str, Any], other: str
) -> None:
    checks, _ = await check(*answers, **changes)

    failed = checks[name]
    assert (failed.passed, failed.code) == (False, "CREDENTIALS_REJECTED")
    assert failed.remedy is not None
    assert failed.remedy.endswith(f" Give those that are right: {setting(other)}.")


async def test_a_refused_auth_token_is_asked_about_in_the_other_region_alone(check: Verify) -> None:
    checks, asked = await check(REFUSED, REFUSED, apiKeys=[])

    assert (checks["credentials"].passed, checks["credentials"].code) == (False, "CREDENTIALS_REJECTED")
    assert asked == [(f"{ACCOUNT}.json", OWN), (f"{IRISH}/Messages.json?PageSize=1", OWN)]


async def test_credentials_of_another_region_are_told_apart_from_wrong_ones(check: Verify) -> None:
    checks, _ = await check(REFUSED, MESSAGES, apiKeys=[])

    failed = checks["credentials"]
    assert (failed.passed, failed.code, failed.provider_code) == (False, "WRONG_REGION", "20003")
    assert failed.message == "The credentials are of the region IE1, and the settings say US1."
    assert failed.remedy == (
        f"Set the region: {setting('region: IE1')}. Or give credentials of US1: the Twilio console has keys and tokens for each region."
    )


async def test_where_a_host_is_named_no_other_is_asked(check: Verify) -> None:
    checks, asked = await check(REFUSED, apiKeys=[], twilioHostname="api.twilio.com")

    assert checks["credentials"].code == "CREDENTIALS_REJECTED"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answers",
    [(ACTIVE, FORBIDDEN), (ACTIVE, REFUSED), (REFUSED, REFUSED, NUMBERS), (FORBIDDEN, FORBIDDEN, NUMBERS)],
)
async def test_a_restricted_key_that_lacks_messages_is_told_apart_from_a_wrong_one(
    check: Verify, answers: tuple[Any, ...]
) -> None:
    checks, _ = await check(*answers)

    assert list(checks) == ["settings", "credentials"]
    failed = checks["credentials"]
    assert (failed.passed, failed.code) == (False, "KEY_LACKS_MESSAGES")
    assert failed.remedy == (
        f"Grant the restricted key Messages, read and create, in the Twilio console, then {verifying()}. Or give another key: "
        f"{setting(NEW_KEY)}."
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("suspended", "ACCOUNT_SUSPENDED"),
        ("closed", "ACCOUNT_CLOSED"),
        ("asleep", "ACCOUNT_NOT_ACTIVE"),
        (None, "ACCOUNT_NOT_ACTIVE"),
    ],
)
@pytest.mark.parametrize("keys", [{"apiKeys": []}, {}])
async def test_an_account_that_is_not_active_fails(
    check: Verify, status: str | None, code: str, keys: dict[str, Any]
) -> None:
    checks, asked = await check((200, {"status": status}), **keys)

    assert (checks["account"].passed, checks["account"].code) == (False, code)
    assert len(asked) == 1


async def test_a_trial_account_passes_and_says_whom_it_can_text(check: Verify) -> None:
    checks, _ = await check((200, {"status": "active", "type": "Trial"}), apiKeys=[])

    assert (checks["account"].passed, checks["account"].code) == (True, "TRIAL")
    assert checks["account"].message == (
        "It is a trial account: Twilio sends to recipients that were verified in its console alone, puts a line of its own "
        "before each text, and refuses all others (error 21608)."
    )


async def test_test_credentials_pass_and_are_told_apart(check: Verify) -> None:
    checks, _ = await check((403, {"code": 20008}), apiKeys=[])

    assert (checks["credentials"].passed, checks["credentials"].code) == (True, "TEST_CREDENTIALS")
    assert checks["credentials"].message == (
        "These are test credentials: Twilio answers as if it sent, and sends nothing."
    )


async def test_without_an_auth_token_it_warns_that_callbacks_are_refused(check: Verify) -> None:
    checks, _ = await check(ACTIVE, MESSAGES, authToken=None)

    warning = checks["webhookSignatures"]
    assert (warning.passed, warning.code) == (True, "NO_AUTH_TOKEN")
    way = setting('authToken: "<the Auth Token>"')
    assert (
        warning.remedy
        == f"Add authToken, sharedKey or callbackSecret to learn of delivery by callback: {way}."
    )


@pytest.mark.parametrize(
    ("given", "how"),
    [({"sharedKey": "theirs"}, "a shared key"), ({"callbackSecret": "s" * 24}, "a key in their path")],
)
async def test_what_stands_in_for_an_auth_token_is_said(
    check: Verify, given: dict[str, str], how: str
) -> None:
    checks, _ = await check(ACTIVE, MESSAGES, authToken=None, **given)

    said = checks["webhookSignatures"]
    assert (said.passed, said.code, said.message) == (True, None, f"What Twilio calls is known by {how}.")


async def test_an_auth_token_that_is_refused_fails_as_callbacks_would(check: Verify) -> None:
    checks, _ = await check(ACTIVE, MESSAGES, REFUSED)

    assert checks["credentials"].passed
    assert not checks["webhookSignatures"].passed


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("evil.example.com", "HOST_NOT_ALLOWED"),
        ("ftp://api.twilio.com", "HOST_NOT_ALLOWED"),
        ("api.ie1.twilio.com", "HOST_SWITCHED_OFF"),
    ],
)
async def test_no_credential_leaves_for_a_host_that_is_not_twilios(
    check: Verify, host: str, code: str
) -> None:
    checks, asked = await check(twilioHostname=host)

    assert [(one.name, one.passed, one.code, one.remedy) for one in checks.values()] == [
        (
            "host",
            False,
            code,
            f"Change twilioHostname, or clear it for the host of the region US1: {setting('twilioHostname: null')}.",
        )
    ]
    assert asked == []


async def test_a_region_without_messaging_is_asked_nothing(check: Verify) -> None:
    checks, asked = await check(region="AU1")

    failed = checks["region"]
    assert (failed.passed, failed.code) == (False, "REGION_UNSUPPORTED")
    assert (failed.message, failed.remedy) == (
        "Twilio has no Messaging in AU1.",
        f"Set region to US1 or IE1, with credentials of it: {setting(f'region: US1, {NEW_KEY}')}.",
    )
    assert asked == []


async def test_what_takes_too_long_is_told_as_such_with_what_was_known_by_then(
    settings: Callable[..., TwilioEngageSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MOST_SECONDS", 0.05)

    async def hang(request: kit.HttpRequest) -> kit.HttpResponse:
        await asyncio.Event().wait()
        raise AssertionError(request)

    checks = [one async for one in verify(settings(), hang, frozenset())]

    assert [(one.name, one.passed, one.code) for one in checks] == [
        ("settings", True, None),
        ("time", False, "TIMEOUT"),
    ]


async def test_without_an_active_key_or_a_token_nothing_is_asked(check: Verify) -> None:
    checks, asked = await check(apiKeys=[{"sid": KEY, "secret": "s", "state": "FAILED"}], authToken=None)

    assert (checks["credentials"].passed, checks["credentials"].code) == (False, "REQUIRED")
    assert asked == []


@pytest.mark.parametrize(("status", "code"), [(404, "CREDENTIALS_REJECTED"), (500, "UNREACHABLE")])
async def test_other_answers_fail_with_their_status(check: Verify, status: int, code: str) -> None:
    checks, _ = await check((status, b""))

    assert (checks["credentials"].passed, checks["credentials"].code) == (False, code)


async def test_no_answer_fails_without_a_verdict_on_the_credentials(
    settings: Callable[..., TwilioEngageSettings],
) -> None:
    async def unreachable(request: kit.HttpRequest) -> kit.HttpResponse:
        raise kit.RetryableError("No answer came")

    checks = [one async for one in verify(settings(), unreachable, frozenset())]

    assert [(one.name, one.passed, one.code) for one in checks] == [
        ("settings", True, None),
        ("credentials", False, "UNREACHABLE"),
    ]
