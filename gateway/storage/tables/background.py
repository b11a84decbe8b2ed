"""What somebody asked for and takes a while."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Json, Timestamp

IS_THE_ONLY_ONE = "status = 'RUNNING' AND subject IS NOT NULL"
"""Of one thing one job of a kind runs at a time."""

background_jobs = Table(
    "background_jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("status", String(16), nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("message", FreeText),
    Column("result", Json),
    Column("replay_key", String(255), nullable=False),
    Column("include_accepted", Boolean, nullable=False),
    Column("subject", String(64)),
    Column("created_at", Timestamp, nullable=False),
    Column("finished_at", Timestamp, index=True),
    Index("ix_background_jobs_space_created_at_id", "space", "created_at", "id"),
    Index("ix_background_jobs_status_created_at_id", "status", "created_at", "id"),
    Index(
        "uq_background_jobs_kind_subject",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text(IS_THE_ONLY_ONE),
        postgresql_where=text(IS_THE_ONLY_ONE),
    ),
)

# What a job that reads what people wrote lately has yet to read, and how far it is: a row for each list, which goes with its last page.
recent_lists = Table(
    "recent_lists",
    metadata,
    Column("job_id", ForeignKey("background_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("sender", FreeText, primary_key=True),
    Column("since", Timestamp, primary_key=True),
    Column("begun_at", Timestamp),
    Column("position", FreeText),
    Column("pages", Integer, nullable=False),
)

# What such a job has yet to replay, the oldest first. A row goes in the transaction that deals with it.
replay_items = Table(
    "replay_items",
    metadata,
    Column("job_id", String(64), primary_key=True),
    Column("created_at", Timestamp, primary_key=True),
    Column("delivery_id", String(64), primary_key=True),
    sqlite_with_rowid=False,
)

# What a job tries a mapping on: the mapping as it was when it was asked for, and the span of events. It goes with the job's end.
backtests = Table(
    "backtests",
    metadata,
    Column("job_id", ForeignKey("background_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("mapping", Json, nullable=False),
    Column("begins", Timestamp, nullable=False),
    Column("ends", Timestamp, nullable=False),
)
