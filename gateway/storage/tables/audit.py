"""Who changed what."""

from sqlalchemy import Column, Index, String, Table

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Json, Timestamp

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("actor", FreeText, nullable=False),
    Column("action", String(64), nullable=False),
    Column("target_id", String(64)),
    Column("at", Timestamp, nullable=False),
    Column("changes", Json, nullable=False),
    Index("ix_audit_entries_space_at_id", "space", "at", "id"),
    Index("ix_audit_entries_target_id_at_id", "target_id", "at", "id"),
)
