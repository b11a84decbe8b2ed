"""A mapping may be in SHADOW. One that is there sends as before."""

import sqlalchemy as sa
from alembic import op

revision = "1.0059"
down_revision = "1.0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mappings", sa.Column("mode", sa.String(16), nullable=False, server_default="LIVE"))
    op.add_column("mappings", sa.Column("live_since", sa.BigInteger(), nullable=True))
