"""What retention remembers: the ids of removed Deliveries, how far it has come, and what it has to look at again."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("payload_removed_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "delivery_tombstones",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_tombstones")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retention_marks",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "space", name=op.f("pk_retention_marks")),
    )
    op.create_table(
        "retention_waits",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "row_id", name=op.f("pk_retention_waits")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_delivery_tombstones_created_at", "delivery_tombstones", ["created_at"])
    op.create_index("ix_inbound_keys_received_at", "inbound_keys", ["received_at"])
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
