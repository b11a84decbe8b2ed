"""What a verification finds out of credentials and the account, each situation with a code of its own.

| code | passed | what was found |
| --- | --- | --- |
| STANDARD_KEY | yes | a standard key: it can send, and may not see the account |
| TEST_CREDENTIALS | yes | Twilio answers as if it sent, and sends nothing (20008) |
| TRIAL | yes | a trial account: only recipients who were verified get anything (21608) |
| REQUIRED | no | no key is ACTIVE, and there is no Auth Token |
| KEY_LACKS_MESSAGES | no | a restricted key that may do something else, and not Messages |
| WRONG_REGION | no | the credentials are of another region |
| CREDENTIALS_REJECTED | no | Twilio knows no such credentials |
| ACCOUNT_SUSPENDED, ACCOUNT_CLOSED, ACCOUNT_NOT_ACTIVE | no | as Twilio says of the account |
| UNREACHABLE | no | nothing of the kind was said: it may be another's host, or Twilio is in trouble |
"""

from http import HTTPStatus
from typing import Any

from destinations import kit
from destinations.kit import Check
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.client import (
    fetch_account,
    list_messages,
    list_numbers,
    provider_error,
)
from destinations.twilio_engage.hosts import REGIONS_OF_MESSAGING
from destinations.twilio_engage.mending import NEW_AUTH, NEW_KEY, setting, verifying
from destinations.twilio_engage.settings import TwilioEngageSettings

CREDENTIALS, ACCOUNT, SIGNATURES = "credentials", "account", "webhookSignatures"

_TEST_CREDENTIALS = "20008"
_NOT_ALLOWED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_INACTIVE = {"suspended": "ACCOUNT_SUSPENDED", "closed": "ACCOUNT_CLOSED"}
_ONE = {"PageSize": "1"}
_COMPARE = "Compare the account SID and the credentials with the Twilio console, in the console's region."
_AGAIN = f"Verify again in a while: {verifying()}."


async def of_account(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str], auth: kit.BasicAuth
) -> list[Check]:
    """Whether the credentials are good and may send, and how the account is, as far as they may see it. Raises RetryableError."""
    response = await read(fetch_account(settings, allowed_hosts, auth))
    code, _ = provider_error(response.json())
    if code == _TEST_CREDENTIALS:
        said = "These are test credentials: Twilio answers as if it sent, and sends nothing."
        return [Check(CREDENTIALS, passed=True, code="TEST_CREDENTIALS", message=said)]
    is_key = auth.username != settings.account_sid
    seen = [Check(CREDENTIALS, passed=True), _account(response.json())] if response.ok else []
    if is_key and (all(check.passed for check in seen) if seen else response.status in _NOT_ALLOWED):
        return await _of_key(settings, read, allowed_hosts, seen)
    return seen or [await _rejected(settings, read, allowed_hosts, response, NEW_KEY if is_key else NEW_AUTH)]


async def _of_key(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str], seen: list[Check]
) -> list[Check]:
    """Whether a key may use Messages. `seen` is what is to be said where it may, empty where it can't see the account."""
    response = await read(list_messages(settings, allowed_hosts, _ONE))
    if response.ok:
        said = "A standard API key: it can send, and can't see whether the account is active."
        return seen or [Check(CREDENTIALS, passed=True, code="STANDARD_KEY", message=said)]
    if response.status in _NOT_ALLOWED and (seen or await _may_something(settings, read, allowed_hosts)):
        return [_lacks_messages(response)]
    return [await _rejected(settings, read, allowed_hosts, response, NEW_KEY)]


async def of_signatures(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str], auth: kit.BasicAuth
) -> Check:
    """Twilio signs webhooks with the auth token, whatever the requests are made with. Raises RetryableError."""
    token = settings.auth_token or next(iter(settings.signing_tokens), None)
    if token is None and (settings.shared_key is not None or settings.callback_secret is not None):
        how = "a shared key" if settings.shared_key is not None else "a key in their path"
        return Check(SIGNATURES, passed=True, message=f"What Twilio calls is known by {how}.")
    if token is None:
        return Check(
            SIGNATURES,
            passed=True,
            code="NO_AUTH_TOKEN",
            message="There is no Auth Token, so status callbacks can't be verified and are refused.",
            remedy=f"Add authToken, sharedKey or callbackSecret to learn of delivery by callback: {setting(NEW_AUTH)}.",
        )
    if auth.username == settings.account_sid:
        return Check(SIGNATURES, passed=True)
    own = kit.BasicAuth(settings.account_sid, token)
    response = await read(fetch_account(settings, allowed_hosts, own))
    if response.status == HTTPStatus.UNAUTHORIZED:
        return _refused(SIGNATURES, response, NEW_AUTH)
    return Check(SIGNATURES, passed=True)


