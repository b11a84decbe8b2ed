"""Destinations and spaces can be paused, and a counter tells every process that something configured was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("destinations", sa.Column("paused_at", sa.BigInteger(), nullable=True))
    op.add_column("destinations", sa.Column("paused_by", sa.Text(), nullable=True))
    op.add_column("destinations", sa.Column("pause_note", sa.Text(), nullable=True))
    op.create_table(
        "space_pauses",
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("space", name=op.f("pk_space_pauses")),
    )
    op.create_table(
        "configuration",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configuration")),
    )
