"""What keeps a process from joining others is one line that says what to do, with exit code 1: nothing is started, nothing changed."""

import asyncio
import os
import re
import secrets
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.cluster import programs, servers
from gateway.secrets import Secrets
from gateway.storage import ledger, ownership, server_version
from gateway.storage.engine import open_store
from tests.databases import execute
from tests.integration.late import LATE
from tests.integration.test_startup import heliograph, refusal

pytestmark = pytest.mark.skipif(
    (programs.postgresql_folder() is None or programs.redis_program() is None) and "CI" not in os.environ,
    reason="PostgreSQL's server or redis-server is not installed",
)

SERVE, WORKER, MIGRATE = ("serve", "--no-worker", "--port", "0"), ("worker",), ("migrate",)
EACH = pytest.mark.parametrize("command", [WORKER, MIGRATE], ids=["worker", "migrate"])
"""Those that come to PostgreSQL by two ways; `serve` takes the way of `worker`."""

WRONG = "nobody-sees-this"
"""A password that stands in no line."""

MEND_POSTGRESQL = "Nothing was started. Start it, or mend HELIOGRAPH_DATABASE_URL."
MEND_REDIS = "Nothing was started. Start it, or mend HELIOGRAPH_REDIS_URL (with TLS it begins with rediss://, without with redis://)."


class Stores:
    """A PostgreSQL and a Redis, each behind a password."""

    def __init__(self, postgresql: str, redis: str) -> None:
        self.postgresql, self.redis = make_url(postgresql), redis

    def settings(
        self, database: URL | None = None, redis: str | None = None, keys: str = "k" * 32
    ) -> dict[str, str]:
        """Of a process that may join, but for what is given."""
        return {
            "HELIOGRAPH_DATABASE_URL": (database or self.postgresql).render_as_string(hide_password=False),
            "HELIOGRAPH_REDIS_URL": self.redis if redis is None else redis,
            "HELIOGRAPH_SECRET_KEYS": keys,
        }

    def database(self) -> URL:
        """A new one, with nothing in it."""
        name = f"heliograph_{secrets.token_hex(6)}"
        asyncio.run(execute(self.postgresql.render_as_string(hide_password=False), f"CREATE DATABASE {name}"))
        return self.postgresql.set(database=name)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    found, folder = programs.found(), tmp_path_factory.mktemp("stores")
    with (
        servers.postgresql(found.postgresql, folder) as database,
        servers.redis(found.redis, folder) as redis,
    ):
        yield Stores(database.address, redis.address)


async def _tables(database: URL) -> set[str]:
    engine = create_async_engine(database, poolclass=NullPool)
    async with engine.connect() as connection:
        found = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    await engine.dispose()
    return set(found)


def tables(database: URL) -> set[str]:
    return asyncio.run(_tables(database))


# -- PostgreSQL


@EACH
def test_no_postgresql_is_there(tmp_path: Path, stores: Stores, command: tuple[str, ...]) -> None:
    nowhere = stores.postgresql.set(port=1)

    said = refusal(heliograph(tmp_path, *command, **stores.settings(nowhere)))

    assert said.startswith("heliograph: PostgreSQL at 127.0.0.1:1 can't be used (")
    assert "Connect call failed" in said or "Connection refused" in said
    assert said.endswith(MEND_POSTGRESQL)


@EACH
def test_postgresql_takes_another_password(tmp_path: Path, stores: Stores, command: tuple[str, ...]) -> None:
    said = refusal(heliograph(tmp_path, *command, **stores.settings(stores.postgresql.set(password=WRONG))))

    assert said == (
        f"heliograph: PostgreSQL at 127.0.0.1:{stores.postgresql.port} can't be used "
        f'(password authentication failed for user "heliograph"). {MEND_POSTGRESQL}'
    )


@contextmanager
def as_fourteen(server: URL) -> Iterator[int]:
    """A port at which that server answers, and says that it is PostgreSQL 14."""
    number = str(asyncio.run(_version(server)))

    def older(said: bytes) -> bytes:
        return said.replace(number.encode(), b"14" + number[2:].encode())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_relay, args=(listening, server, older), daemon=True).start()
        yield listening.getsockname()[1]


async def _version(server: URL) -> int:
    engine = create_async_engine(server, poolclass=NullPool)
    async with engine.connect() as connection:
        found = await connection.run_sync(server_version.read)
    await engine.dispose()
    return found


def _relay(listening: socket.socket, server: URL, older: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):  # the end of the test
        while True:
            client, _ = listening.accept()
            there = socket.create_connection((server.host, server.port))
            for pair in ((client, there, bytes), (there, client, older)):
                threading.Thread(target=_lead, args=pair, daemon=True).start()


