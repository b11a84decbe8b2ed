import pytest

from gateway.errors import StartupError
from gateway.storage.ownership import sole


async def test_one_process_at_a_time_holds_a_ledger(address: str) -> None:
    async with sole(address):
        with pytest.raises(StartupError, match="Another heliograph serves from"):
            async with sole(address):
                pytest.fail("two processes held it")


async def test_the_next_may_hold_it_once_the_first_has_ended(address: str) -> None:
    async with sole(address):
        pass

    async with sole(address):
        held = True

    assert held


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(StartupError, match=r"PostgreSQL at 127\.0\.0\.1:1 can't be used"):
        async with sole("postgresql+asyncpg://nobody@127.0.0.1:1/none"):
            pytest.fail("it was held")
