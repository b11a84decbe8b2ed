"""It is known who was asked to confirm a yes. A destination that is there goes on asking nobody."""

import json

import sqlalchemy as sa
from alembic import op

revision = "1.0055"
down_revision = "1.0054"
branch_labels = None
depends_on = None

_DESTINATIONS = sa.table("destinations", sa.column("id"), sa.column("policy"))
_AS_IT_WAS = {"double_opt_in": False, "confirmation_mapping_id": None}


def upgrade() -> None:
    op.create_table(
        "confirmations",
        sa.Column("space", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("delivery_id", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("space", "phone", "channel", name=op.f("pk_confirmations")),
    )
    op.create_index(op.f("ix_confirmations_asked_at"), "confirmations", ["asked_at"])
    connection = op.get_bind()
    for row in connection.execute(sa.select(_DESTINATIONS)).all():
        whole = {**_AS_IT_WAS, **json.loads(row.policy or "{}")}
        policy = json.dumps(whole)
        connection.execute(sa.update(_DESTINATIONS).where(_DESTINATIONS.c.id == row.id).values(policy=policy))
