"""What came in."""

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
from gateway.storage.types import FreeText, Json, Timestamp

IS_TROUBLED = text("(problem IS NOT NULL OR doubts IS NOT NULL)")
"""Something of the event could not be read, as the index of those has it."""

events = Table(
    "events",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("message_id", FreeText, nullable=False),
    Column("type", String(16), nullable=False),
    Column("name", FreeText),
    Column("user_id", FreeText),
    Column("anonymous_id", FreeText),
    Column("timestamp", Timestamp, nullable=False),
    Column(
        "occurred_at", Timestamp
    ),  # null before these three were kept: the earlier of timestamp and received_at
    Column("earliest", Timestamp),
    Column("latest", Timestamp),
    Column("received_at", Timestamp, nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("payload", Json, nullable=False),
    Column("payload_removed_at", Timestamp),  # then the payload is its head alone
    Column("outcome", String(16), nullable=False),
    Column("problem", FreeText),
    Column("repeats", String(64)),
    Column("doubts", Json),  # [[code, message], ...]; null where there are none
    Index("ix_events_source_id_received_at_id", "source_id", "received_at", "id"),
    Index("ix_events_space_received_at_id", "space", "received_at", "id"),
    # Of what is not there is no entry: an event of a server, which has no anonymousId as a rule, costs one write and not three.
    Index(
        "ix_events_space_user_id_received_at_id",
        *("space", "user_id", "received_at", "id"),
        sqlite_where=text("user_id IS NOT NULL"),
        postgresql_where=text("user_id IS NOT NULL"),
    ),
    Index(
        "ix_events_space_anonymous_id_received_at_id",
        *("space", "anonymous_id", "received_at", "id"),
        sqlite_where=text("anonymous_id IS NOT NULL"),
        postgresql_where=text("anonymous_id IS NOT NULL"),
    ),
    Index(
        "ix_events_troubled",
        *("space", "received_at", "id"),
        sqlite_where=IS_TROUBLED,
        postgresql_where=IS_TROUBLED,
    ),
    Index(
        "ix_events_space_name_received_at_id",
        *("space", "name", "received_at", "id"),
        sqlite_where=text("name IS NOT NULL"),
        postgresql_where=text("name IS NOT NULL"),
    ),
)

# Which event first carried a messageId of a source: duplicates are dropped against this, in the same transaction. Behind a day of
# that a key is kept for as long as its event, which is found by it.
event_keys = Table(
    "event_keys",
    metadata,
    Column("source_id", String(64), primary_key=True),
    Column("message_id", String(100), primary_key=True),
    Column("event_id", String(64), nullable=False),
    Column("received_at", Timestamp, nullable=False),
)

# The same of events that are none, and why: they hold no messageId that a mended one may still come with.
invalid_keys = Table(
    "invalid_keys",
    metadata,
    Column("source_id", String(64), primary_key=True),
    Column("message_id", String(100), primary_key=True),
    Column("problem", String(64), primary_key=True),
    Column("event_id", String(64), nullable=False),
    Column("received_at", Timestamp, nullable=False),
)

# How often an event came again. `last_id` is the id that its latest repetition was given, so that matching a request
# once more counts nothing twice.
event_repetitions = Table(
    "event_repetitions",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("last_id", String(64), nullable=False),
)

# How often requests of a source were refused; the codes are the gateway's own, and few.
source_refusals = Table(
    "source_refusals",
    metadata,
    Column("source_id", String(64), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("message", FreeText, nullable=False),
    Column("count", Integer, nullable=False),
    Column("last_at", Timestamp, nullable=False),
    Column(
        "since", Timestamp
    ),  # the first of those between which no day passed; null: of before that was kept
)
