"""What a job in the background came to, beyond how much of it is done."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("background_jobs", sa.Column("result", sa.Text(), nullable=True))
