"""Find what waits for somebody to be identified without looking through all that was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waits = sa.text("reason = 'PROFILE_PENDING' AND status = 'HELD'")
    op.create_index(
        "ix_deliveries_space_person_id",
        "deliveries",
        ["space", "person_id"],
        unique=False,
        sqlite_where=waits,
        postgresql_where=waits,
    )
