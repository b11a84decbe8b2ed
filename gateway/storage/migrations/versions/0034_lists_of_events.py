"""Events are found by whom they are about, by what is wrong with them and by their messageId; contacts are listed by their age."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_INDEXES = (
    (
        "ix_events_space_user_id_received_at_id",
        "events",
        ["space", "user_id", "received_at", "id"],
        "user_id IS NOT NULL",
    ),
    (
        "ix_events_space_anonymous_id_received_at_id",
        "events",
        ["space", "anonymous_id", "received_at", "id"],
        "anonymous_id IS NOT NULL",
    ),
    (
        "ix_events_troubled",
        "events",
        ["space", "received_at", "id"],
        "(problem IS NOT NULL OR doubts IS NOT NULL)",
    ),
    (
        "ix_external_contacts_space_created_at_contact_id",
        "external_contacts",
        ["space", "created_at", "contact_id"],
        "phone IS NULL",
    ),
)
# What was forgotten after a day; a key that is there stays. A messageId that came twice since then finds the later event.
_KEYS = """
    INSERT INTO event_keys (source_id, message_id, event_id, received_at)
    SELECT source_id, message_id, id, received_at FROM events
    WHERE outcome <> 'INVALID' AND length(message_id) <= 100
    ORDER BY received_at DESC, id DESC
    ON CONFLICT DO NOTHING
"""
_INVALID_KEYS = """
    INSERT INTO invalid_keys (source_id, message_id, problem, event_id, received_at)
    SELECT source_id, message_id, problem, id, received_at FROM events
    WHERE outcome = 'INVALID' AND length(message_id) <= 100 AND problem IS NOT NULL AND problem <> 'message_id_reused'
    ORDER BY received_at DESC, id DESC
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    for name, table, columns, those in _INDEXES:
        op.create_index(name, table, columns, sqlite_where=sa.text(those), postgresql_where=sa.text(those))
    op.create_index("ix_contacts_space_created_at_id", "contacts", ["space", "created_at", "id"])
    op.execute(_KEYS)
    op.execute(_INVALID_KEYS)
