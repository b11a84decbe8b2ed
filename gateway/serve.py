"""Serves the gateway, with a worker inside, until it is told to stop."""

import asyncio
import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from rich.console import Console

from gateway import app
from gateway.errors import StartupError
from gateway.settings import Settings

LOCK_FILE = "serve.lock"


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises StartupError where the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StartupError(
            f"Port {port} on {host} can't be used ({why}). Nothing was started. "
            "Stop what listens there, or choose another with --port."
        ) from error
    listener.set_inheritable(True)
    return listener


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Holds the data directory for this process: its queue and its database have one owner. Raises StartupError."""
    if not settings.embedded:
        yield
        return
    app.open_data_dir(settings)
    with (settings.data_dir / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartupError(
                f"Another heliograph serves from {settings.data_dir}. Nothing was started. "
                "Stop it, or set HELIOGRAPH_DATA_DIR to another directory."
            ) from error
        yield


async def serve(settings: Settings, listener: socket.socket, console: Console) -> None:
    """Serve on that socket until SIGINT or SIGTERM; what was taken is finished or stays queued."""
    gateway = await app.build(settings)
    try:
        token = await app.first_token(gateway.pipeline.store, settings, gateway.pipeline.clock)
        _welcome(console, listener, token)
        stopping = asyncio.Event()
        worker = asyncio.create_task(gateway.run_worker(stopping))
        server = uvicorn.Server(
            uvicorn.Config(
                gateway.app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=20,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait({worker, serving}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        stopping.set()
        await worker
    finally:
        await gateway.close()


def _welcome(console: Console, listener: socket.socket, token: str | None) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    console.print(
        f"[bold]heliograph[/] takes events on {url}/v1 and answers GraphQL on {url}/graphql", highlight=False
    )
    if token is not None:
        console.print("The first admin token, shown this once:", highlight=False)
        console.print(token, style="bold", highlight=False, soft_wrap=True)
        console.print(f"GraphiQL, signed in: {url}/graphql#token={token}", highlight=False, soft_wrap=True)
