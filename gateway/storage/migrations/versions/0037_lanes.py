"""What is to be matched has its lanes, and what is to be delivered whom it is for: several workers keep the order by them."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("lanes", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("person", sa.String(length=64), nullable=True))
    op.create_index("ix_jobs_turns", "jobs", ["kind", "available_at", "id", "subject", "lanes"])
    op.create_index(
        "ix_jobs_person_id",
        "jobs",
        ["person", "id"],
        sqlite_where=sa.text("person IS NOT NULL"),
        postgresql_where=sa.text("person IS NOT NULL"),
    )
    op.drop_index("ix_jobs_kind_available_at_id_subject", table_name="jobs")
