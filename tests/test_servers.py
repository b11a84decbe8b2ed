"""Which servers the tests talk to."""

import asyncio

import pytest

from gateway.cluster.programs import postgresql_folder, redis_program
from tests.databases import database, execute
from tests.servers import POSTGRES, REDIS, AbsentError, absent, answers, some_postgresql, some_redis

NOWHERE_POSTGRES, NOWHERE_REDIS = "postgresql+asyncpg://root@127.0.0.1:1/none", "redis://127.0.0.1:1/0"


def test_the_ones_that_are_named_are_taken(
    monkeypatch: pytest.MonkeyPatch, postgresql_server: str, redis_url: str
) -> None:
    monkeypatch.setenv(POSTGRES, postgresql_server)
    monkeypatch.setenv(REDIS, redis_url)

    with some_postgresql(NOWHERE_POSTGRES) as database_server, some_redis(NOWHERE_REDIS) as redis:
        assert (database_server, redis) == (postgresql_server, redis_url)


def test_no_other_takes_the_place_of_one_that_is_named_and_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(POSTGRES, NOWHERE_POSTGRES)
    monkeypatch.setenv(REDIS, NOWHERE_REDIS)

    with pytest.raises(AbsentError, match="the PostgreSQL of HELIOGRAPH_TEST_POSTGRES can't be used"):
        some_postgresql().__enter__()
    with pytest.raises(AbsentError, match="no Redis answers at HELIOGRAPH_TEST_REDIS"):
        some_redis().__enter__()
    with database("none") as address:
        assert address is None


@pytest.mark.skipif(postgresql_folder() is None, reason="no PostgreSQL is installed")
def test_an_installed_postgresql_is_started_where_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(POSTGRES, raising=False)

    with some_postgresql(NOWHERE_POSTGRES) as server, database("own", server) as address:
        assert address is not None
        asyncio.run(execute(address, "SELECT 1"))


@pytest.mark.skipif(redis_program() is None, reason="no Redis is installed")
def test_an_installed_redis_is_started_where_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REDIS, raising=False)

    with some_redis(NOWHERE_REDIS) as url:
        assert answers(url)

    assert not answers(url)


def test_a_laptop_without_them_skips_and_ci_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    error = AbsentError("no Redis is installed")

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="It is needed in CI: no Redis is installed"):
        absent(error)
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no Redis is installed"):
        absent(error)
