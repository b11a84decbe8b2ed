"""Who people are, what they agreed to, and what they wrote."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    text,
)

from gateway.storage.tables.base import BIG_SERIAL, metadata
from gateway.storage.types import FreeText, Json, Timestamp

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
    Index("ix_contacts_space_created_at_id", "space", "created_at", "id"),
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
    Column("id", BIG_SERIAL, primary_key=True, autoincrement=True),
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

# Numbers that were told how to opt out, each by a Delivery. `phone` is the key of the number.
opt_out_notices = Table(
    "opt_out_notices",
    metadata,
    Column("delivery_id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("phone", String(32), nullable=False),
    Column("told_at", Timestamp, nullable=False, index=True),
    Index("ix_opt_out_notices_space_phone", "space", "phone"),
)

# Who was asked last to confirm a yes, and by which Delivery. `phone` is the key of the number.
confirmations = Table(
    "confirmations",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("phone", String(32), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("delivery_id", String(64), nullable=False),
    Column("asked_at", Timestamp, nullable=False, index=True),
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
    Column(
        "media_types", Json
    ),  # of each of these, "" where it is not known; null for what came before it was kept
    Column("button", FreeText),
    Column("keyword", FreeText),
    Column("word", String(16)),  # what it says of consent, while nobody knows whose number it is
    Column("needs_review", Boolean, nullable=False),
    Column("answer", String(16)),
    Column("delivery_id", String(64)),
    Column("source_event", String(16)),  # what became of it as an event of a source; null: none was asked for
    Column("received_at", Timestamp, nullable=False),
    Index("ix_inbound_messages_space_received_at_id", "space", "received_at", "id"),
    Index("ix_inbound_messages_space_phone_channel", "space", "phone", "channel"),
    Index("ix_inbound_messages_destination_id_external_user_id", "destination_id", "external_user_id"),
    Index("ix_inbound_messages_destination_id_received_at_id", "destination_id", "received_at", "id"),
    Index(
        "ix_inbound_messages_in_review",
        *("space", "received_at", "id"),
        sqlite_where=text("needs_review IS 1"),
        postgresql_where=text("needs_review IS true"),
    ),
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
    # Those who are known by such an id alone: few.
    Index(
        "ix_external_contacts_space_created_at_contact_id",
        *("space", "created_at", "contact_id"),
        sqlite_where=text("phone IS NULL"),
        postgresql_where=text("phone IS NULL"),
    ),
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
