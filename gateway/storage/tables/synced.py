"""What syncs keep of accounts: senders and templates."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, UniqueConstraint, and_, or_, text

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Json, Timestamp

senders = Table(
    "senders",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("destination_id", ForeignKey("destinations.id"), nullable=False),
    Column("address", FreeText, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("label", FreeText, nullable=False),
    Column("channels", Json, nullable=False),
    Column("sid", FreeText),
    Column("country", String(8)),
    Column("inbound_url", FreeText),
    Column("pool", FreeText),
    Column("by_pool", Boolean, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("synced_at", Timestamp, nullable=False),
    Column("missed_at", Timestamp),
    Column("removed_at", Timestamp),
    Column("detached_at", Timestamp),
    Column("paused_at", Timestamp),
    Column("paused_by", FreeText),
    Column("pause_note", FreeText),
    Column("doubted_at", Timestamp),
    UniqueConstraint("destination_id", "address", name="uq_senders_destination_id_address"),
    Index("ix_senders_destination_id_created_at_id", "destination_id", "created_at", "id"),
    Index("ix_senders_destination_id_kind_created_at_id", "destination_id", "kind", "created_at", "id"),
)

IS_STOPPED = or_(senders.c.paused_at.is_not(None), senders.c.detached_at.is_not(None))
"""Somebody said that nothing leaves from it."""

IS_DOUBTED = and_(
    senders.c.doubted_at.is_not(None),
    senders.c.removed_at.is_(None),
    senders.c.synced_at < senders.c.doubted_at,
)
"""The provider refused it, and no list had it since. How long that counts is `Sender.doubted_until`."""

_STOPPED = text("paused_at IS NOT NULL OR detached_at IS NOT NULL OR removed_at IS NOT NULL")
Index(
    "ix_senders_stopped",
    senders.c.destination_id,
    sqlite_where=_STOPPED,
    postgresql_where=_STOPPED,
)

_DOUBTED = text("doubted_at IS NOT NULL")
Index("ix_senders_doubted", senders.c.destination_id, sqlite_where=_DOUBTED, postgresql_where=_DOUBTED)

templates = Table(
    "templates",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("destination_id", ForeignKey("destinations.id"), nullable=False),
    Column("sid", FreeText, nullable=False),
    Column("name", FreeText, nullable=False),
    Column("language", FreeText, nullable=False),
    Column("types", Json, nullable=False),
    Column("approval", String(16), nullable=False),
    Column("rejection_reason", FreeText),
    Column("variables", Json, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("synced_at", Timestamp, nullable=False),
    Column("missed_at", Timestamp),
    Column("removed_at", Timestamp),
    Column("fell_at", Timestamp),  # see synced.Template
    Column("forms", Json),  # null until a sync has listed it since these are kept
    UniqueConstraint("destination_id", "sid", name="uq_templates_destination_id_sid"),
    Index("ix_templates_destination_id_created_at_id", "destination_id", "created_at", "id"),
    Index(
        "ix_templates_destination_id_approval_created_at_id", "destination_id", "approval", "created_at", "id"
    ),
)

# How the sync of one kind of a destination stands.
syncs = Table(
    "syncs",
    metadata,
    Column("destination_id", ForeignKey("destinations.id"), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("started_at", Timestamp),
    Column("good_at", Timestamp),
    Column("asked_at", Timestamp),
    Column("unread", Json, nullable=False),
)
