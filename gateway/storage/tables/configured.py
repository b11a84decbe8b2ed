"""What is configured."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    false,
    text,
)

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Json, Timestamp

sources = Table(
    "sources",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("name", FreeText, nullable=False),
    Column("trust", String(16), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("write_key_hash", String(64), nullable=False, unique=True),
    Column("write_key_last_four", String(4), nullable=False),
    Column("write_key_set_at", Timestamp, nullable=False),
    Column("sms_opt_in_trait", FreeText, nullable=False),
    Column("whatsapp_opt_in_trait", FreeText, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("deleted_at", Timestamp),
    Column("former_keys", Boolean, nullable=False, server_default=false()),
    Column("path_key_allowed", Boolean, nullable=False, server_default=false()),
    Column("shared_secret", FreeText),  # encrypted; what senders sign with
    Column("shared_secret_last_four", String(4)),
    Column("shared_secret_set_at", Timestamp),
    Index(
        "uq_sources_space_name",
        "space",
        "name",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

# Write keys that were rotated out, for as long as they go on working.
retired_keys = Table(
    "retired_keys",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False, index=True),
    Column("last_four", String(4), nullable=False),
    Column("works_until", Timestamp, nullable=False),
)

destinations = Table(
    "destinations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("definition", String(64), nullable=False),
    Column("name", FreeText, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("settings", FreeText, nullable=False),  # encrypted, wholly
    Column("secrets_set_at", Timestamp, nullable=False),
    Column("verification", Json),
    Column("trouble", Json),  # see workspace.Trouble
    Column("policy", Json),  # see kit.Policy; whole, so that it stays when the defaults change
    Column("webhook_events", Json),  # of which its owner is told, by their names; null: of none
    Column("webhook_failures", Integer),  # in a row, of its receiver; null: none of its answers is known
    Column("webhook_rests_until", Timestamp),  # its receiver is told nothing before; see storage.receivers
    Column("paused_at", Timestamp),
    Column("paused_by", FreeText),
    Column("pause_note", FreeText),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("deleted_at", Timestamp),
)

# Channels that are switched off: of one destination, or where that is blank of a whole space.
channel_switches = Table(
    "channel_switches",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("destination_id", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("off_at", Timestamp, nullable=False),
    Column("off_by", FreeText, nullable=False),
)

# Whole spaces that are paused.
space_pauses = Table(
    "space_pauses",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("paused_at", Timestamp, nullable=False),
    Column("paused_by", FreeText, nullable=False),
    Column("note", FreeText),
)

# One row, whose revision goes up with every change of what is configured.
configuration = Table(
    "configuration",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)

source_destinations = Table(
    "source_destinations",
    metadata,
    Column("source_id", ForeignKey("sources.id"), primary_key=True),
    Column("destination_id", ForeignKey("destinations.id"), primary_key=True),
)

mappings = Table(
    "mappings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("destination_id", ForeignKey("destinations.id"), nullable=False, index=True),
    Column("action", String(64), nullable=False),
    Column("name", FreeText, nullable=False),
    Column("trigger", FreeText, nullable=False),
    Column("cancel_trigger", FreeText),
    Column("purpose", String(16), nullable=False),
    Column("max_age_seconds", Integer, nullable=False),
    Column("allow_browser_events", Boolean, nullable=False),
    Column("allow_import", Boolean, nullable=False),
    Column("fields", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("deleted_at", Timestamp),
    Column("mode", String(16), nullable=False, server_default="LIVE"),
    Column("live_since", Timestamp),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("name", FreeText, nullable=False),
    Column("role", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("last_four", String(4), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("last_used_at", Timestamp),
    Index("ix_api_tokens_space_created_at_id", "space", "created_at", "id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("operation", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("input_hash", String(64), nullable=False),
    Column("result_id", String(64), nullable=False),
    Column("answer", FreeText),  # encrypted: what was made, as the first call was shown it
    Column("created_at", Timestamp, nullable=False, index=True),
)
