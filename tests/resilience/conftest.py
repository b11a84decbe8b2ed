"""A ledger on PostgreSQL for a run of its own."""

import os
import secrets
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.databases import database


@pytest.fixture
def postgresql() -> Iterator[dict[str, str]]:
    with database("chaos") as address:
        if address is None:
            if os.environ.get("CI"):
                pytest.fail("PostgreSQL is needed in CI")
            pytest.skip("no PostgreSQL on this machine")
        keys = b64encode(secrets.token_bytes(32)).decode()
        yield {"HELIOGRAPH_DATABASE_URL": address, "HELIOGRAPH_SECRET_KEYS": keys}
