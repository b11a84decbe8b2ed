import pytest

from gateway.errors import StartupError
from gateway.storage.ownership import held


async def test_one_process_at_a_time_holds_a_ledger(address: str) -> None:
    async with held(address, alone=True):
        with pytest.raises(StartupError, match=r"Another heliograph (serves from|works on the database)"):
            async with held(address, alone=True):
                pytest.fail("two processes held it")


async def test_the_next_may_hold_it_once_the_first_has_ended(address: str) -> None:
    async with held(address, alone=True):
        pass

    async with held(address, alone=True):
        again = True

    assert again


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(
        StartupError, match=r"PostgreSQL at 127\.0\.0\.1:1 can't be used \(.*Connect call failed"
    ):
        async with held("postgresql+asyncpg://nobody@127.0.0.1:1/none", alone=True):
            pytest.fail("it was held")


async def test_several_hold_it_beside_one_another(postgresql: str) -> None:
    async with held(postgresql, alone=False), held(postgresql, alone=False):
        with pytest.raises(
            StartupError, match=r"without HELIOGRAPH_REDIS_URL a process works alone\. Nothing was started"
        ):
            async with held(postgresql, alone=True):
                pytest.fail("one held it alone beside two others")


async def test_nobody_joins_a_process_that_works_alone(postgresql: str) -> None:
    async with held(postgresql, alone=True):
        with pytest.raises(
            StartupError, match=r"A heliograph without HELIOGRAPH_REDIS_URL works alone on the database"
        ):
            async with held(postgresql, alone=False):
                pytest.fail("another held it beside one that works alone")
