"""Sources take turns when their events are matched; and an event that is none is kept once."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invalid_keys",
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=100), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "message_id", "problem", name=op.f("pk_invalid_keys")),
    )
    jobs = sa.table("jobs", sa.column("subject", sa.String()))
    op.execute(sa.update(jobs).where(jobs.c.subject.is_(None)).values(subject=""))
    op.drop_index("ix_jobs_subject", table_name="jobs")
    op.drop_index("ix_jobs_kind_available_at_id", table_name="jobs")
    op.create_index(
        "ix_jobs_kind_available_at_id_subject",
        "jobs",
        ["kind", "available_at", "id", "subject"],
        unique=False,
    )
    is_deliver = sa.text("kind = 'deliver'")
    op.create_index(
        "ix_jobs_subject",
        "jobs",
        ["subject"],
        unique=False,
        sqlite_where=is_deliver,
        postgresql_where=is_deliver,
    )
