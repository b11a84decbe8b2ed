"""People are erased; what they refused outlives them without their number."""

import sqlalchemy as sa
from alembic import op

revision = "1.0049"
down_revision = "1.0048"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("space", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_erasures"),
    )
    op.create_table(
        "erased_refusals",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("space", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("sender", sa.Text()),
        sa.Column("service", sa.Text()),
        sa.Column("own_word", sa.Boolean(), nullable=False),
        sa.Column("reach", sa.String(16)),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erased_refusals"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_erased_refusals_space_fingerprint", "erased_refusals", ["space", "fingerprint"])
