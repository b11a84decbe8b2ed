"""What people write says what became of it as an event of a source."""

import sqlalchemy as sa
from alembic import op

revision = "1.0044"
down_revision = "1.0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound_messages", sa.Column("source_event", sa.String(16)))
