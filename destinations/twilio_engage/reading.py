"""What a plan reads on its way: a template, a profile. A failed read stops it before anything is created."""

from http import HTTPStatus
from typing import Any

from destinations import kit
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.client import provider_error, retry_after
from destinations.twilio_engage.settings import TwilioEngageSettings

_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.LOCKED, HTTPStatus.TOO_MANY_REQUESTS})
_REFUSALS = range(400, 500)


async def read_object(
    context: kit.Context[TwilioEngageSettings], request: kit.HttpRequest, what: str
) -> dict[str, Any]:
    """The JSON object of a good answer; `what` names the thing in a remedy.

    Raises RetryableError for what may pass (408, 423, 429, 5xx, an answer that can't be read), else IntegrationError.
    """
    response = await context.read(request)
    answer = response.json()
    if response.ok:
        if isinstance(answer, dict):
            return answer
        raise kit.RetryableError(
            f"{what} answered with something that can't be read", "UNREADABLE_ANSWER", response.status
        )
    code, said = provider_error(answer)
    final = response.status in _REFUSALS and response.status not in _PASSING
    refused = (
        kit.InvalidAuthenticationError if response.status == HTTPStatus.UNAUTHORIZED else kit.IntegrationError
    )
    kind = refused if final else kit.RetryableError
    raise kind(
        kit.reason_phrase(response.status),
        f"HTTP_{response.status}",
        response.status,
        provider_code=code,
        provider_message=said,
        retry_after=retry_after(response.headers),
        remedy=f"{what} answered {response.status}. {error_codes.remedy_for(code) if code else ''}".strip(),
    )
