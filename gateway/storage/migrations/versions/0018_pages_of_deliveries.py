"""Deliveries of a mapping are found by an index; what has no number and no SID yet is in no index by those."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_deliveries_message_sid": ["message_sid"],
    "ix_deliveries_recipient_created_at_id": ["recipient", "created_at", "id"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        there = sa.text(f"{columns[0]} IS NOT NULL")
        op.drop_index(name, "deliveries")
        op.create_index(name, "deliveries", columns, sqlite_where=there, postgresql_where=there)
    op.create_index(
        "ix_deliveries_space_mapping_id_created_at_id",
        "deliveries",
        ["space", "mapping_id", "created_at", "id"],
    )
