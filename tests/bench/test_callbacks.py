"""The benchmark of callbacks, and that a burst loses nothing that was answered when the gateway is killed in it."""

import asyncio
import base64
import random
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gateway.secrets import Secrets
from gateway.storage.engine import open_store
from tests.bench.callbacks import OF_EACH, Figures, calls, fill, served

TEXTS = 300
BEFORE_THE_KILL = 200


def test_the_goals_are_told_by_each_callback() -> None:
    slow = [0.1] * 98 + [2.0] * 2

    found = Figures("SQLite", slow, 1.0, 1.0, 0.04, 100, ())

    assert [one.met for one in found.verdicts()] == [False, True, True]
    assert [one.text for one in found.verdicts()] == [
        "answered within 2.000 s (p99), goal 1 s",
        "0.40 ms of CPU each, goal 0.5",
        "1.00 statements each, goal 1",
    ]


async def answered(port: int, requests: Sequence[bytes], enough: asyncio.Event) -> list[bytes]:
    """Which of these were acknowledged before the other end was gone."""
    waiting, found = iter(requests), list[bytes]()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(OSError, asyncio.IncompleteReadError):
            for request in waiting:
                writer.write(request)
                if b" 204 " in await reader.readuntil(b"\r\n\r\n"):
                    found.append(request)
                if len(found) >= BEFORE_THE_KILL:
                    enough.set()
        writer.close()

    await asyncio.gather(*(one() for _ in range(16)))
    return found


def told_by(request: bytes) -> tuple[str, str]:
    """The Delivery and the status that a request names."""
    text = request.decode()
    status = text.partition("MessageStatus=")[2].partition("&")[0]
    return text.partition("delivery=")[2].partition(" ")[0], status.upper()


async def test_what_was_answered_is_on_disk_when_the_gateway_is_killed(
    anyio_backend: str, tmp_path: Path
) -> None:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    store = await open_store(f"sqlite:///{tmp_path}/heliograph.db")
    await store.write(lambda c: fill(c, Secrets([key]), TEXTS, datetime.now(UTC)))
    await store.close()
    environ = {"HELIOGRAPH_DATA_DIR": str(tmp_path), "HELIOGRAPH_SECRET_KEYS": key}
    enough = asyncio.Event()

    with served(environ) as (server, _line):
        requests = calls(server.port, len(OF_EACH) * TEXTS, random.Random(1))
        sending = asyncio.create_task(answered(server.port, requests, enough))
        await enough.wait()
        server.process.kill()
        acknowledged = await sending

    ledger = sqlite3.connect(tmp_path / "heliograph.db")
    kept = set(ledger.execute("SELECT delivery_id, status FROM status_callbacks").fetchall())
    ledger.close()
    assert BEFORE_THE_KILL <= len(acknowledged) < len(requests)
    assert {told_by(one) for one in acknowledged} <= kept
