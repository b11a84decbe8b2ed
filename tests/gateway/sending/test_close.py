"""Closing a client lets the process end in peace."""

from __future__ import annotations

import _thread
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from anyio.lowlevel import checkpoint

from gateway.sending import Proxies, open_client

ONE_REQUEST = """
import asyncio
from destinations.kit.http import HttpRequest
from gateway.sending import Proxies, open_client

async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 201 Created\\r\\nConnection: close\\r\\nContent-Length: 0\\r\\n\\r\\n")
    writer.close()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = open_client("{kind}", proxies=Proxies())
    print((await client.send(HttpRequest("POST", f"http://127.0.0.1:{{port}}/"))).status)
    await client.close()

asyncio.run(main())
"""


@pytest.mark.network
@pytest.mark.parametrize("kind", ["pyreqwest", "aiohttp"])
def test_a_process_that_sent_and_closed_ends_well(kind: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ONE_REQUEST.format(kind=kind)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "201\n", "")


async def test_closing_waits_for_a_library_s_thread_to_leave_python() -> None:
    client = open_client("pyreqwest", proxies=Proxies())
    entered, leave = _thread.allocate_lock(), _thread.allocate_lock()
    entered.acquire()
    leave.acquire()
    closing = anyio.Event()
    closed = anyio.Event()

    def stay_in_python() -> None:
        entered.release()
        leave.acquire()

    # As a library starts its own: threading has not heard of it.
    _thread.start_new_thread(stay_in_python, ())
    entered.acquire()

    async def close() -> None:
        closing.set()
        await client.close()
        closed.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(close)
        await closing.wait()
        for _ in range(20):
            await checkpoint()
        closed_early = closed.is_set()
        leave.release()

    assert not closed_early
    assert closed.is_set()
