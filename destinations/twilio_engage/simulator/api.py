"""Twilio's API as an ASGI app: the resources, errors as JSON, and the headers that every answer carries."""

import time
import uuid
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.resources import RESOURCES
from destinations.twilio_engage.simulator.world import World

_CODES = {HTTPStatus.NOT_FOUND: 20404, HTTPStatus.METHOD_NOT_ALLOWED: 20004}


def build_api(world: World) -> Starlette:
    """Every path that no resource answers is a Twilio error 20404, a wrong method 20004."""
    return Starlette(
        routes=[route for module in RESOURCES for route in module.routes(world)],
        middleware=[Middleware(TwilioHeaders)],
        exception_handlers={TwilioError: _answer_error, HTTPException: _answer_unrouted},
    )


class TwilioHeaders:
    """Adds to each answer Twilio's request id, concurrency and duration, X-Home-Region and X-API-Domain."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._in_flight += 1
        concurrent, started = self._in_flight, time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Twilio-Request-Id"] = f"RQ{uuid.uuid4().hex}"
                headers["Twilio-Concurrent-Requests"] = str(concurrent)
                headers["Twilio-Request-Duration"] = f"{time.perf_counter() - started:.3f}"
                headers["X-Home-Region"] = "us1"
                headers["X-API-Domain"] = "api.twilio.com"
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            self._in_flight -= 1


async def _answer_error(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, TwilioError):
        raise error
    headers = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return JSONResponse(error.body(), error.status, headers)


async def _answer_unrouted(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES.get(HTTPStatus(error.status_code))
    if code is None:
        raise error
    detail = request.url.path if code == _CODES[HTTPStatus.NOT_FOUND] else None
    return await _answer_error(request, TwilioError(code, detail))
