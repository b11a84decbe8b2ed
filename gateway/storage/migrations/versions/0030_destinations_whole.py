"""Destinations can be deleted, channels switched off, and a Delivery need not be a text."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_DELIVERIES = sa.table("deliveries", sa.column("channel"), sa.column("channel_before"))


def upgrade() -> None:
    op.add_column("destinations", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "channel_switches",
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("off_at", sa.BigInteger(), nullable=False),
        sa.Column("off_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("space", "destination_id", "channel", name=op.f("pk_channel_switches")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("deliveries", "channel", existing_type=sa.String(length=16), nullable=True)
        return
    # SQLite can't let a column be null, and a table that others point at can't be made anew inside of a transaction.
    op.alter_column("deliveries", "channel", new_column_name="channel_before")
    op.add_column("deliveries", sa.Column("channel", sa.String(length=16), nullable=True))
    op.execute(sa.update(_DELIVERIES).values(channel=_DELIVERIES.c.channel_before))
    op.drop_column("deliveries", "channel_before")
