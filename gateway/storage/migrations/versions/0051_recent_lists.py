"""How far it is read what people wrote in the day before a destination was verified."""

import sqlalchemy as sa
from alembic import op

revision = "1.0051"
down_revision = "1.0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recent_lists",
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["background_jobs.id"],
            name=op.f("fk_recent_lists_job_id_background_jobs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "sender", "since", name=op.f("pk_recent_lists")),
    )