def _lead(come: socket.socket, go: socket.socket, said: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):
        while some := come.recv(65_536):
            go.sendall(said(some))
    for one in (come, go):
        with suppress(OSError):  # the other thread was here first
            one.shutdown(socket.SHUT_RDWR)  # a socket that is waited at is not closed by closing it
        one.close()


@pytest.mark.parametrize("command", [SERVE, WORKER, MIGRATE], ids=["serve", "worker", "migrate"])
def test_postgresql_is_too_old(tmp_path: Path, stores: Stores, command: tuple[str, ...]) -> None:
    empty = stores.database()

    with as_fourteen(empty) as port:
        said = refusal(heliograph(tmp_path, *command, **stores.settings(empty.set(port=port))))

    assert re.fullmatch(
        rf"heliograph: PostgreSQL at 127\.0\.0\.1:{port} is version 14\.\d+, and 15 is the oldest that heliograph is tried with\. "
        r"Nothing was started, nothing was changed\. Upgrade it with pg_upgrade, or set HELIOGRAPH_DATABASE_URL to a PostgreSQL 15 or "
        r"later\.",
        said,
    )
    assert tables(empty) == set()


@EACH
def test_the_database_is_another_programs(tmp_path: Path, stores: Stores, command: tuple[str, ...]) -> None:
    theirs = stores.database()
    address = theirs.render_as_string(hide_password=False)
    asyncio.run(execute(address, "CREATE TABLE orders (id int)"))

    said = refusal(heliograph(tmp_path, *command, **stores.settings(theirs)))

    assert said == (
        f"heliograph: The database {theirs.database} is another program's: it has tables that are not heliograph's (orders). "
        "Nothing was started, nothing was changed. Name a database of its own in HELIOGRAPH_DATABASE_URL; PostgreSQL makes one "
        "with `createdb heliograph`."
    )
    assert tables(theirs) == {"orders"}


def test_the_database_is_that_of_another_program_that_migrates_as_this_one_does(
    tmp_path: Path, stores: Stores
) -> None:
    theirs = stores.database()
    address = theirs.render_as_string(hide_password=False)
    asyncio.run(execute(address, "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"))
    asyncio.run(execute(address, "INSERT INTO alembic_version VALUES ('2.0100')"))

    said = refusal(heliograph(tmp_path, *WORKER, **stores.settings(theirs)))

    assert f"The database {theirs.database} is another program's" in said
    assert tables(theirs) == {"alembic_version"}


def test_a_clock_that_is_two_minutes_off(tmp_path: Path, stores: Stores) -> None:
    late = stores.database()

    said = refusal(
        heliograph(
            tmp_path, *WORKER, program="tests.integration.late", **stores.settings(late), **{LATE: "120"}
        )
    )

    assert said == (
        "heliograph: This machine's clock is 120 s behind the database server's, at most 30 s is taken. Nothing was started. "
        "Let both follow one time server (`timedatectl set-ntp true`), and start again."
    )


async def _introduced(database: URL, keys: str) -> None:
    """As whoever is the first of a set leaves it."""
    store = await open_store(database.render_as_string(hide_password=False))
    await store.write(lambda c: ledger.introduce(c, Secrets([keys])))
    await store.close()


def test_keys_that_are_not_those_of_the_others(tmp_path: Path, stores: Stores) -> None:
    shared = stores.database()
    asyncio.run(_introduced(shared, "a" * 32))

    said = refusal(heliograph(tmp_path, *SERVE, **stores.settings(shared, keys="b" * 32)))

    assert said == (
        "heliograph: The keys are others than those that this database was written with. Nothing was started, nothing was changed. "
        "Give every process over one database the same HELIOGRAPH_SECRET_KEYS; to change a key, put the new one in front of the old "
        "ones everywhere."
    )


# -- Redis


def test_no_redis_is_there(tmp_path: Path, stores: Stores) -> None:
    said = refusal(heliograph(tmp_path, *WORKER, **stores.settings(redis=f"redis://:{WRONG}@127.0.0.1:1/0")))

    assert said == f"heliograph: Redis at 127.0.0.1:1 can't be used: it can't be reached. {MEND_REDIS}"


