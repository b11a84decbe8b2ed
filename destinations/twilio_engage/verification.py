"""The checks behind Draft -> Verified, and the original's credential check."""

import asyncio
from collections.abc import AsyncIterator

from destinations import kit
from destinations.kit import Check
from destinations.twilio_engage import credential_checks
from destinations.twilio_engage.client import credentials, fetch_root
from destinations.twilio_engage.hosts import REGIONS_OF_MESSAGING, host_code, is_allowed
from destinations.twilio_engage.mending import NEW_KEY, setting, verifying
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.validation import Problem, validate_settings

MOST_SECONDS = 14.0
"""What is not known by then is told as such: somebody waits for the answer, with what comes after it for 30 seconds at most."""

_HOST = "twilioHostname"


async def verify(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str]
) -> AsyncIterator[Check]:
    """What was looked at, in order and as it is looked at; the first that fails ends it. No credential leaves before the host is known."""
    try:
        async for check in _checks(settings, _in_time(read), allowed_hosts):
            yield check
            if not check.passed and check.name not in _MANY:
                return
    except TimeoutError:
        yield _late()
    except kit.RetryableError as error:
        yield _unreachable(error)


def _in_time(read: kit.Read) -> kit.Read:
    """The same, until nothing is waited for any more: then it raises TimeoutError. What is done with each check meanwhile is not cut off."""
    until = asyncio.get_running_loop().time() + MOST_SECONDS

    async def read_in_time(request: kit.HttpRequest) -> kit.HttpResponse:
        async with asyncio.timeout_at(until):
            return await read(request)

    return read_in_time


_MANY = frozenset({"settings", "host"})
"""Of these all that fail are told, and nothing is asked."""


async def _checks(
    settings: TwilioEngageSettings, read: kit.Read, allowed_hosts: frozenset[str]
) -> AsyncIterator[Check]:
    before = _before(settings, allowed_hosts)
    for check in before:
        yield check
    if not all(check.passed for check in before):
        return
    auth = credentials(settings)
    if auth is None:
        yield credential_checks.missing()
        return
    for check in await credential_checks.of_account(settings, read, allowed_hosts, auth):
        yield check
    yield await credential_checks.of_signatures(settings, read, allowed_hosts, auth)


def _before(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> tuple[Check, ...]:
    """What can be said without asking anybody."""
    problems = validate_settings(settings, allowed_hosts)
    if problems:
        return tuple(_wrong(settings, problem) for problem in problems)
    region = _region(settings, allowed_hosts)
    return (Check("settings", passed=True), *(() if region is None else (region,)))


def _wrong(settings: TwilioEngageSettings, problem: Problem) -> Check:
    path, said = problem
    if path != _HOST:
        return Check(
            "settings",
            passed=False,
            code="INVALID",
            message=said,
            remedy=f"Change {path}, then {verifying()}.",
        )
    return Check(
        "host",
        passed=False,
        code=host_code(settings),
        message=said,
        remedy=f"Change {_HOST}, or clear it for the host of the region {settings.region.value}: {setting(f'{_HOST}: null')}.",
    )


def _region(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> Check | None:
    """The check that fails where the region has no Messaging; a host that the operator allows has it wherever it is."""
    if settings.region in REGIONS_OF_MESSAGING or is_allowed(settings, allowed_hosts):
        return None
    return Check(
        "region",
        passed=False,
        code="REGION_UNSUPPORTED",
        message=f"Twilio has no Messaging in {settings.region.value}.",
        remedy=f"Set region to {' or '.join(one.value for one in REGIONS_OF_MESSAGING)}, with credentials of it: "
        f"{setting(f'region: {REGIONS_OF_MESSAGING[0].value}, {NEW_KEY}')}.",
    )


def _late() -> Check:
    return Check(
        "time",
        passed=False,
        code="TIMEOUT",
        message=f"Twilio had not answered everything after {MOST_SECONDS:g} seconds.",
        remedy=f"Verify again in a while: {verifying()}. Look at twilioHostname and the way there if it stays.",
    )


def _unreachable(error: kit.RetryableError) -> Check:
    return Check(
        credential_checks.CREDENTIALS,
        passed=False,
        code="UNREACHABLE",
        message=error.message,
        remedy=f"Verify again in a while: {verifying()}.",
    )


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
