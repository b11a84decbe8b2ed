"""What became of events: Deliveries, their attempts, and what the provider says of them."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Json, Timestamp

IS_AWAITING_PROFILE = text("reason = 'PROFILE_PENDING' AND status = 'HELD'")
"""The few that wait for somebody to be identified, as the index of them has it."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("event_id", String(64), nullable=False, index=True),
    Column("source_id", String(64), nullable=False),
    Column("destination_id", String(64), nullable=False),
    Column("mapping_id", String(64), nullable=False),
    Column("person_id", String(64)),
    Column("status", String(16), nullable=False),
    Column("message_status", String(24)),
    Column("reason", String(32)),
    Column("detail", FreeText),
    Column("channel", String(16)),
    Column("recipient", String(32)),
    Column(
        "country", String(2)
    ),  # of the recipient; null for one of no country, and of what was made before it was kept
    Column("sender", FreeText),
    Column("message_sid", String(64)),
    Column("error_code", FreeText),
    Column("error_message", FreeText),
    Column("remedy", FreeText),
    Column("attempt_count", Integer, nullable=False),
    Column("segments", Integer),
    Column("price", FreeText),
    Column("explanation", Json),
    Column("intent", Json),
    Column("next_attempt_at", Timestamp),
    Column("first_attempt_at", Timestamp),
    Column("held_at", Timestamp),
    Column("rested_seconds", Integer),
    Column(
        "counted_on", String(10)
    ),  # the last day on which it counted for a limit: see gateway.sending_limits
    Column("replay_of", String(64)),
    Column("fallback_of", String(64)),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Index("ix_deliveries_space_created_at_id", "space", "created_at", "id"),
    Index(
        "ix_deliveries_destination_id_status_created_at_id", "destination_id", "status", "created_at", "id"
    ),
    Index("ix_deliveries_person_id_mapping_id", "person_id", "mapping_id"),
    Index(
        "ix_deliveries_space_person_id",
        "space",
        "person_id",
        sqlite_where=IS_AWAITING_PROFILE,
        postgresql_where=IS_AWAITING_PROFILE,
    ),
    Index("ix_deliveries_space_mapping_id_created_at_id", "space", "mapping_id", "created_at", "id"),
    # Of what has none yet there is no entry: a text costs one write of each, and not three.
    Index(
        "ix_deliveries_message_sid",
        "message_sid",
        sqlite_where=text("message_sid IS NOT NULL"),
        postgresql_where=text("message_sid IS NOT NULL"),
    ),
    Index(
        "ix_deliveries_recipient_created_at_id",
        "recipient",
        "created_at",
        "id",
        sqlite_where=text("recipient IS NOT NULL"),
        postgresql_where=text("recipient IS NOT NULL"),
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Timestamp, nullable=False),
    Column("duration_ms", Integer),
    Column("outcome", String(16), nullable=False),
    Column("http_status", Integer),
    Column("provider_code", FreeText),
    Column("message", FreeText),
    Column("request_id", FreeText),
    UniqueConstraint("delivery_id", "number"),
)

status_callbacks = Table(
    "status_callbacks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("received_at", Timestamp, nullable=False),
    Column("status", String(24), nullable=False),
    Column("provider_code", FreeText),
)
