"""Which PostgreSQL a server is, and whether it is one that the ledger can be on."""

from typing import Final

from sqlalchemy import Connection, text

OLDEST: Final = 15
"""The oldest version that this is tried with."""

_MAJOR = 10_000
_TWO_NUMBERS_SINCE = 100_000
"""From 10 on a version has two numbers (150020 is 15.20), before it had three (90624 is 9.6.24)."""


def read(connection: Connection) -> int:
    """The version of the server as a number, such as 150020."""
    return int(connection.execute(text("SELECT current_setting('server_version_num')")).scalar_one())


def unfit(number: int) -> str | None:
    """What is wrong with a server of that version, and what to do; None: nothing."""
    if number >= OLDEST * _MAJOR:
        return None
    return (
        f"is version {_named(number)}, and {OLDEST} is the oldest that heliograph is tried with. Nothing was started, nothing was "
        f"changed. Upgrade it with pg_upgrade, or set HELIOGRAPH_DATABASE_URL to a PostgreSQL {OLDEST} or later."
    )


def _named(number: int) -> str:
    major, rest = divmod(number, _MAJOR)
    return f"{major}.{rest}" if number >= _TWO_NUMBERS_SINCE else f"{major}.{rest // 100}.{rest % 100}"
