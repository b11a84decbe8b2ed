"""Keys that were rotated out, sources that were deleted, and events that came again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "retired_keys",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("works_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_retired_keys_source_id")),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_retired_keys")),
    )
    op.create_index(op.f("ix_retired_keys_source_id"), "retired_keys", ["source_id"], unique=False)
    op.create_table(
        "event_repetitions",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_repetitions")),
    )
