"""Which PostgreSQL is one that the ledger can be on."""

import pytest
from sqlalchemy import text

from gateway.storage import server_version
from gateway.storage.engine import Store


@pytest.mark.parametrize("number", [150_000, 150_020, 180_001])
def test_fifteen_is_old_enough_and_new_enough(number: int) -> None:
    assert server_version.unfit(number) is None


@pytest.mark.parametrize(
    ("number", "named"), [(149_999, "14.9999"), (140_009, "14.9"), (100_023, "10.23"), (90_624, "9.6.24")]
)
def test_what_is_older_is_refused_by_its_name_with_what_to_do(number: int, named: str) -> None:
    assert server_version.unfit(number) == (
        f"is version {named}, and 15 is the oldest that heliograph is tried with. Nothing was started, nothing was changed. "
        "Upgrade it with pg_upgrade, or set HELIOGRAPH_DATABASE_URL to a PostgreSQL 15 or later."
    )


async def test_a_server_says_its_version_as_a_number(postgresql_store: Store) -> None:
    said = await postgresql_store.read(lambda c: c.scalar(text("SHOW server_version")))

    number = await postgresql_store.read(server_version.read)

    assert str(said).split(" ")[0] == f"{number // 10_000}.{number % 10_000}"
