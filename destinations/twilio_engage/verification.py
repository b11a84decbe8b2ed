"""The checks behind Draft -> Verified, and the original's credential check."""

from http import HTTPStatus
from typing import Any

from destinations import kit
from destinations.kit import Check
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.client import (
    credentials,
    fetch_account,
    fetch_root,
    list_messages,
    provider_error,
)
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.validation import validate_settings

_TEST_CREDENTIALS = "20008"


async def verify(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str]
) -> tuple[Check, ...]:
    """What was looked at, in order; the first that fails ends it. No credential leaves before the host is known."""
    problems = validate_settings(settings, allowed_hosts)
    if problems:
        return tuple(
            Check("settings", passed=False, code="INVALID", message=said, remedy=f"Change {path}.")
            for path, said in problems
        )
    checks = [Check("settings", passed=True)]
    auth = credentials(settings)
    if auth is None:
        return (*checks, _no_credential())
    try:
        checks += await _account(settings, read, allowed_hosts, auth)
        if all(check.passed for check in checks):
            checks.append(await _webhooks(settings, read, allowed_hosts, auth))
    except kit.RetryableError as error:
        checks.append(
            Check(
                "credentials",
                passed=False,
                code="UNREACHABLE",
                message=error.message,
                remedy="Verify again in a while.",
            )
        )
    return tuple(checks)


async def check_credentials(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str]
) -> None:
    """The original's check, with the credentials that it left out. Raises InvalidAuthenticationError."""
    try:
        request = fetch_root(settings, allowed_hosts)
    except kit.PayloadValidationError as error:
        raise kit.InvalidAuthenticationError(
            f"Credentials are invalid:  {error.message}", remedy=error.remedy
        ) from error
    response = await read(request)
    if not response.ok:
        said = f"{response.status} {kit.reason_phrase(response.status)}"
        raise kit.InvalidAuthenticationError(f"Credentials are invalid: {said}")


async def _account(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str], auth: kit.BasicAuth
) -> list[Check]:
    response = await read(fetch_account(settings, allowed_hosts, auth))
    code, _ = provider_error(response.json())
    if response.ok:
        return [Check("credentials", passed=True), _active(response.json())]
    if code == _TEST_CREDENTIALS:
        said = "These are test credentials: Twilio answers as if it sent, and sends nothing."
        return [Check("credentials", passed=True, message=said)]
    if response.status == HTTPStatus.UNAUTHORIZED and auth.username != settings.account_sid:
        # A standard key may send but not see the account.
        response = await read(list_messages(settings, allowed_hosts, {"PageSize": "1"}))
        if response.ok:
            said = "A standard API key: it can send, and can't see whether the account is active."
            return [Check("credentials", passed=True, message=said)]
    return [_refused("credentials", response)]


def _active(account: Any) -> Check:
    status = account.get("status") if isinstance(account, dict) else None
    if status == "active":
        return Check("account", passed=True)
    return Check(
        "account",
        passed=False,
        code="ACCOUNT_NOT_ACTIVE",
        message=f"Twilio says that the account is {status or 'in a state we do not know'}.",
        remedy="Open the Twilio console and see why; then verify again.",
    )


async def _webhooks(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str], auth: kit.BasicAuth
) -> Check:
    """Twilio signs webhooks with the auth token, whatever the requests are made with."""
    name, token = "webhookSignatures", settings.auth_token or next(iter(settings.signing_tokens), None)
    if token is None:
        return Check(
            name,
            passed=True,
            code="NO_AUTH_TOKEN",
            message="There is no Auth Token, so status callbacks can't be verified and are refused.",
            remedy="Add authToken to learn of delivery by callback.",
        )
    if auth.username == settings.account_sid:
        return Check(name, passed=True)
    own = kit.BasicAuth(settings.account_sid, token)
    response = await read(fetch_account(settings, allowed_hosts, own))
    if response.status == HTTPStatus.UNAUTHORIZED:
        return _refused(name, response)
    return Check(name, passed=True)


def _refused(name: str, response: kit.HttpResponse) -> Check:
    code, said = provider_error(response.json())
    refused = HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR
    remedy = "Compare the account SID and the credentials with the Twilio console, in the console's region."
    if not refused:
        remedy = "Verify again in a while; look at twilioHostname if it stays."
    elif code is not None:
        remedy = f"{remedy} {error_codes.remedy_for(code)}"
    return Check(
        name,
        passed=False,
        code="CREDENTIALS_REJECTED" if refused else "UNREACHABLE",
        message=f"Twilio answered {response.status} {said or kit.reason_phrase(response.status)}"
        + (f" (error {code})." if code else "."),
        remedy=remedy,
        provider_code=code,
    )


def _no_credential() -> Check:
    return Check(
        "credentials",
        passed=False,
        code="REQUIRED",
        message="No API key is ACTIVE, and there is no Auth Token.",
        remedy="Add an API key (destinationKeyAdd), and promote it (destinationKeyPromote).",
    )
