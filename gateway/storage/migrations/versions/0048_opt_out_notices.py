"""It is known who was told how to opt out. A destination that is there goes on adding no words to its texts."""

import json

import sqlalchemy as sa
from alembic import op

revision = "1.0048"
down_revision = "1.0047"
branch_labels = None
depends_on = None

_DESTINATIONS = sa.table("destinations", sa.column("id"), sa.column("policy"))
_AS_IT_WAS = {"opt_out_words": False}


def upgrade() -> None:
    op.create_table(
        "opt_out_notices",
        sa.Column("delivery_id", sa.String(64), nullable=False),
        sa.Column("space", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_opt_out_notices")),
    )
    op.create_index("ix_opt_out_notices_space_phone", "opt_out_notices", ["space", "phone"])
    op.create_index("ix_opt_out_notices_told_at", "opt_out_notices", ["told_at"])
    connection = op.get_bind()
    for row in connection.execute(sa.select(_DESTINATIONS)).all():
        whole = {**_AS_IT_WAS, **json.loads(row.policy or "{}")}
        policy = json.dumps(whole)
        connection.execute(sa.update(_DESTINATIONS).where(_DESTINATIONS.c.id == row.id).values(policy=policy))
