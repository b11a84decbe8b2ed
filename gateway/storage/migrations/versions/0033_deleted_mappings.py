"""When a mapping was deleted: it stays for the Deliveries that were made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mappings", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
