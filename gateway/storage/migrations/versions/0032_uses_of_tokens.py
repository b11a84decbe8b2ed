"""When a token was last used; what the first call with an idempotency key was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("last_used_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_api_tokens_space_created_at_id", "api_tokens", ["space", "created_at", "id"])
    op.add_column("idempotency_keys", sa.Column("answer", sa.Text(), nullable=True))
