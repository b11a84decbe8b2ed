"""What importPlan found, until importApply makes it."""

import sqlalchemy as sa
from alembic import op

revision = "1.0057"
down_revision = "1.0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_plans",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("space", sa.String(64), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_plans")),
    )
    op.create_index(op.f("ix_import_plans_created_at"), "import_plans", ["created_at"])
