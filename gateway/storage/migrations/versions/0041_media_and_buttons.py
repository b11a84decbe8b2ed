"""What people send with a message says of which type it is, and which button they pressed is kept."""

import sqlalchemy as sa
from alembic import op

revision = "1.0041"
down_revision = "1.0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound_messages", sa.Column("media_types", sa.Text()))
    op.add_column("inbound_messages", sa.Column("button", sa.Text()))