def missing() -> Check:
    """There is nothing to ask with."""
    return Check(
        CREDENTIALS,
        passed=False,
        code="REQUIRED",
        message="No API key is ACTIVE, and there is no Auth Token.",
        remedy=f"Add an API key: {setting(NEW_KEY)}.",
    )


def _account(answer: Any) -> Check:
    given = answer if isinstance(answer, dict) else {}
    status, kind = given.get("status"), given.get("type")
    if status == "active" and kind == "Trial":
        return Check(
            ACCOUNT,
            passed=True,
            code="TRIAL",
            message="It is a trial account: Twilio sends to recipients that were verified in its console alone, puts a line of its own "
            "before each text, and refuses all others (error 21608).",
            remedy="Verify your own number in the Twilio console to try it; upgrade the account before customers are texted, then "
            f"{verifying()}.",
        )
    if status == "active":
        return Check(ACCOUNT, passed=True)
    return Check(
        ACCOUNT,
        passed=False,
        code=_INACTIVE.get(str(status), "ACCOUNT_NOT_ACTIVE"),
        message=f"Twilio says that the account is {status or 'in a state we do not know'}.",
        remedy=f"Open the Twilio console and see why; then {verifying()}.",
    )


async def _may_something(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str]
) -> bool:
    """Whether Twilio knows the key, and lets it do something: then what it may not do was not granted."""
    return (await read(list_numbers(settings, allowed_hosts, _ONE))).ok


def _lacks_messages(response: kit.HttpResponse) -> Check:
    code, said = provider_error(response.json())
    return Check(
        CREDENTIALS,
        passed=False,
        code="KEY_LACKS_MESSAGES",
        message=f"Twilio knows the API key and does not let it use Messages: {said or kit.reason_phrase(response.status)}.",
        remedy=f"Grant the restricted key Messages, read and create, in the Twilio console, then {verifying()}. Or give another key: "
        f"{setting(NEW_KEY)}.",
        provider_code=code,
    )


async def _rejected(
    settings: TwilioEngageSettings,
    read: kit.Read,
    allowed_hosts: frozenset[str],
    response: kit.HttpResponse,
    other: str,
) -> Check:
    """They are refused here: another region may know them, since keys and tokens are of one region each. `other` is what to give else."""
    if response.status == HTTPStatus.UNAUTHORIZED and settings.twilio_hostname is None:
        for region in REGIONS_OF_MESSAGING:
            if region is settings.region:
                continue
            there = settings.model_copy(update={"region": region})
            try:
                answer = await read(list_messages(there, allowed_hosts, _ONE))
            except kit.RetryableError:
                continue
            if answer.ok:
                return Check(
                    CREDENTIALS,
                    passed=False,
                    code="WRONG_REGION",
                    message=f"The credentials are of the region {region.value}, and the settings say {settings.region.value}.",
                    remedy=f"Set the region: {setting(f'region: {region.value}')}. Or give credentials of {settings.region.value}: the Twilio "
                    "console has keys and tokens for each region.",
                    provider_code=provider_error(response.json())[0],
                )
    return _refused(CREDENTIALS, response, other)


def _refused(name: str, response: kit.HttpResponse, other: str) -> Check:
    """Twilio did not take what was asked with; `other` is a setting that gives another of it."""
    code, said = provider_error(response.json())
    refused = HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR
    remedy = f"{_AGAIN} Look at twilioHostname if it stays."
    if refused:
        advice = "" if code is None else f" {error_codes.remedy_for(code)}."
        remedy = f"{_COMPARE}{advice} Give those that are right: {setting(other)}."
    return Check(
        name,
        passed=False,
        code="CREDENTIALS_REJECTED" if refused else "UNREACHABLE",
        message=f"Twilio answered {response.status} {said or kit.reason_phrase(response.status)}"
        + (f" (error {code})." if code else "."),
        remedy=remedy,
        provider_code=code,
    )
