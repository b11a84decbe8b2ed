"""What people wrote is listed by its destination, and what waits for somebody to look by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "inbound_messages"
    op.create_index(
        "ix_inbound_messages_destination_id_received_at_id", table, ["destination_id", "received_at", "id"]
    )
    op.create_index(
        "ix_inbound_messages_in_review",
        table,
        ["space", "received_at", "id"],
        sqlite_where=sa.text("needs_review IS 1"),
        postgresql_where=sa.text("needs_review IS true"),
    )
