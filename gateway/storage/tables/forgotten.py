"""What is forgotten, and what of it is remembered."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    String,
    Table,
)

from gateway.storage.tables.base import BIG_SERIAL, metadata
from gateway.storage.types import FreeText, Timestamp

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

# Whom an erasure that is under way is about, sealed with SECRET_KEYS: it goes with the erasure's end.
erasures = Table(
    "erasures",
    metadata,
    Column("job_id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("sealed", FreeText, nullable=False),
)

# The refusals that outlive people who were erased: of the number there is a fingerprint (`Secrets.fingerprints`). The columns beside it
# are those of `consent_history`.
erased_refusals = Table(
    "erased_refusals",
    metadata,
    Column("id", BIG_SERIAL, primary_key=True, autoincrement=True),
    Column("space", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("sender", FreeText),
    Column("service", FreeText),
    Column("own_word", Boolean, nullable=False),
    Column("reach", String(16)),
    Column("source", FreeText, nullable=False),
    Column("occurred_at", Timestamp, nullable=False),
    Column("received_at", Timestamp, nullable=False),
    Index("ix_erased_refusals_space_fingerprint", "space", "fingerprint"),
    sqlite_autoincrement=True,
)
