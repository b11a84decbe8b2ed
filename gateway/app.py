"""The composition root: the one place that picks adapters and joins the parts into one ASGI app."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route, WebSocketRoute

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed
from gateway import exports, health, ids, logging, secrets, uploads
from gateway.auth import FIRST_ADMIN, Authenticator
from gateway.clock import Clock, SystemClock
from gateway.console import pages
from gateway.errors import StartupError, StoreBusy, StoreUnavailable
from gateway.facts.workspace import Workspace
from gateway.graphql.http.elsewhere import elsewhere
from gateway.graphql.http.endpoint import GraphQLEndpoint
from gateway.ingest.endpoints import IngestApp
from gateway.pipeline import outbox
from gateway.pipeline.worker import Worker
from gateway.secrets import Secrets
from gateway.sending import SendingClient, open_client
from gateway.sending.reading import Reader, open_reader
from gateway.sending.receivers import Receivers
from gateway.services import Services
from gateway.settings import Settings
from gateway.shared import Shared
from gateway.shared.memory import in_memory
from gateway.storage import leases, ledger, tokens
from gateway.storage.engine import Store, open_store
from gateway.storage.ledger_clock import LedgerClock, ledger_clock
from gateway.storage.migrate import all_applied
from gateway.webhooks.endpoints import WebhookApp
from gateway.workspace import Role

ADMIN_FILE = "admin-token"
WATCH_SECONDS = 1.0
CLOCK_LOOKS = 60
"""After so many looks the ledger's clock is read again, from which this machine's drifts."""

_log = logging.get("app")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything that runs: the ASGI app, and the worker beside it. `health` is what of the app a worker alone serves; `end_streams`
    sends everybody away who watches.
    """

    app: Any
    health: Any
    services: Services
    end_streams: Callable[[], None]
    _ingest: IngestApp
    _stack: AsyncExitStack

    async def run_worker(self, stopping: asyncio.Event) -> None:
        """Match and deliver until `stopping` is set; what is under way then is finished."""
        worker = Worker(self.services)
        running = asyncio.create_task(worker.run())
        stopper = asyncio.create_task(stopping.wait())
        await asyncio.wait({running, stopper}, return_when=asyncio.FIRST_COMPLETED)
        stopper.cancel()
        worker.stop()
        await running

    async def watch(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set, notice within a second what another process changed, such as `heliograph pause`; and go by the
        ledger's clock.
        """
        clock, looks = self.services.clock, 0
        while not stopping.is_set():
            try:
                await self.services.workspace.look()
                await self.services.workspace.current()
                looks += 1
                if isinstance(clock, LedgerClock) and looks % CLOCK_LOOKS == 0:
                    await clock.follow(self.services.store)
            except (StoreBusy, StoreUnavailable) as error:
                _log.warning("Whether something configured was changed can't be read now", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), WATCH_SECONDS)

    async def share_limits(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set, keep each source within what it may send to all gateways together."""
        sharing = asyncio.create_task(self._ingest.share())
        await stopping.wait()
        sharing.cancel()
        await asyncio.wait({sharing})

    async def close(self) -> None:
        """Let go of the stores and connections."""
        await self._stack.aclose()


def open_secrets(settings: Settings) -> Secrets:
    """The keys of the settings, or the key file. Raises StartupError."""
    if settings.secret_keys:
        return Secrets([key.get_secret_value() for key in settings.secret_keys])
    if not settings.embedded:
        raise StartupError(
            "HELIOGRAPH_SECRET_KEYS is needed with PostgreSQL, since several processes must share it. Nothing was started. "
            "Make one with `openssl rand -base64 32`."
        )
    return Secrets([secrets.key_file(settings.data_dir)])


def prepare(settings: Settings) -> None:
    """See that the settings go together, and make the data directory where it is needed. Raises StartupError."""
    fit_together(settings)
    if settings.embedded:
        _open_data_dir(settings)


def fit_together(settings: Settings) -> None:
    """Raises StartupError where one setting has no use beside another."""
    if settings.embedded and not settings.alone:
        raise StartupError(
            "HELIOGRAPH_REDIS_URL is for several processes over one PostgreSQL, and HELIOGRAPH_DATABASE_URL names none. Nothing "
            "was started. Set HELIOGRAPH_DATABASE_URL=postgresql+asyncpg://user@host/name, or unset HELIOGRAPH_REDIS_URL."
        )


def _open_data_dir(settings: Settings) -> None:
    path = settings.data_dir
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = path / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartupError(
            f"The data directory {path} can't be written ({error.strerror}). Nothing was started. "
            "Make it writable for this user, or set HELIOGRAPH_DATA_DIR to one that is."
        ) from error


@asynccontextmanager
async def existing_store(settings: Settings, *, undone: str) -> AsyncIterator[Store]:
    """The store that a gateway has set up, which may serve from it meanwhile. Raises StartupError, with `undone` in its words, where
    there is none.
    """
    file = settings.database_file
    if (file is not None and not file.exists()) or not await all_applied(settings.database):
        where = file or "the database of HELIOGRAPH_DATABASE_URL"
        raise StartupError(
            f"There is no store at {where} that this heliograph has set up. {undone} "
            "Start the gateway there once (`heliograph serve`, or `make run`), or set HELIOGRAPH_DATA_DIR or "
            "HELIOGRAPH_DATABASE_URL to where its store is."
        )
    store = await open_store(settings.database)
    try:
        yield store
    finally:
        await store.close()


async def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    client: SendingClient | None = None,
    reader: Reader | None = None,
    definitions: Mapping[str, DestinationDefinition] | None = None,
) -> Gateway:
    """The gateway for these settings; a test hands in what it wants to hold. Raises StartupError."""
    prepare(settings)
    keys = open_secrets(settings)
    stack = AsyncExitStack()
    try:
        store = await open_store(settings.database)
        stack.push_async_callback(store.close)
        name = await store.write(lambda c: ledger.introduce(c, keys))
        now = clock or (SystemClock() if settings.embedded else await ledger_clock(store, SystemClock()))
        shared = await _open_shared(settings, name, now)
        stack.push_async_callback(shared.reach.close)
        if settings.alone:
            await store.write(leases.recover)
        known = definitions if definitions is not None else installed()
        workspace = Workspace(store, keys, known, shared.changes)
        await workspace.current()
        if reader is None:
            reader = open_reader(shared.cache)
            stack.push_async_callback(reader.close)
        if client is None:
            client = open_client(connections=outbox.AT_ONCE)
            stack.push_async_callback(client.close)
        receivers = Receivers(settings.webhook_allowed_hosts)
        stack.push_async_callback(receivers.close)
        authenticator = Authenticator(store, settings.admin_token, now)
        stack.push_async_callback(authenticator.close)
        services = Services(
            store=store,
            secrets=keys,
            workspace=workspace,
            clock=now,
            settings=settings,
            reader=reader,
            client=client,
            receivers=receivers,
            shared=shared,
            authenticator=authenticator,
        )
    except BaseException:
        await stack.aclose()
        raise
    graphql = GraphQLEndpoint(services, pages.graphiql_response)
    ingest = IngestApp(services)
    return Gateway(
        _asgi(services, ingest, graphql),
        Starlette(routes=health.routes(services)),
        services,
        graphql.subscriptions.seats.close,
        ingest,
        stack,
    )


