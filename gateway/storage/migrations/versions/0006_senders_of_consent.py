"""Whom a word of consent was said to beside a sender, and how far a stop goes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is there already was said to nobody knows which service, and a stop of it stops all that it can.
    op.add_column("consent_history", sa.Column("service", sa.Text(), nullable=True))
    op.add_column("consent_history", sa.Column("reach", sa.String(length=16), nullable=True))
