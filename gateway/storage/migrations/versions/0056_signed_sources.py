"""A source may have a secret that its requests are signed with, and a write key in the path. Those that are there have neither."""

import sqlalchemy as sa
from alembic import op

revision = "1.0056"
down_revision = "1.0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sources", sa.Column("path_key_allowed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("sources", sa.Column("shared_secret", sa.Text()))
    op.add_column("sources", sa.Column("shared_secret_last_four", sa.String(4)))
    op.add_column("sources", sa.Column("shared_secret_set_at", sa.BigInteger()))