async def _open_shared(settings: Settings, ledger_name: str, clock: Clock) -> Shared:
    """What this process shares with others, if there may be any."""
    if settings.redis_url is None:
        return in_memory()
    from gateway.shared.redis import open_redis  # noqa: PLC0415  no other process has to load it

    return await open_redis(settings.redis_url, ledger_name, clock)


def _asgi(services: Services, ingest: IngestApp, graphql: GraphQLEndpoint) -> Any:
    rest = Starlette(
        routes=[
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
            *health.routes(services),
            *exports.routes(services),
            *uploads.routes(services),
            *pages.routes(),
        ],
        exception_handlers={HTTPStatus.NOT_FOUND: pages.nowhere(elsewhere), HTTPException: elsewhere},
    )
    webhooks = WebhookApp(services)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        # What is called most stands in front of the router: the /v1 API, whose paths come with doubled and trailing slashes, and webhooks.
        path = scope["path"].lstrip("/") if scope["type"] == "http" else ""
        if path.startswith("v1/") or path == "v1":
            await ingest(scope, receive, send)
        elif scope["type"] == "http" and webhooks.has(scope["path"]):
            await webhooks(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return app


async def first_token(store: Store, settings: Settings, clock: Clock) -> str | None:
    """A new admin token where there is none yet; shown once on a terminal, else put into a file of mode 0600."""
    if settings.admin_token is not None or await store.read(tokens.any_exist):
        return None
    token = ids.secret("hgt")
    await store.write(
        lambda c: tokens.add(
            c, name=FIRST_ADMIN, role=Role.ADMIN, space="default", token=token, now=clock.now()
        )
    )
    if not sys.stdout.isatty():
        write_private(settings.data_dir / ADMIN_FILE, token + "\n")
        _log.info("An admin token was made", file=str(settings.data_dir / ADMIN_FILE))
        return None
    return token


def write_private(path: Path, text: str) -> None:
    """Put a text into a file that only this user can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
