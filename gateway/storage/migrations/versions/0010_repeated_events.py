"""Which event one repeats that came through another source."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("repeats", sa.String(length=64), nullable=True))
