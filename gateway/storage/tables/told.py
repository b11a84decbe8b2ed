"""What owners are told by their webhooks."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    text,
)

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Timestamp

IS_DEAD = {"sqlite": text("dead IS 1"), "postgresql": text("dead IS true")}
"""Given up, as the index of those has it."""

MANY_ATTEMPTS = 3
IS_FAILING = text(f"attempts >= {MANY_ATTEMPTS} AND next_attempt_at IS NOT NULL")
"""Tried so often in vain and tried again, as the index of those has it: a first failure alone may be chance."""

# `about` is the Delivery, message or destination that it tells of. `url` is null until an event was first sent; of a provider's call
# that is passed on (`passed_on`) it is there from the start. `body` is what is sent, to the byte, however often.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("destination_id", String(64), nullable=False),
    Column("event", String(64), nullable=False),
    Column("about", String(64), nullable=False),
    Column("passed_on", Boolean, nullable=False),
    Column("url", FreeText),
    Column("body", FreeText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_status", Integer),
    Column("last_answer", FreeText),
    Column("dead", Boolean, nullable=False),
    Column("began_at", Timestamp, nullable=False),  # of its making, or of its last replay
    Column("next_attempt_at", Timestamp),
    Column("delivered_at", Timestamp),
    Column("created_at", Timestamp, nullable=False, index=True),
    Index("ix_webhook_deliveries_space_created_at_id", "space", "created_at", "id"),
    Index("ix_webhook_deliveries_destination_id_created_at_id", "destination_id", "created_at", "id"),
    Index(
        "ix_webhook_deliveries_dead",
        *("space", "created_at", "id"),
        sqlite_where=IS_DEAD["sqlite"],
        postgresql_where=IS_DEAD["postgresql"],
    ),
    Index(
        "ix_webhook_deliveries_failing",
        *("space", "created_at", "id"),
        sqlite_where=IS_FAILING,
        postgresql_where=IS_FAILING,
    ),
)
