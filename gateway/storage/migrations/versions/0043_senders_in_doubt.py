"""A sender that its provider refused is in doubt until its account was looked up."""

import sqlalchemy as sa
from alembic import op

revision = "1.0043"
down_revision = "1.0042"
branch_labels = None
depends_on = None

_DOUBTED = sa.text("doubted_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("senders", sa.Column("doubted_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_senders_doubted", "senders", ["destination_id"], sqlite_where=_DOUBTED, postgresql_where=_DOUBTED
    )
