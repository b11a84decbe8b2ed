"""The last event of a name is found by it."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_HAS_A_NAME = sa.text("name IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_events_space_name_received_at_id",
        "events",
        ["space", "name", "received_at", "id"],
        sqlite_where=_HAS_A_NAME,
        postgresql_where=_HAS_A_NAME,
    )
