"""What is forgotten, and what of it is remembered."""

from sqlalchemy import (
    Column,
    String,
    Table,
)

from gateway.storage.tables.base import metadata
from gateway.storage.types import Timestamp

# The ids of Deliveries that were removed, so that their events, sent again, text nobody twice. The columns are those of
# `deliveries.Made`; `created_at` is the Delivery's own.
delivery_tombstones = Table(
    "delivery_tombstones",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("event_id", String(64), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", Timestamp, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# How far each walk of retention has come in a space; with no space, among what waits.
retention_marks = Table(
    "retention_marks",
    metadata,
    Column("kind", String(24), primary_key=True),
    Column("space", String(64), primary_key=True),
    Column("at", Timestamp, nullable=False),
    Column("row_id", String(64), nullable=False),
)

# What was old enough when the walk came by, and is still needed: looked at again until it is not.
retention_waits = Table(
    "retention_waits",
    metadata,
    Column("kind", String(24), primary_key=True),
    Column("row_id", String(64), primary_key=True),
    sqlite_with_rowid=False,
)
