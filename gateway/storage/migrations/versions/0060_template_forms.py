"""A template is kept with what its types say: text, media and buttons. Of one that is there it is null until the next sync."""

import sqlalchemy as sa
from alembic import op

revision = "1.0060"
down_revision = "1.0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("templates", sa.Column("forms", sa.Text(), nullable=True))
