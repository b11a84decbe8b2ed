"""POST /webhooks/{destinationId}/status and /inbound: verified, kept, then answered."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from destinations.kit import (
    DestinationDefinition,
    InboundMessage,
    InvalidAuthenticationError,
    LinkClicked,
    Signal,
    StatusChanged,
    WebhookRequest,
    Webhooks,
)
from gateway import logging, metrics
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import JobKind
from gateway.pipeline import signals
from gateway.pipeline.send import slow_down
from gateway.services import Services
from gateway.webhooks import addresses
from gateway.webhooks.hearing import Hearing
from gateway.workspace import Destination

MOST_BYTES = 64 * 1024
BODY_SECONDS = 10.0
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""What is answered to a person's message: an XML without instructions, so that nothing is written back."""

_Read = Callable[[WebhookRequest, Any], tuple[Signal, ...]]
_log = logging.get("webhooks")


def routes(services: Services) -> list[Route]:
    """The webhook routes of every destination."""
    listener = _Listener(services)

    async def status(request: Request) -> Response:
        refused = await listener.hear(request, lambda webhooks: webhooks.status)
        return refused or Response(status_code=204)

    async def inbound(request: Request) -> Response:
        refused = await listener.hear(request, lambda webhooks: webhooks.inbound)
        return refused or Response(SILENCE, media_type="text/xml")

    below = dict.fromkeys(("", addresses.prefix_of(services.settings.public_url)))
    return [
        Route(f"{prefix}/webhooks/{{destination}}/{key}{name}", endpoint, methods=["GET", "POST"])
        for prefix in below
        for key in ("", "{key}/")
        for name, endpoint in (("status", status), ("inbound", inbound))
    ]


class _Listener:
    """Hears what providers call, for all destinations."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._hearing = Hearing(services)
        self._known: dict[str, tuple[Destination, Any]] = {}

    async def hear(self, request: Request, reading: Callable[[Webhooks], _Read]) -> Response | None:
        """Keep what the call says; the answer where that could not be done."""
        services = self._services
        destination = (await services.workspace.current()).destinations.get(
            request.path_params["destination"]
        )
        definition = services.workspace.definitions.get(destination.definition) if destination else None
        if destination is None or definition is None or definition.webhooks is None:
            return PlainTextResponse("There is no such destination.\n", 404)
        body = await _body(request)
        url, *others = addresses.called(services.settings.public_url, request)
        key = request.path_params.get("key")
        call = WebhookRequest(
            url, dict(request.headers.items()), body, request.method, tuple(others), path_key=key
        )
        try:
            settings = self._settings_of(definition, destination)
        except ValidationError:
            _log.error(
                "A callback can't be heard: the settings of its destination no longer fit it",
                destination=destination.id,
            )
            words = "The settings of this destination no longer fit it. Nothing was changed: try again once they are mended.\n"
            return PlainTextResponse(words, 503, headers={"Retry-After": "60"})
        try:
            found = reading(definition.webhooks)(call, settings)
        except InvalidAuthenticationError as error:
            metrics.CALLBACKS.labels("refused").inc()
            _log.warning(
                "A callback was refused",
                destination=destination.id,
                why=error.message,
                checked=_without(key, _shown(call.url)),
            )
            return PlainTextResponse(f"{error.message}\n", 403)
        except ValueError as error:
            metrics.CALLBACKS.labels("unreadable").inc()
            _log.warning(
                "A callback can't be read", destination=destination.id, why=_without(key, str(error))
            )
            return PlainTextResponse(f"The callback can't be read ({error}). Nothing was changed.\n", 400)
        now = services.clock.now()
        try:
            await self._hearing.hear(destination, found)
            if any(isinstance(one, StatusChanged) and one.too_fast for one in found):
                slower = await services.store.read(lambda c: signals.too_fast(c, destination, found))
                await slow_down(services, slower, now)
        except (StoreBusy, StoreUnavailable) as error:
            return PlainTextResponse(f"{error}\n", 503, headers={"Retry-After": "1"})
        if destination.policy.inbound_source_id and any(
            isinstance(one, InboundMessage | LinkClicked) for one in found
        ):
            services.shared.wakeups.ring(JobKind.MATCH)  # it became an event
        if any(isinstance(one, StatusChanged) and one.account_trouble for one in found):
            services.workspace.invalidate()
        return None

    def _settings_of(self, definition: DestinationDefinition, destination: Destination) -> Any:
        """What `_settings_of` says, read once for as long as the destination stays as it is."""
        known = self._known.get(destination.id)
        if known is None or known[0] is not destination:
            known = self._known[destination.id] = (destination, _settings_of(definition, destination))
        return known[1]


def _settings_of(definition: DestinationDefinition, destination: Destination) -> Any:
    """The settings to read a call by. Those that no longer fit, such as after an upgrade, are left out: a stop is heard all the same.

    Raises ValidationError where they can't be.
    """
    whole = dict(destination.settings)
    try:
        return definition.settings.model_validate(whole)
    except ValidationError as error:
        unfit = {one["loc"][0] for one in error.errors(include_url=False, include_input=False) if one["loc"]}
        return definition.settings.model_validate(
            {name: value for name, value in whole.items() if name not in unfit}
        )


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise HTTPException(413, "The body is too large. Nothing was changed.\n")
    except (TimeoutError, ClientDisconnect):
        raise HTTPException(408, "The body did not arrive. Nothing was changed.\n") from None
    return body


def _without(key: str | None, text: str) -> str:
    """Text for the log without the key of the path that was called."""
    return text if key is None else text.replace(key, "…")


def _shown(url: str) -> str:
    """The address for the log: of its query the names alone, since the values may be a secret, or what a person wrote."""
    parts = urlsplit(url)
    names = "&".join(f"{name}=…" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return parts._replace(query=names, netloc=parts.netloc.rpartition("@")[2]).geturl()
