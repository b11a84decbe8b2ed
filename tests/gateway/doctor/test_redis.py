import asyncio
from pathlib import Path

import pytest
from redis import Redis
from rich.console import Console

from gateway.doctor import examine
from gateway.doctor.redis import examine as examine_redis, findings
from gateway.settings import Settings
from tests.gateway.doctor.lines import line, lines
from tests.gateway.redis_server import RedisServer, free_port

URL = "redis://:secret@cache.example.com:6390/2"
MB = 1_000_000
WELL = {"redis_version": "7.0.15", "maxmemory_policy": "noeviction", "used_memory": 3 * MB, "maxmemory": 0}


def test_a_redis_as_it_should_be_is_well() -> None:
    assert lines(findings(WELL, 0.0004, URL)) == [
        ("redis", "ok", "version 7.0.15, answered in 0.4 ms"),
        ("redis policy", "ok", "noeviction: what is shared stays until its time is over"),
        ("redis memory", "ok", "3.0 MB are used, without a bound (maxmemory 0)"),
    ]


def test_a_slow_one_is_a_note() -> None:
    assert line(next(iter(findings(WELL, 0.2, URL)))) == (
        "redis",
        "note",
        (
            "version 7.0.15, answered in 200.0 ms, and after 500 ms it counts as gone: then what is to be sent waits. Put it nearer, or "
            "give it a machine that has time."
        ),
    )


def test_one_that_evicts_is_a_note_with_what_changes_it() -> None:
    assert lines(findings({**WELL, "maxmemory_policy": "allkeys-lru"}, 0.001, URL))[1] == (
        "redis policy",
        "note",
        (
            "allkeys-lru: once it is full it drops what is shared. Nothing goes out twice or too fast by that, but later. "
            "redis-cli -h cache.example.com -p 6390 CONFIG SET maxmemory-policy noeviction"
        ),
    )


@pytest.mark.parametrize(
    ("used", "well", "said"),
    [
        (50, "ok", "50.0 of 100.0 MB are used"),
        (89, "ok", "89.0 of 100.0 MB are used"),
        (
            90,
            "mend",
            (
                "90.0 of 100.0 MB are used: once it is full, what is to be sent waits. "
                "redis-cli -h cache.example.com -p 6390 CONFIG SET maxmemory 200000000"
            ),
        ),
    ],
)
def test_a_full_one_is_to_be_mended_before_it_is_full(used: int, well: str, said: str) -> None:
    told = {**WELL, "used_memory": used * MB, "maxmemory": 100 * MB}

    assert lines(findings(told, 0.001, URL))[2] == ("redis memory", well, said)


@pytest.fixture
def server(tmp_path: Path) -> RedisServer:
    return RedisServer(tmp_path)


def test_a_real_one_is_read_and_keeps_nothing_of_it(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor.redis.ANSWER_SECONDS", 10.0)
    found = lines(asyncio.run(examine_redis(redis_url)))

    assert [name for name, _well, _said in found] == ["redis", "redis policy", "redis memory"]
    assert found[0][2].startswith("version ")
    with Redis.from_url(redis_url) as client:
        left = [key for key in client.scan_iter("heliograph:doctor:*") if client.pttl(key) < 0]
    assert left == []


def test_one_that_evicts_and_is_nearly_full_says_both(server: RedisServer) -> None:
    server.start()
    try:
        server.do("SET", "filling", "x" * MB)
        with Redis.from_url(server.url) as client:
            most = int(client.info("memory")["used_memory"] * 1.08)
        server.do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        server.do("CONFIG", "SET", "maxmemory", most)
        found = {name: (well, said) for name, well, said in lines(asyncio.run(examine_redis(server.url)))}
    finally:
        server.kill()

    assert found["redis policy"][0] == "note"
    assert found["redis policy"][1].startswith("allkeys-lru: ")
    assert found["redis memory"][0] == "mend"
    assert (
        f"redis-cli -h 127.0.0.1 -p {server.port} CONFIG SET maxmemory {2 * most}" in found["redis memory"][1]
    )


def test_one_that_is_not_there_and_one_that_hangs_are_one_line_each(server: RedisServer) -> None:
    gone = lines(asyncio.run(examine_redis(server.url)))
    server.start()
    try:
        server.hang()
        hanging = lines(asyncio.run(examine_redis(server.url)))
        server.wake()
    finally:
        server.kill()

    for found, why in ((gone, "it can't be reached"), (hanging, "it does not answer in time")):
        [(name, well, said)] = found
        assert (name, well) == ("redis", "mend")
        assert said.startswith(f"Redis at 127.0.0.1:{server.port} can't be used: {why}.")


def test_one_that_can_not_be_shared_through_says_why(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, "--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    server.start()
    try:
        [(name, well, said)] = lines(asyncio.run(examine_redis(server.url)))
    finally:
        server.kill()

    assert (name, well) == ("redis", "mend")
    assert said.startswith(f"Redis at 127.0.0.1:{server.port} is a Redis Cluster")


def test_a_redis_beside_sqlite_is_a_line_and_makes_no_folder(tmp_path: Path) -> None:
    console = Console(width=400)
    settings = Settings(data_dir=tmp_path / "data", redis_url="redis://127.0.0.1:1/0")
    with console.capture() as captured:
        well = asyncio.run(examine(settings, console))

    assert not well
    assert (
        "mend settings: HELIOGRAPH_REDIS_URL is for several processes over one PostgreSQL" in captured.get()
    )
    assert list(tmp_path.iterdir()) == []
