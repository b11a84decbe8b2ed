"""The body of a request, up to a size."""

import json
from typing import Any

from starlette.requests import Request

from destinations.twilio_engage.simulator.errors import TwilioError

_LARGEST = 128 * 1024  # bytes; ten media URLs, a callback and 1600 characters of emoji fit several times
TOO_LARGE = 413


async def read_body(request: Request) -> bytes:
    """Raises TwilioError with status 413 for a body of more than 128 KiB."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise TwilioError(20001, "the body is too large", status=TOO_LARGE)
    return bytes(body)


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in the body; raises TwilioError 20422 when it holds none."""
    try:
        value = json.loads(await read_body(request))
    except (ValueError, RecursionError):
        raise TwilioError(20422, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise TwilioError(20422, "the body is not a JSON object")
    return value
