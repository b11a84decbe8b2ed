"""POST /webhooks/{destinationId}/status and /inbound, as a plain ASGI app: verified, kept, then answered."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError

from destinations.kit import (
    ConsentChanged,
    DestinationDefinition,
    InboundMessage,
    InvalidAuthenticationError,
    LinkClicked,
    Signal,
    StatusChanged,
    WebhookRequest,
    Webhooks,
    decode_form,
)
from gateway import logging, metrics
from gateway.deadlines import Deadlines
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import JobKind
from gateway.pipeline import signals
from gateway.pipeline.send import slow_down
from gateway.services import Services
from gateway.storage import ledger
from gateway.webhooks import addresses, paths, proof
from gateway.webhooks.answers import INBOUND_HEARD, STATUS_HEARD, Answer, RefusedError
from gateway.webhooks.hearing import Hearing
from gateway.webhooks.paths import About, Target
from gateway.workspace import Destination

MOST_BYTES = 64 * 1024
BODY_SECONDS = 10.0

Receive = Callable[[], Awaitable[Any]]

_METHODS = ("POST", "GET", "HEAD")
_CUT_SHORT = "The body did not arrive. Nothing was changed."
_HEARD = {About.STATUS: STATUS_HEARD, About.INBOUND: INBOUND_HEARD}
_log = logging.get("webhooks")


class WebhookApp:
    """Hears what providers call, for all destinations."""

    def __init__(self, services: Services, *, body_seconds: float = BODY_SECONDS) -> None:
        self._services = services
        self._starts = paths.starts(services.settings.public_url)
        self._deadlines = Deadlines(body_seconds)
        self._hearing = Hearing(services)
        self._known: dict[str, tuple[Destination, Any]] = {}

    def has(self, path: str) -> bool:
        """Whether that path is one of those that providers call."""
        return path.startswith(self._starts)

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        try:
            answer = await self._answer(scope, receive)
        except RefusedError as refused:
            answer = refused.answer
            if refused.result is not None:
                metrics.CALLBACKS.labels(refused.result).inc()
        except (StoreBusy, StoreUnavailable) as error:
            answer = RefusedError(503, str(error), retry_after=1).answer
        except Exception:  # noqa: BLE001  a bug: whatever it is, the provider calls again
            _log.exception("A callback failed")
            answer = RefusedError(
                500, "The gateway failed on this call, and its log has the cause. Call again."
            ).answer
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def _answer(self, scope: Any, receive: Receive) -> Answer:
        target = paths.target_of(scope["path"], self._starts)
        if target is None:
            proven = await self._proof(scope)
            if proven is not None:
                return proven
            raise RefusedError(
                404, "Providers call /webhooks/{destination}/status and /inbound. Nothing was changed."
            )
        if scope["method"] not in _METHODS:
            raise RefusedError(
                405, "Providers call by POST or GET. Nothing was changed.", allow=", ".join(_METHODS)
            )
        workspace = self._services.workspace
        snapshot = workspace.ready or await workspace.current()
        destination = snapshot.destinations.get(target.destination_id)
        definition = workspace.definitions.get(destination.definition) if destination else None
        if destination is None or definition is None or definition.webhooks is None:
            raise RefusedError(
                404, "There is no such destination. Nothing was changed.", result="no_destination"
            )
        call = await self._call(scope, receive, target)
        found = self._read(call, target, destination, definition, definition.webhooks)
        if not found:
            metrics.CALLBACKS.labels("silent").inc()
            _log.warning(
                "A callback says nothing that is known here: nothing was changed",
                destination=destination.id,
                about=target.about.value,
            )
        await self._keep(destination, found)
        return _HEARD[target.about]

    async def _proof(self, scope: Any) -> Answer | None:
        """The answer to one of ours who asks whether this is the gateway that it looks for; None to all others."""
        if not scope["path"].endswith(f"/{proof.PLACE}"):
            return None
        said = next((value for name, value in scope["headers"] if name == proof.ASK.encode()), b"")
        nonce = proof.asked(said.decode("latin-1"), self._services.secrets)
        if nonce is None:
            return None
        name = await self._services.store.read(ledger.name)
        made = proof.answer(nonce, name, self._services.secrets)
        return Answer(204, headers=((proof.ANSWER.encode(), made.encode()),))

    async def _call(self, scope: Any, receive: Receive, target: Target) -> WebhookRequest:
        # Of a header that comes more than once the first counts: what proxies add stands behind it.
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])
        }
        body = await _body(receive, self._deadlines)
        url, *others = addresses.called(self._services.settings.public_url, scope, headers)
        return WebhookRequest(url, headers, body, scope["method"], tuple(others), target.key)

    def _read(
        self,
        call: WebhookRequest,
        target: Target,
        destination: Destination,
        definition: DestinationDefinition,
        webhooks: Webhooks,
    ) -> tuple[Signal, ...]:
        """What the call says. Raises RefusedError where it is not the provider's, or can't be read."""
        try:
            settings = self._settings_of(definition, destination)
        except ValidationError:
            _log.error(
                "A callback can't be heard: the settings of its destination no longer fit it",
                destination=destination.id,
            )
            words = "The settings of this destination no longer fit it. Nothing was changed: try again once they are mended."
            raise RefusedError(503, words, retry_after=60) from None
        read = webhooks.status if target.about is About.STATUS else webhooks.inbound
        try:
            return read(call, settings)
        except InvalidAuthenticationError as error:
            _log.warning(
                "A callback was refused",
                destination=destination.id,
                why=error.message,
                checked=_without(target.key, _shown(call.url)),
            )
            words = f"{error.message.removesuffix('.')}. Nothing was changed."
            raise RefusedError(403, words, result="refused") from None
        except ValueError as error:
            _log.warning(
                "A callback can't be read", destination=destination.id, why=_without(target.key, str(error))
            )
            words = f"The callback can't be read ({error}). Nothing was changed."
            raise RefusedError(400, words, result="unreadable") from None

    async def _keep(self, destination: Destination, found: tuple[Signal, ...]) -> None:
        """Return once that is on disk; and tell whoever waits for it."""
        services = self._services
        now = services.clock.now()
        await self._hearing.hear(destination, found)
        if any(isinstance(one, StatusChanged) and one.too_fast for one in found):
            slower = await services.store.read(lambda c: signals.too_fast(c, destination, found))
            await slow_down(services, slower, now)
        if destination.policy.inbound_source_id and any(
            isinstance(one, InboundMessage | LinkClicked) for one in found
        ):
            services.shared.wakeups.ring(JobKind.MATCH)  # it became an event
        if destination.policy.stop_confirmation and any(isinstance(one, ConsentChanged) for one in found):
            services.shared.wakeups.ring(JobKind.DELIVER)  # it may be confirmed
        if any(isinstance(one, StatusChanged) and one.account_trouble for one in found):
            services.workspace.invalidate()

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


async def _body(receive: Receive, deadlines: Deadlines) -> bytes:
    body: bytes = b""
    try:
        with deadlines.within():
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RefusedError(408, _CUT_SHORT, result="cut_short")
                body += message.get("body", b"")
                if len(body) > MOST_BYTES:
                    raise RefusedError(413, "The body is too large. Nothing was changed.", result="too_large")
                if not message.get("more_body", False):
                    return body
    except TimeoutError:
        raise RefusedError(408, _CUT_SHORT, result="cut_short") from None


def _without(key: str | None, text: str) -> str:
    """Text for the log without the key of the path that was called."""
    return text if key is None else text.replace(key, "…")


def _shown(url: str) -> str:
    """The address for the log: of its query the names alone, since the values may be a secret, or what a person wrote."""
    address, _, query = url.partition("?")
    names = "&".join(f"{name}=…" for name, _ in decode_form(query))
    return f"{address}?{names}" if names else address
