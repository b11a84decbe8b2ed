import os
import socket
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.cluster import programs, servers
from gateway.cluster.parts import READY, Part
from gateway.errors import StartupError
from tests.integration.system import until
from tests.resilience.blows import is_up

POSTGRESQL, REDIS = programs.postgresql_folder(), programs.redis_program()

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        (POSTGRESQL is None or REDIS is None) and "CI" not in os.environ, reason="no servers are installed"
    ),
]


def there(found: Path | None) -> Path:
    assert found is not None, "it is needed in CI"
    return found


async def answer(address: str, question: str) -> object:
    engine = create_async_engine(address, poolclass=NullPool)
    async with engine.connect() as connection:
        return await connection.scalar(text(question))


async def test_a_postgresql_of_ones_own_takes_work_behind_a_password(tmp_path: Path) -> None:
    with servers.postgresql(there(POSTGRESQL), tmp_path, {"max_connections": "30"}) as server:
        asked = await answer(server.address, "SHOW max_connections")
        durable = await answer(server.address, "SHOW synchronous_commit")
        stranger = make_url(server.address).set(password="guessed").render_as_string(hide_password=False)
        with pytest.raises(SQLAlchemyError, match="password authentication failed"):
            await answer(stranger, "SELECT 1")

    assert (asked, durable) == ("30", "on")


async def test_a_postgresql_that_was_killed_has_what_was_committed_and_its_address(tmp_path: Path) -> None:
    with servers.postgresql(there(POSTGRESQL), tmp_path) as server:
        engine = create_async_engine(server.address, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE kept AS SELECT 42 AS number"))

        server.part.kill()
        health = server.part.health()
        server.part.start()
        until(lambda: is_up(server.part), 60, "PostgreSQL started again")

        assert health == "ended by signal 9"
        assert await answer(server.address, "SELECT number FROM kept") == 42


def test_a_redis_of_ones_own_is_behind_a_password_and_empty_when_it_is_started_again(tmp_path: Path) -> None:
    with servers.redis(there(REDIS), tmp_path, ["maxmemory 20mb"]) as server:
        port = int(server.part.address.rpartition(":")[2])
        with Redis(host="127.0.0.1", port=port) as stranger, pytest.raises(AuthenticationError):
            stranger.ping()
        with Redis.from_url(server.address) as client:
            client.set("kept", "no")
            limit = client.config_get("maxmemory")

        server.part.kill()
        server.part.start()
        server.part.wait_until_ready()

        with Redis.from_url(server.address) as client:
            assert client.dbsize() == 0
        assert limit == {"maxmemory": "20971520"}


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
def test_nothing_is_left_of_a_server(kind: str, tmp_path: Path) -> None:
    start = servers.postgresql if kind == "postgresql" else servers.redis
    with start(there(POSTGRESQL if kind == "postgresql" else REDIS), tmp_path) as server:
        pid = server.part.pid
        assert pid is not None
        folder = Path(f"/proc/{pid}/cwd").resolve()

    assert server.part.health() == "ended with 0"
    assert not Path(f"/proc/{pid}").exists()
    assert folder == tmp_path or not (folder / "data").exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(server.part.address.rpartition(":")[2])), 1)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(
            StartupError, match=r"(?s)redis did not start \(ended with 1\)\. It said: .*Bad directive"
        ),
        servers.redis(there(REDIS), tmp_path, ["nonsense yes"]),
    ):
        pytest.fail("it started")


def test_a_part_that_was_never_started_says_so_and_is_ended_by_nothing(tmp_path: Path) -> None:
    part = Part(
        "it", ["true"], address="127.0.0.1:1", log=tmp_path / "it.log", environ={}, probe=lambda: READY
    )

    part.tell_to_end()
    part.stop()

    assert (part.health(), part.pid, part.said()) == ("not started", None, "")
