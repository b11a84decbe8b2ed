"""A ledger on PostgreSQL for a run of its own."""

import secrets
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.databases import database


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[dict[str, str]]:
    with database("chaos", postgresql_server) as address:
        assert address is not None
        keys = b64encode(secrets.token_bytes(32)).decode()
        yield {"HELIOGRAPH_DATABASE_URL": address, "HELIOGRAPH_SECRET_KEYS": keys}
