"""When an event happened, as its age and its words of consent count it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("occurred_at", "earliest", "latest"):
        op.add_column("events", sa.Column(name, sa.BigInteger(), nullable=True))
