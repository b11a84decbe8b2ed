"""Counts of events and Deliveries, rolled up; of those that there are already, too, since a change takes away what one counted before.

Of the last days they are by the minute, before that by the hour; what is older is added up by whoever adds up later.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MICROSECONDS = 1_000_000
_MINUTE, _HOUR = 60 * _MICROSECONDS, 3600 * _MICROSECONDS
_COUNTS = (
    *("events", "matched", "suppressed", "accepted", "delivered", "failed"),
    *("rejected", "canceled", "expired", "segments", "priced", "price"),
)
_TEXTS = ("destination_id", "mapping_id", "channel", "sender", "country", "reason", "error_code", "currency")


def upgrade() -> None:
    op.create_table(
        "stats_changes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stats_changes")),
    )
    op.create_table(
        "stats",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("size", sa.String(length=8), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("mapping_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stats")),
        sa.UniqueConstraint("space", "at", *_TEXTS, "size", name="uq_stats_key"),
    )
    op.create_index("ix_stats_size_at", "stats", ["size", "at"])
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    _count("deliveries", "created_at", _of_deliveries(is_postgresql=is_postgresql))
    _count("events", "received_at", {"events": "1"})


def _count(table: str, column: str, counted: dict[str, str]) -> None:
    """Count the rows of a table: under which texts, and as what, in SQL."""
    recent = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
    by_minute = f"{column} >= {int(recent.timestamp()) * _MICROSECONDS}"
    size = f"CASE WHEN {by_minute} THEN 'MINUTE' ELSE 'HOUR' END"
    at = f"{column} - {column} % CASE WHEN {by_minute} THEN {_MINUTE} ELSE {_HOUR} END"
    keys = {"size": size, "space": "space", "at": at}
    keys |= {name: counted.get(name, "''") for name in _TEXTS}
    counts = {name: counted.get(name, "0") for name in _COUNTS}
    every = ", ".join(f"{what} AS {name}" for name, what in {**keys, **counts}.items())
    sums = ", ".join(f"SUM({name})" for name in _COUNTS)
    op.execute(
        f"INSERT INTO stats ({', '.join((*keys, *counts))}) SELECT {', '.join(keys)}, {sums} "  # noqa: S608  no values
        f"FROM (SELECT {every} FROM {table}) AS counted GROUP BY {', '.join(keys)}"
    )


def _of_deliveries(*, is_postgresql: bool) -> dict[str, str]:
    over = "status IN ('SUPPRESSED', 'REJECTED', 'CANCELED', 'EXPIRED')"
    accepted = "status = 'ACCEPTED'"
    failed = f"{accepted} AND message_status IN ('CANCELED', 'UNDELIVERED', 'FAILED')"
    delivered = f"{accepted} AND message_status IN ('PARTIALLY_DELIVERED', 'DELIVERED', 'READ')"
    has_code = f"({over} AND status <> 'SUPPRESSED') OR ({failed})"
    # Until now prices were kept without their currency.
    if is_postgresql:
        priced = "price ~ '^-?[0-9]{1,9}(\\.[0-9]{1,12})?$'"
        price = "CAST(ROUND(CAST(price AS NUMERIC) * -1000000) AS BIGINT)"
    else:
        priced = "price GLOB '[-0-9]*' AND price NOT GLOB '?*[^0-9.]*'"
        price = "CAST(ROUND(CAST(price AS REAL) * -1000000) AS INTEGER)"
    return {
        "destination_id": "destination_id",
        "mapping_id": "mapping_id",
        "channel": "COALESCE(channel, '')",
        "sender": "SUBSTR(COALESCE(sender, ''), 1, 100)",
        "country": "COALESCE(country, '')",
        "reason": _when(over, "COALESCE(reason, '')", "''"),
        "error_code": _when(has_code, "SUBSTR(COALESCE(error_code, ''), 1, 100)", "''"),
        "matched": "1",
        "suppressed": _when("status = 'SUPPRESSED'"),
        "accepted": _when(accepted),
        "delivered": _when(delivered),
        "failed": _when(failed),
        "rejected": _when("status = 'REJECTED'"),
        "canceled": _when("status = 'CANCELED'"),
        "expired": _when("status = 'EXPIRED'"),
        "segments": _when(accepted, "COALESCE(segments, 0)"),
        "priced": _when(priced),
        "price": _when(priced, price),
    }


def _when(condition: str, value: str = "1", otherwise: str = "0") -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE {otherwise} END"
