"""Which Delivery a replay or a fallback is of; and the work in the background that replays many."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("replay_of", sa.String(length=64), nullable=True))
    op.add_column("deliveries", sa.Column("fallback_of", sa.String(length=64), nullable=True))
    op.create_table(
        "background_jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("replay_key", sa.String(length=255), nullable=False),
        sa.Column("include_accepted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_background_jobs")),
    )
    op.create_table(
        "replay_items",
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "created_at", "delivery_id", name=op.f("pk_replay_items")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_background_jobs_finished_at", "background_jobs", ["finished_at"])
    op.create_index(
        "ix_background_jobs_space_created_at_id", "background_jobs", ["space", "created_at", "id"]
    )
    op.create_index(
        "ix_background_jobs_status_created_at_id", "background_jobs", ["status", "created_at", "id"]
    )
