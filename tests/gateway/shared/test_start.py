"""Before a process shares anything it is looked whether that Redis is one to share through: one line says what to do."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from gateway.clock import SystemClock
from gateway.errors import StartupError
from gateway.shared.redis import open_redis
from gateway.shared.redis_checks import unfit
from tests.gateway.redis_server import RedisServer, free_port

NOTHING = "Nothing was started."


async def refusal(url: str) -> str:
    with pytest.raises(StartupError) as refused:
        await open_redis(url, "start", SystemClock())
    assert "nobody-sees" not in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@contextmanager
def served(folder: Path, *options: str) -> Iterator[RedisServer]:
    server = RedisServer(folder, *options)
    try:
        server.start()
        yield server
    finally:
        server.kill()


async def test_nobody_listens_there(redis_server: RedisServer) -> None:
    redis_server.kill()

    assert await refusal(redis_server.url) == (
        f"Redis at 127.0.0.1:{redis_server.port} can't be used: it can't be reached. {NOTHING} Start it, or mend "
        "HELIOGRAPH_REDIS_URL (with TLS it begins with rediss://, without with redis://)."
    )


async def test_it_does_not_answer(redis_server: RedisServer) -> None:
    redis_server.hang()

    said = await refusal(redis_server.url)

    redis_server.wake()
    assert said.startswith(
        f"Redis at 127.0.0.1:{redis_server.port} can't be used: it does not answer in time. {NOTHING}"
    )


async def test_what_listens_there_is_no_redis() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    said = await refusal(f"redis://127.0.0.1:{port}")

    server.close()
    await server.wait_closed()
    assert said.startswith(f"Redis at 127.0.0.1:{port} can't be used: ")
    assert NOTHING in said


async def test_it_has_no_tls(redis_server: RedisServer) -> None:
    said = await refusal(redis_server.url.replace("redis://", "rediss://"))

    assert said.startswith(f"Redis at 127.0.0.1:{redis_server.port} can't be used: ")
    assert "with TLS it begins with rediss://, without with redis://" in said


async def test_with_tls_it_is_the_one_its_certificate_says(redis_server: RedisServer) -> None:
    url = redis_server.serve_tls(trustme.CA())

    shared = await open_redis(url, "start", SystemClock())
    async with asyncio.timeout(
        10
    ):  # where many tests run an answer may take longer than anybody waits for one
        while await shared.cache.get("a") != b"1":
            await shared.cache.put("a", b"1", 60)

    await shared.reach.close()
    assert "can't be used" in await refusal(url.partition("?")[0])  # nobody knows that authority
    assert "can't be used" in await refusal(url.replace("localhost", "127.0.0.1"))  # not the name it is for


@pytest.mark.parametrize("user", ["", ":wrong-nobody-sees@", "me:wrong-nobody-sees@"])
async def test_the_password_is_wrong_or_missing(tmp_path: Path, user: str) -> None:
    with served(tmp_path, "--requirepass", "right-nobody-sees") as server:
        said = await refusal(f"redis://{user}127.0.0.1:{server.port}")

    assert said == (
        f"Redis at 127.0.0.1:{server.port} refuses the user or the password of HELIOGRAPH_REDIS_URL, or wants one. {NOTHING} Write "
        "it as redis://user:password@host:port, or redis://:password@host:port where it has no users."
    )


async def test_the_right_password_opens_it(tmp_path: Path) -> None:
    with served(tmp_path, "--requirepass", "right") as server:
        shared = await open_redis(f"redis://:right@127.0.0.1:{server.port}", "start", SystemClock())
        await shared.cache.put("a", b"1", 60)

        assert await shared.cache.get("a") == b"1"
        await shared.reach.close()


@pytest.mark.parametrize(
    "rules",
    [
        ["~*", "&*", "+get", "+set"],
        ["~*", "&*", "+@all", "-@scripting"],
        ["~other:*", "&*", "+@all"],
        ["~*", "+@all"],
    ],
    ids=["no info", "no scripts", "other keys", "no channels"],
)
async def test_the_user_may_not_do_what_is_needed(redis_server: RedisServer, rules: list[str]) -> None:
    redis_server.do("ACL", "SETUSER", "little", "on", ">nobody-sees", *rules)

    said = await refusal(f"redis://little:nobody-sees@127.0.0.1:{redis_server.port}")

    assert said == (
        f"Redis at 127.0.0.1:{redis_server.port} does not let this user do what is needed. {NOTHING} Let it, with `ACL SETUSER little "
        "+@all -@dangerous +info ~heliograph:* &heliograph:*`, or name another user in HELIOGRAPH_REDIS_URL."
    )


async def test_the_user_who_may_do_what_was_said_can_share(redis_server: RedisServer) -> None:
    rules = ["+@all", "-@dangerous", "+info", "~heliograph:*", "&heliograph:*"]
    redis_server.do("ACL", "SETUSER", "little", "on", ">secret", *rules)

    shared = await open_redis(f"redis://little:secret@127.0.0.1:{redis_server.port}", "start", SystemClock())
    await shared.cache.put("a", b"1", 60)

    assert await shared.cache.get("a") == b"1"
    await shared.reach.close()


async def test_it_has_no_database_of_that_number(redis_server: RedisServer) -> None:
    assert await refusal(f"redis://127.0.0.1:{redis_server.port}/99") == (
        f"Redis at 127.0.0.1:{redis_server.port} has no database of that number. {NOTHING} End HELIOGRAPH_REDIS_URL with a lower "
        "one, such as /0."
    )


async def test_it_is_a_cluster(tmp_path: Path) -> None:
    with served(tmp_path, "--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
        said = await refusal(server.url)

    assert said == (
        f"Redis at 127.0.0.1:{server.port} is a Redis Cluster, whose scripts can't use keys of several of its servers. {NOTHING} Set "
        "HELIOGRAPH_REDIS_URL to a single Redis: what is kept there is small, and may be lost."
    )


async def test_it_is_a_replica(tmp_path: Path, redis_server: RedisServer) -> None:
    with served(tmp_path, "--replicaof", "127.0.0.1", str(redis_server.port)) as server:
        said = await refusal(server.url)

    assert said == (
        f"Redis at 127.0.0.1:{server.port} only reads: it is a replica. {NOTHING} Set HELIOGRAPH_REDIS_URL to the Redis it follows."
    )


@pytest.mark.parametrize(
    ("told", "begins"),
    [
        ({"redis_version": "6.2.14"}, "is version 6.2.14, and 7 is the oldest that runs our scripts."),
        ({"redis_version": ""}, "is version unknown, and 7 is the oldest that runs our scripts."),
        ({"redis_mode": "sentinel"}, "is a Sentinel, which keeps nothing itself."),
        ({"role": "slave"}, "only reads: it is a replica."),
    ],
)
def test_what_it_says_of_itself_does_not_fit(told: dict[str, str], begins: str) -> None:
    fine = {"redis_mode": "standalone", "redis_version": "7.0.15", "role": "master"}

    assert (unfit(fine | told) or "").startswith(f"{begins} {NOTHING}")
    assert unfit(fine) is None


@pytest.mark.parametrize("version", ["7.0.0", "7.2.4", "8.1.0", "10.0.0"])
def test_a_later_one_fits(version: str) -> None:
    assert unfit({"redis_mode": "standalone", "redis_version": version, "role": "master"}) is None


async def test_one_that_is_full_is_started_with_and_said_to_be(redis_server: RedisServer) -> None:
    redis_server.fill()

    shared = await open_redis(redis_server.url, "start", SystemClock())
    await shared.cache.put("a", b"1", 60)

    assert [trouble.part for trouble in shared.reach.troubles] == ["redis"]
    await shared.reach.close()
