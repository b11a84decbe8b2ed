"""A Delivery knows for how long it was in quiet hours. A destination that is there keeps on sending at any hour."""

import json

import sqlalchemy as sa
from alembic import op

revision = "1.0047"
down_revision = "1.0046"
branch_labels = None
depends_on = None

_DESTINATIONS = sa.table("destinations", sa.column("id"), sa.column("policy"))
_AS_IT_WAS = {"quiet_hours_start": "00:00", "quiet_hours_end": "00:00"}


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("rested_seconds", sa.Integer()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(_DESTINATIONS)).all():
        whole = {**_AS_IT_WAS, **json.loads(row.policy or "{}")}
        policy = json.dumps(whole)
        connection.execute(sa.update(_DESTINATIONS).where(_DESTINATIONS.c.id == row.id).values(policy=policy))