def test_redis_takes_another_password(tmp_path: Path, stores: Stores) -> None:
    port = make_url(stores.redis).port

    said = refusal(
        heliograph(tmp_path, *SERVE, **stores.settings(redis=f"redis://:{WRONG}@127.0.0.1:{port}/0"))
    )

    assert said == (
        f"heliograph: Redis at 127.0.0.1:{port} refuses the user or the password of HELIOGRAPH_REDIS_URL, or wants one. "
        "Nothing was started. Write it as redis://user:password@host:port, or redis://:password@host:port where it has no users."
    )


def test_redis_is_a_cluster(tmp_path: Path, stores: Stores) -> None:
    with servers.redis(programs.found().redis, tmp_path, ["cluster-enabled yes"]) as redis:
        said = refusal(heliograph(tmp_path, *WORKER, **stores.settings(redis=redis.address)))

    assert said.startswith(f"heliograph: Redis at {redis.part.address} is a Redis Cluster, whose scripts")
    assert said.endswith(
        "Nothing was started. Set HELIOGRAPH_REDIS_URL to a single Redis: what is kept there is small, and may be lost."
    )


class _Old(socketserver.StreamRequestHandler):
    """A Redis of years ago, as far as anybody asks."""

    def handle(self) -> None:
        while count := self.rfile.readline():
            words = []
            for _ in range(int(count[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2].upper())
            told = b"redis_version:6.2.14\r\nredis_mode:standalone\r\nrole:master\r\n"
            self.wfile.write(b"$%d\r\n%b\r\n" % (len(told), told) if words[0] == b"INFO" else b"+OK\r\n")


@contextmanager
def old_redis() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Old) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_redis_is_too_old(tmp_path: Path, stores: Stores) -> None:
    with old_redis() as address:
        said = refusal(heliograph(tmp_path, *WORKER, **stores.settings(redis=f"redis://{address}/0")))

    assert said == (
        f"heliograph: Redis at {address} is version 6.2.14, and 7 is the oldest that runs our scripts. Nothing was started. "
        "Use Redis 7 or later, or Valkey."
    )


# -- what goes with what


def test_redis_without_postgresql(tmp_path: Path, stores: Stores) -> None:
    said = refusal(heliograph(tmp_path, *SERVE, HELIOGRAPH_REDIS_URL=stores.redis))

    assert said == (
        "heliograph: HELIOGRAPH_REDIS_URL is for several processes over one PostgreSQL, and HELIOGRAPH_DATABASE_URL names none. "
        "Nothing was started. Set HELIOGRAPH_DATABASE_URL=postgresql+asyncpg://user@host/name, or unset HELIOGRAPH_REDIS_URL."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [False, True], ids=["neither address", "PostgreSQL's alone"])
def test_a_worker_that_nobody_could_work_beside(tmp_path: Path, stores: Stores, given: bool) -> None:
    settings = stores.settings(redis="") if given else {}

    said = refusal(heliograph(tmp_path, *WORKER, **settings))

    assert said == (
        "heliograph: `heliograph worker` works beside `heliograph serve --no-worker`, and both need HELIOGRAPH_DATABASE_URL "
        "(PostgreSQL) and HELIOGRAPH_REDIS_URL. Nothing was started. Set both, the same for all, or run `heliograph serve` alone: it "
        "has a worker inside."
    )


def test_a_process_without_redis_beside_others(tmp_path: Path, stores: Stores) -> None:
    shared = stores.database()
    address = shared.render_as_string(hide_password=False)
    settings = stores.settings(shared, redis="")
    said: list[str] = []

    async def beside_another() -> None:
        async with ownership.held(address, alone=False):
            ran = await asyncio.to_thread(heliograph, tmp_path, "serve", "--port", "0", **settings)
            said.append(refusal(ran))

    asyncio.run(beside_another())

    assert said == [
        (
            f"heliograph: Another heliograph works on the database {shared.database}, and without HELIOGRAPH_REDIS_URL a process works "
            "alone. Nothing was started. Set HELIOGRAPH_REDIS_URL, the same for all of them, or stop the others."
        )
    ]


def test_a_process_with_redis_beside_one_that_works_alone(tmp_path: Path, stores: Stores) -> None:
    shared = stores.database()
    address = shared.render_as_string(hide_password=False)
    said: list[str] = []

    async def beside_another() -> None:
        async with ownership.held(address, alone=True):
            ran = await asyncio.to_thread(heliograph, tmp_path, *WORKER, **stores.settings(shared))
            said.append(refusal(ran))

    asyncio.run(beside_another())

    assert said == [
        (
            f"heliograph: A heliograph without HELIOGRAPH_REDIS_URL works alone on the database {shared.database}. Nothing was started. "
            "Stop it, and start it again with the HELIOGRAPH_REDIS_URL that this one has."
        )
    ]
