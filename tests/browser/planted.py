"""A real gateway whose ledger has no row, one, or very many of whatever a page lists.

python -m tests.browser.planted --rows 300 --port 8123        serves one until Ctrl-C, with a simulator beside it
"""

import argparse
import asyncio
import contextlib
import fcntl
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy import Connection

from gateway import logging
from gateway.cluster.parts import interruptible
from gateway.secrets import Secrets
from gateway.storage import destinations
from gateway.storage.engine import open_store
from gateway.storage.sqlite import SqliteStore
from gateway.workspace import Role
from tests.browser.planting import counts, many, shop, story
from tests.integration.forks import Fork
from tests.integration.system import System

STORY = 250
"""So many events are told one by one; what is beyond them is made of theirs."""

KEPT = {"HELIOGRAPH_RETENTION_PAYLOADS_DAYS": "60", "HELIOGRAPH_RETENTION_BODIES_DAYS": "60"}
"""Longer than the month that is told: a page shows all of it."""

_TOLD = "planted.json"


@dataclass(frozen=True)
class Planted:
    """What a test needs to know: the ids of what was configured, by its name; the write keys of sources; and the secrets that no page may show."""

    ids: dict[str, str]
    write_keys: dict[str, str]
    canaries: list[str]
    tokens: dict[Role, str] = field(default_factory=lambda: dict(shop.TOKENS))

    @classmethod
    def of(cls, folder: Path) -> "Planted":
        return cls(**json.loads((folder / _TOLD).read_text("utf-8")))


# -- Planting -----------------------------------------------------------------------------------------------------------


async def plant(folder: Path, rows: int) -> None:
    """Make the ledger in that folder."""
    file = folder / "heliograph.db"
    await SqliteStore.open(file).close()
    store = await open_store(f"sqlite:///{file}")
    try:
        town = shop.Town(store, folder, datetime.now(UTC) - story.SPAN)
        if rows == 0:
            await town.sign_in()
        elif rows == 1:
            await shop.open_stall(town)
            await town.wait(story.SPAN - story.AN_HOUR)
            await story.one_of_each(town)
        else:
            await shop.open_shop(town)
            await story.Month(town, min(rows, STORY)).tell()
        await town.close()
    finally:
        await store.close()
    if rows > 1:
        many.multiply(file, rows, datetime.now(UTC))
        await _count_again(file)
    shop.remember(town, folder / _TOLD)


async def _count_again(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}")
    try:
        await counts.count_again(store, datetime.now(UTC))
    finally:
        await store.close()


def kept(root: Path, rows: int) -> Path:
    """The folder of a ledger that was planted once for all who ask with this root. It is made in a process of its own: whoever asks may have
    an event loop that runs.
    """
    folder = root / f"planted-{rows}"
    root.mkdir(parents=True, exist_ok=True)
    with (root / f"planted-{rows}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _TOLD).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            ended = Fork(_plant_apart, folder, rows).wait()
            assert ended == 0, f"planting {rows} rows ended with {ended}"
    return folder


def _plant_apart(folder: Path, rows: int) -> None:
    logging.configure("json", "error")
    asyncio.run(plant(folder, rows))


# -- Serving ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def serving(
    planted: Path, folder: Path, *, port: int | None = None, simulator_port: int | None = None
) -> Iterator[System]:
    """A gateway over a copy of that ledger, in that folder, and a simulator in which its accounts live."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    shutil.copy(planted / "heliograph.db", data / "heliograph.db")
    environ = {
        "HELIOGRAPH_SECRET_KEYS": ",".join(shop.KEYS),
        "HELIOGRAPH_ADMIN_TOKEN": shop.TOKENS[Role.ADMIN],
        "HELIOGRAPH_LOG_LEVEL": "warning",
        **KEPT,
    }
    system = System(folder, environ, forked=True)
    system.token = shop.TOKENS[Role.ADMIN]
    system.simulator_port = simulator_port or system.simulator_port
    system.simulator_url = f"http://127.0.0.1:{system.simulator_port}"
    system.port = port or system.port
    system.url = f"http://127.0.0.1:{system.port}"
    _move(data / "heliograph.db", f"127.0.0.1:{system.simulator_port}")
    try:
        system.start_all()
        yield system
    finally:
        system.close()


def _move(file: Path, host: str) -> None:
    """Let each account be at that host. A thread of its own: whoever asks may have an event loop that runs, and a process takes a second."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, _moved(file, host)).result()


async def _moved(file: Path, host: str) -> None:
    store = await open_store(f"sqlite:///{file}")
    secrets = Secrets(shop.KEYS)

    def change(connection: Connection) -> None:
        for one in destinations.everything(connection, secrets):
            settings = {**one.settings, "twilioHostname": host}
            destinations.save(connection, replace(one, settings=settings), secrets)

    try:
        await store.write(change)
    finally:
        await store.close()


# -- By hand ------------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.planted", description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=300, help="0, 1, or how many deliveries and more there are"
    )
    parser.add_argument("--port", type=int, help="of the gateway; a free one is taken otherwise")
    parser.add_argument("--simulator-port", type=int, help="of the simulator; a free one is taken otherwise")
    given = parser.parse_args(arguments)
    logging.configure("json", "error")
    _serve(given.rows, given.port, given.simulator_port)


def say(words: str) -> None:
    """As it is, on one line: an address is to be copied."""
    Console().print(words, soft_wrap=True, highlight=False, markup=False)


def _serve(rows: int, port: int | None, simulator_port: int | None) -> None:
    interruptible()
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="heliograph-planted-") as made,
    ):
        folder = Path(made)
        say(f"Planting {rows:,} rows …")
        planted = kept(folder, rows)
        with serving(planted, folder / "served", port=port, simulator_port=simulator_port) as system:
            for role, token in shop.TOKENS.items():
                say(f"{role.value:9} {system.url}/#token={token}")
            say(f"GraphiQL  {system.url}/graphql#token={system.token}")
            say(f"Phone     {system.simulator_url}/")
            say(f"Log       {system.folder / 'serve.log'}")
            signal.pause()


if __name__ == "__main__":
    main(sys.argv[1:])
