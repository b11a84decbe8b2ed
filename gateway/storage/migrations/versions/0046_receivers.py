"""A receiver of an owner's webhooks that takes nothing rests, and costs no other anything."""

import sqlalchemy as sa
from alembic import op

revision = "1.0046"
down_revision = "1.0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("destinations", sa.Column("webhook_failures", sa.Integer(), nullable=True))
    op.add_column("destinations", sa.Column("webhook_rests_until", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_jobs_receivers",
        "jobs",
        ["subject", "available_at", "id"],
        sqlite_where=sa.text("kind = 'webhook'"),
        postgresql_where=sa.text("kind = 'webhook'"),
    )
