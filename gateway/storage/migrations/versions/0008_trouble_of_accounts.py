"""When a provider refused a destination's account, and who tries whether that is over."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("destinations", sa.Column("trouble", sa.Text(), nullable=True))
