"""Only what was sent before can have an id of old: a source that comes later is not asked for it, event after event."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sources", sa.Column("former_keys", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE sources SET former_keys = true WHERE id IN (SELECT source_id FROM deliveries)"
        " OR id IN (SELECT source_id FROM delivery_tombstones)"
    )
