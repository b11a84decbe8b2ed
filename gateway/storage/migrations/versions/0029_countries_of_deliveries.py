"""The country of a Delivery's recipient. Those that were made before keep none: a number's country is no database's to tell."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("country", sa.String(length=2), nullable=True))
