"""From an HTTP request to what GraphQL is asked, or to the status that refuses it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request

from gateway.graphql.http import negotiation


class RequestRefused(Exception):  # noqa: N818  it says what became of the request
    """Raised where a request is no GraphQL request at all, or none that is answered now."""

    def __init__(self, status: HTTPStatus, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of GraphQL over HTTP."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)


def _bad(message: str) -> RequestRefused:
    return RequestRefused(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", message)


def wrong_origin() -> RequestRefused:
    """A page asked that may not."""
    return RequestRefused(
        HTTPStatus.FORBIDDEN,
        "ORIGIN_NOT_ALLOWED",
        "A page of another origin asked, and nothing was done. Pages that may are named in HELIOGRAPH_CORS_ORIGINS; behind a "
        "proxy that hides the server's own name, set HELIOGRAPH_PUBLIC_URL.",
    )


def wrong_method() -> RequestRefused:
    """There are two methods."""
    return RequestRefused(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        "Ask by POST, or queries by GET.",
        Allow="GET, POST",
    )


def only_reads() -> RequestRefused:
    """A mutation came by GET."""
    return RequestRefused(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        "A GET only reads. Send a mutation by POST.",
        Allow="POST",
    )


def wrong_accept() -> RequestRefused:
    """The caller takes none of our content types."""
    return RequestRefused(
        HTTPStatus.NOT_ACCEPTABLE,
        "NOT_ACCEPTABLE",
        f"Accept {negotiation.JSON} or {negotiation.RESPONSE}, or {negotiation.EVENTS}: there is no other answer.",
    )


def only_streams() -> RequestRefused:
    """A subscription was asked for by a caller who takes one answer."""
    return RequestRefused(
        HTTPStatus.NOT_ACCEPTABLE,
        "NOT_ACCEPTABLE",
        f"A subscription is a stream: accept {negotiation.EVENTS}, or use a WebSocket.",
    )


def too_fast(cost: int, left: int, seconds: int) -> RequestRefused:
    """The bucket of the caller's token has too little left."""
    message = (
        f"This token has asked for too much of late: this takes {cost} values, {left} are left. Nothing was done. "
        f"Ask again in {seconds} s, or for less at once (`first`)."
    )
    return RequestRefused(
        HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED", message, **{"Retry-After": str(seconds)}
    )


def from_query_string(request: Request) -> Asked:
    """What a GET asks. Raises RequestRefused."""
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = _decoded(given[name].encode(), f"`{name}` of the address")
        else:
            given.pop(name, None)
    return asked_in(given)


async def from_body(request: Request, most: int, seconds: float) -> Asked:
    """What a POST asks, of so many bytes at most, which may take so long to come. Raises RequestRefused."""
    _check_type(request.headers.get("content-type", ""))
    try:
        async with asyncio.timeout(seconds):
            body = await _read(request, most)
    except TimeoutError:
        message = f"The body did not come within {seconds:g} s. Nothing was done: send it again."
        raise RequestRefused(HTTPStatus.REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message) from None
    given = _decoded(body, "The body")
    if not isinstance(given, dict):
        raise _bad(
            'The body must be a JSON object such as {"query": "{ viewer { name } }"}; batches are not taken.'
        )
    return asked_in(given)


def _check_type(content_type: str) -> None:
    kind, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charsets = [
        piece.removeprefix("charset=").strip('"') for piece in parameters if piece.startswith("charset=")
    ]
    if kind != "application/json" or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise RequestRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send the request as JSON in UTF-8, with Content-Type: application/json.",
        )


async def _read(request: Request, most: int) -> bytes:
    too_large = RequestRefused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "PAYLOAD_TOO_LARGE",
        f"The body is over {most} bytes. Ask in parts.",
    )
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large
    return bytes(body)


def _decoded(text: bytes, what: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        # The decoder's own words may repeat what was sent.
        raise _bad(f"{what} is no JSON in UTF-8, or is nested too deeply. Nothing was done.") from None


def asked_in(given: dict[str, Any]) -> Asked:
    """What an object of GraphQL over HTTP asks. Raises RequestRefused."""
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise _bad("`query` must be the text of a GraphQL document.")
    if name is not None and not isinstance(name, str):
        raise _bad("`operationName` must be text, or null.")
    if variables is not None and not isinstance(variables, dict):
        raise _bad("`variables` must be an object, or null.")
    if extensions is not None and not isinstance(extensions, dict):
        raise _bad("`extensions` must be an object, or null.")
    return Asked(query, name or None, variables or {})
