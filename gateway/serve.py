"""Serves the gateway, with a worker inside or without, or works alone, until it is told to stop."""

import asyncio
import gc
import signal
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from rich.console import Console

from gateway import app, logging
from gateway.errors import StartupError
from gateway.protocol import Protocol, SocketProtocol
from gateway.settings import Settings
from gateway.storage import free_space, ownership

_log = logging.get("serve")


class _Server(uvicorn.Server):
    """Leaves the signals to `serve`: uvicorn would raise them again before the worker has finished."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, listener: socket.socket, console: Console, *, work: bool = True) -> None:
    """Serve on that socket until SIGINT or SIGTERM; what was begun is finished, what was taken stays queued.

    A second signal does not wait for open connections. Without `work` nothing is matched or sent by this process.
    """
    app.prepare(settings)
    async with ownership.held(settings.database, alone=settings.alone):
        gateway = await app.build(settings)
        try:
            token = await app.first_token(gateway.services.store, settings, gateway.services.clock)
            _welcome(console, listener, token)
            if await gateway.services.store.read(free_space.is_kept):
                _log.warning("What is removed stays part of the database file", remedy=free_space.REMEDY)
            spare_the_collector()
            await _until_told(gateway, gateway.app, listener, settings.trusted_proxies, work=work)
        finally:
            await gateway.close()


async def work(settings: Settings, listener: socket.socket | None, console: Console) -> None:
    """Match and send until SIGINT or SIGTERM, beside others that take events in; on that socket /healthz, /readyz and /metrics alone.

    Raises StartupError where nobody could work beside it.
    """
    if settings.alone:
        raise StartupError(
            "`heliograph worker` works beside `heliograph serve --no-worker`, and both need HELIOGRAPH_DATABASE_URL (PostgreSQL) and "
            "HELIOGRAPH_REDIS_URL. Nothing was started. Set both, the same for all, or run `heliograph serve` alone: it has a worker inside."
        )
    app.prepare(settings)
    async with ownership.held(settings.database, alone=False):
        gateway = await app.build(settings)
        try:
            console.print("[bold]heliograph[/] matches and sends", highlight=False)
            spare_the_collector()
            await _until_told(gateway, gateway.health, listener, settings.trusted_proxies, work=True)
        finally:
            await gateway.close()


def spare_the_collector() -> None:
    """Let the garbage collector pass over what was made so far: it stays until the end. It looked through the modules and the
    schema again and again, for a quarter of the time that events take.
    """
    gc.collect()
    gc.freeze()


SOCKET_BYTES = 256 * 1024 + 4096
"""The largest message of a WebSocket: as much as may be asked by POST, and what is around it. None is packed, since what one unpacks to
and the memory of packing are each client's to choose.
"""

_LOOPBACK = ("127.0.0.1", "::1")


def config(asgi: Any, trusted_proxies: Collection[str] = ()) -> uvicorn.Config:
    """How an ASGI app is served: nothing around it that nobody reads. Of those proxies, and of loopback, the word is taken on
    who called.
    """
    return uvicorn.Config(
        asgi,
        interface="asgi3",
        http=Protocol,
        ws=SocketProtocol,
        ws_max_size=SOCKET_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=20,
        forwarded_allow_ips=[*_LOOPBACK, *trusted_proxies],
    )


async def _until_told(
    gateway: app.Gateway,
    asgi: Any,
    listener: socket.socket | None,
    trusted_proxies: Collection[str],
    *,
    work: bool,
) -> None:
    server = _Server(config(asgi, trusted_proxies))
    stopping = asyncio.Event()

    def end() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True
        gateway.end_streams()
        if listener is None:
            stopping.set()

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, end)
    running = {asyncio.create_task(gateway.watch(stopping))}
    if listener is not None:
        running.add(asyncio.create_task(server.serve(sockets=[listener])))
        running.add(asyncio.create_task(gateway.share_limits(stopping)))
    if work:
        running.add(asyncio.create_task(gateway.run_worker(stopping)))
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        gateway.end_streams()
        stopping.set()
        await asyncio.gather(*running)


def _welcome(console: Console, listener: socket.socket, token: str | None) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    console.print(
        f"[bold]heliograph[/] takes events on {url}/v1, answers GraphQL on {url}/graphql, and has its page at {url}/",
        highlight=False,
    )
    if token is not None:
        console.print("The first admin token, shown this once:", highlight=False)
        console.print(token, style="bold", highlight=False, soft_wrap=True)
        console.print(f"The page, signed in: {url}/#token={token}", highlight=False, soft_wrap=True)
