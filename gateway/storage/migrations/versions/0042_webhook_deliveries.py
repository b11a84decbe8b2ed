"""Owners are told what becomes of messages, by a queue of its own."""

import sqlalchemy as sa
from alembic import op

revision = "1.0042"
down_revision = "1.0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("destinations", sa.Column("webhook_events", sa.Text(), nullable=True))
    table = "webhook_deliveries"
    op.create_table(
        table,
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("passed_on", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(op.f("ix_webhook_deliveries_created_at"), table, ["created_at"])
    for name in ("space", "destination_id"):
        op.create_index(f"ix_webhook_deliveries_{name}_created_at_id", table, [name, "created_at", "id"])
    op.create_index(
        "ix_webhook_deliveries_dead",
        table,
        ["space", "created_at", "id"],
        sqlite_where=sa.text("dead IS 1"),
        postgresql_where=sa.text("dead IS true"),
    )
