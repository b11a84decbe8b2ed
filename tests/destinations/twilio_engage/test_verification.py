from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from destinations import kit
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.verification import verify

ACCOUNT = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}"
KEY, OWN = f"SK{'0' * 32}", f"AC{'0' * 32}"
ACTIVE = (200, {"sid": OWN, "status": "active", "auth_token": "never logged"})
REFUSED = (401, {"code": 20003, "message": "Authenticate"})

Verify = Callable[..., Awaitable[tuple[dict[str, kit.Check], list[tuple[str, str]]]]]


@pytest.fixture
def check(settings: Callable[..., TwilioEngageSettings], reader: Callable[..., Any]) -> Verify:
    """The checks by name, and (URL, user) of each request."""

    async def run(
        *answers: tuple[int, Any], **changes: Any
    ) -> tuple[dict[str, kit.Check], list[tuple[str, str]]]:
        read = reader(*answers)
        checks = await verify(settings(**changes), read, frozenset())
        assert len({one.name for one in checks}) == len(checks)
        return {one.name: one for one in checks}, [(made.url, made.auth.username) for made in read.requests]

    return run


async def test_passes_with_a_key_that_sees_an_active_account(check: Verify) -> None:
    checks, asked = await check(ACTIVE, ACTIVE)

    assert [(one.name, one.passed) for one in checks.values()] == [
        ("settings", True),
        ("credentials", True),
        ("account", True),
        ("webhookSignatures", True),
    ]
    assert asked == [(f"{ACCOUNT}.json", KEY), (f"{ACCOUNT}.json", OWN)]


async def test_a_standard_key_may_not_see_the_account_and_passes_all_the_same(check: Verify) -> None:
    checks, asked = await check(REFUSED, (200, {"messages": []}), authToken=None)

    assert all(one.passed for one in checks.values())
    assert "account" not in checks
    assert asked == [(f"{ACCOUNT}.json", KEY), (f"{ACCOUNT}/Messages.json?PageSize=1", KEY)]


async def test_the_auth_token_alone_is_enough(check: Verify) -> None:
    checks, asked = await check(ACTIVE, apiKeys=[])

    assert all(one.passed for one in checks.values())
    assert asked == [(f"{ACCOUNT}.json", OWN)]


async def test_refused_credentials_say_what_to_compare(check: Verify) -> None:
    checks, asked = await check(REFUSED, REFUSED, authToken=None)

    failed = checks["credentials"]
    assert (failed.passed, failed.code) == (False, "CREDENTIALS_REJECTED")
    assert failed.message == "Twilio answered 401 Authenticate (error 20003)."
    assert failed.provider_code == "20003"
    assert failed.remedy is not None
    assert failed.remedy.startswith("Compare the account SID and the credentials with the Twilio console")
    assert len(asked) == 2


async def test_a_refused_auth_token_is_not_asked_for_messages(check: Verify) -> None:
    checks, asked = await check(REFUSED, apiKeys=[])

    assert not checks["credentials"].passed
    assert len(asked) == 1


@pytest.mark.parametrize("status", ["suspended", "closed", None])
async def test_an_account_that_is_not_active_fails(check: Verify, status: str | None) -> None:
    checks, _ = await check((200, {"status": status}), apiKeys=[])

    assert (checks["account"].passed, checks["account"].code) == (False, "ACCOUNT_NOT_ACTIVE")


async def test_test_credentials_pass_and_are_told_apart(check: Verify) -> None:
    checks, _ = await check((403, {"code": 20008}), apiKeys=[])

    assert checks["credentials"].passed
    assert checks["credentials"].message == (
        "These are test credentials: Twilio answers as if it sent, and sends nothing."
    )


async def test_without_an_auth_token_it_warns_that_callbacks_are_refused(check: Verify) -> None:
    checks, _ = await check(ACTIVE, authToken=None)

    warning = checks["webhookSignatures"]
    assert (warning.passed, warning.code) == (True, "NO_AUTH_TOKEN")
    assert warning.remedy == "Add authToken to learn of delivery by callback."


async def test_an_auth_token_that_is_refused_fails_as_callbacks_would(check: Verify) -> None:
    checks, _ = await check(ACTIVE, REFUSED)

    assert checks["credentials"].passed
    assert not checks["webhookSignatures"].passed


async def test_no_credential_leaves_for_a_host_that_is_not_twilios(check: Verify) -> None:
    checks, asked = await check(twilioHostname="evil.example.com")

    assert (checks["settings"].passed, checks["settings"].remedy) == (False, "Change twilioHostname.")
    assert asked == []


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

    checks = await verify(settings(), unreachable, frozenset())

    assert [(one.name, one.passed, one.code) for one in checks] == [
        ("settings", True, None),
        ("credentials", False, "UNREACHABLE"),
    ]
