"""What waits for its sender's pace does so in lanes, and is found by its Delivery like what is due."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("lane", sa.Text(), nullable=True))
    paced, of_delivery = sa.text("kind = 'paced'"), sa.text("kind IN ('deliver', 'paced')")
    op.create_index("ix_jobs_lane_id", "jobs", ["lane", "id"], sqlite_where=paced, postgresql_where=paced)
    op.drop_index("ix_jobs_subject", table_name="jobs")
    op.create_index(
        "ix_jobs_subject", "jobs", ["subject"], sqlite_where=of_delivery, postgresql_where=of_delivery
    )
