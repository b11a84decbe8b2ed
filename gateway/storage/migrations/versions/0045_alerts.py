"""Since when a template may not go out, and requests of a source are refused; and which receivers do not take what they are told."""

import sqlalchemy as sa
from alembic import op

revision = "1.0045"
down_revision = "1.0044"
branch_labels = None
depends_on = None

_FAILING = sa.text("attempts >= 3 AND next_attempt_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("templates", sa.Column("fell_at", sa.BigInteger(), nullable=True))
    # When it began is not known of what fell before: the last sync that listed it is the first that is sure.
    op.execute(
        "UPDATE templates SET fell_at = synced_at WHERE approval IN ('REJECTED', 'PAUSED', 'DISABLED')"
    )
    op.add_column("source_refusals", sa.Column("since", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_webhook_deliveries_failing",
        "webhook_deliveries",
        ["space", "created_at", "id"],
        sqlite_where=_FAILING,
        postgresql_where=_FAILING,
    )
