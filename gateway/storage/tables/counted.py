"""What is counted: see `gateway.stats`, and where there is a limit `gateway.sending_limits`."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from gateway.stats import Counts, Key
from gateway.storage.tables.base import BIG_SERIAL, metadata
from gateway.storage.types import FreeText, Timestamp

# How many there are of everything, by the minute, the hour or the day; each is in one row alone, so that all of them add up.
stats = Table(
    "stats",
    metadata,
    Column("id", BIG_SERIAL, primary_key=True),
    Column("size", String(8), nullable=False),
    Column("space", String(64), nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("destination_id", String(64), nullable=False),
    Column("mapping_id", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("sender", FreeText, nullable=False),
    Column("country", String(2), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("error_code", FreeText, nullable=False),
    Column("currency", String(3), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in Counts._fields),
    UniqueConstraint(*Key._fields, "size", name="uq_stats_key"),
    Index("ix_stats_size_at", "size", "at"),
)

# What was counted since they were last added up: a row for each time that something was written, [[key, counts], ...] as JSON, so
# that no process waits for another's.
stats_changes = Table(
    "stats_changes",
    metadata,
    Column("id", BIG_SERIAL, primary_key=True),
    Column("changes", Text, nullable=False),
)

# How many texts were claimed where there is a limit. `phone`: the key of a number, or "" of a destination's texts to anybody; `purpose`: of a
# week, or "" of a day. `begins` is its first day, in the destination's zone.
claim_counts = Table(
    "claim_counts",
    metadata,
    Column("begins", String(10), primary_key=True),
    Column("destination_id", String(64), primary_key=True),
    Column("phone", String(32), primary_key=True),
    Column("purpose", String(16), primary_key=True),
    Column("claimed", Integer, nullable=False),
    Column("warned_at", Timestamp),
)
