"""Every table, once. A change here needs a migration; a test compares the two."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.storage.types import FreeText, Json, Timestamp

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_BIG_SERIAL = BigInteger().with_variant(Integer, "sqlite")

# -- what is configured --------------------------------------------------------------------------------------------

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
    Column("paused_at", Timestamp),
    Column("paused_by", FreeText),
    Column("pause_note", FreeText),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
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
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("operation", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("input_hash", String(64), nullable=False),
    Column("result_id", String(64), nullable=False),
    Column("created_at", Timestamp, nullable=False, index=True),
)

# -- what came in --------------------------------------------------------------------------------------------------

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
)

# Which event first carried a messageId of a source: duplicates are dropped against this, in the same transaction.
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
)

# -- who people are, and what they agreed to -------------------------------------------------------------------------

people = Table(
    "people",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column(
        "traits", Json, nullable=False
    ),  # {name: [value, microseconds of the event that said so, by a SERVER source]}
    Column("updated_at", Timestamp, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("value", FreeText, primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("phone", String(32), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("space", "phone"),
)

person_phones = Table(
    "person_phones",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("phone", String(32), primary_key=True),  # the key
    Column("dialled", String(32)),  # the form that was given, where it is not the key itself
    Column("space", String(64), nullable=False),
    Column("by_server", Boolean, nullable=False),
    Column("seen_at", Timestamp, nullable=False),
    Index("ix_person_phones_space_phone", "space", "phone"),
)

# Append-only: the state of a number is derived from its rows.
consent_history = Table(
    "consent_history",
    metadata,
    Column("id", _BIG_SERIAL, primary_key=True, autoincrement=True),
    Column("space", String(64), nullable=False),
    Column("phone", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("sender", FreeText),
    Column("service", FreeText),
    Column("status", String(16), nullable=False),
    Column("own_word", Boolean, nullable=False),
    Column("reach", String(16)),
    Column("source", FreeText, nullable=False),
    Column("evidence", Json),
    Column("occurred_at", Timestamp, nullable=False),
    Column("received_at", Timestamp, nullable=False),
    Index("ix_consent_history_space_phone_channel", "space", "phone", "channel"),
    sqlite_autoincrement=True,
)

# When somebody last wrote to a sender. `phone` is the key of the number.
conversations = Table(
    "conversations",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("phone", String(32), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("sender", String(64), primary_key=True),
    Column("destination_id", String(64), nullable=False),
    Column("last_inbound_at", Timestamp, nullable=False),
)

# Messages that were heard: a provider's call that comes again is known by these.
inbound_keys = Table(
    "inbound_keys",
    metadata,
    Column("destination_id", String(64), primary_key=True),
    Column("message_sid", String(64), primary_key=True),
    Column("received_at", Timestamp, nullable=False, index=True),
)

# What people wrote. `needs_review` is true until somebody says whether it is a stop; `answer` is what they said.
inbound_messages = Table(
    "inbound_messages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("destination_id", String(64), nullable=False),
    Column("message_sid", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("phone", String(32)),
    Column("external_user_id", FreeText),
    Column("sender", String(64), nullable=False),
    Column("service", String(64)),
    Column("body", FreeText),
    Column("media_urls", Json, nullable=False),
    Column("keyword", FreeText),
    Column("word", String(16)),  # what it says of consent, while nobody knows whose number it is
    Column("needs_review", Boolean, nullable=False),
    Column("answer", String(16)),
    Column("delivery_id", String(64)),
    Column("received_at", Timestamp, nullable=False),
    Index("ix_inbound_messages_space_received_at_id", "space", "received_at", "id"),
    Index("ix_inbound_messages_space_phone_channel", "space", "phone", "channel"),
    Index("ix_inbound_messages_destination_id_external_user_id", "destination_id", "external_user_id"),
)

# The provider's own ids of people, scoped to the destination: `contact_id` is one for all ids of a person, `phone` their number
# once it was seen with one of them.
external_contacts = Table(
    "external_contacts",
    metadata,
    Column("destination_id", String(64), primary_key=True),
    Column("external_user_id", String(160), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("contact_id", String(64), nullable=False, index=True),
    Column("phone", String(32)),
    Column("created_at", Timestamp, nullable=False),
    Index("ix_external_contacts_space_phone", "space", "phone"),
)

# What a provider told that is about nobody and nothing known.
unmatched_callbacks = Table(
    "unmatched_callbacks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("destination_id", String(64), nullable=False),
    Column("sender", FreeText),
    Column("recipient", FreeText),
    Column("message_sid", FreeText),
    Column("received_at", Timestamp, nullable=False),
    Index("ix_unmatched_callbacks_space_received_at_id", "space", "received_at", "id"),
)

# -- what became of it ---------------------------------------------------------------------------------------------

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
    Column("channel", String(16), nullable=False),
    Column("recipient", String(32)),
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

# -- what is forgotten, and what of it is remembered --------------------------------------------------------------------

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

# -- what somebody asked for and takes a while ---------------------------------------------------------------------------

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
    Column("replay_key", String(255), nullable=False),
    Column("include_accepted", Boolean, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("finished_at", Timestamp, index=True),
    Index("ix_background_jobs_space_created_at_id", "space", "created_at", "id"),
    Index("ix_background_jobs_status_created_at_id", "status", "created_at", "id"),
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

# -- the embedded queue ----------------------------------------------------------------------------------------------

IS_OF_DELIVERY = text("kind IN ('deliver', 'paced')")
"""The jobs that bring a Delivery on, as the index by subject has them: SQLite uses it where the words are the same."""

IS_PACED = text("kind = 'paced'")
"""Those of them that wait in a lane, as the index of the lanes has them."""


class _OfADelivery(ColumnElement[bool]):
    """IS_OF_DELIVERY where jobs are looked for by their subjects. SQLite keeps no count of the kinds, and would rather read all jobs of
    these: it is told that most are of them.
    """

    inherit_cache = True


@compiles(_OfADelivery)
def _is_of_delivery(_element: _OfADelivery, _compiler: SQLCompiler, **_how: Any) -> str:
    return str(IS_OF_DELIVERY)


@compiles(_OfADelivery, "sqlite")
def _is_likely_of_delivery(_element: _OfADelivery, _compiler: SQLCompiler, **_how: Any) -> str:
    return f"likelihood({IS_OF_DELIVERY}, 0.9)"


OF_A_DELIVERY = _OfADelivery()

jobs = Table(
    "jobs",
    metadata,
    Column("id", _BIG_SERIAL, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64)),
    Column("payload", LargeBinary, nullable=False),
    Column("available_at", Timestamp, nullable=False),
    Column("leased_until", Timestamp),
    Column("tries", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("lane", FreeText),  # see pipeline.pacer.Lane
    Index("ix_jobs_kind_available_at_id_subject", "kind", "available_at", "id", "subject"),
    # What is matched is added for every request, and never looked for by its source: it would touch a page for each source.
    Index("ix_jobs_subject", "subject", sqlite_where=IS_OF_DELIVERY, postgresql_where=IS_OF_DELIVERY),
    Index("ix_jobs_lane_id", "lane", "id", sqlite_where=IS_PACED, postgresql_where=IS_PACED),
    Index(
        "ix_jobs_kind_leased_until",
        "kind",
        "leased_until",
        sqlite_where=text("leased_until IS NOT NULL"),
        postgresql_where=text("leased_until IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

buried_jobs = Table(
    "buried_jobs",
    metadata,
    Column("id", _BIG_SERIAL, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64)),
    Column("payload", LargeBinary, nullable=False),
    Column("why", FreeText, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("buried_at", Timestamp, nullable=False),
)
