"""Texts are counted where there is a limit. A destination that is there has none; whoever is told everything is told of this too."""

import json

import sqlalchemy as sa
from alembic import op

revision = "1.0050"
down_revision = "1.0049"
branch_labels = None
depends_on = None

_DESTINATIONS = sa.table("destinations", sa.column("id"), sa.column("policy"), sa.column("webhook_events"))
_AS_IT_WAS = {
    "daily_message_limit": 0,
    "per_recipient_daily_limit": 0,
    "per_recipient_weekly_limit": None,
    "time_zone": "UTC",
}
_EVERY = {
    *("delivery.accepted", "delivery.sent", "delivery.delivered", "delivery.read", "delivery.failed"),
    *("delivery.suppressed", "delivery.held", "delivery.canceled", "delivery.expired", "message.received"),
    "destination.status_changed",
}
_NEW = "destination.limit_near"


def upgrade() -> None:
    op.create_table(
        "claim_counts",
        sa.Column("begins", sa.String(10), primary_key=True),
        sa.Column("destination_id", sa.String(64), primary_key=True),
        sa.Column("phone", sa.String(32), primary_key=True),
        sa.Column("purpose", sa.String(16), primary_key=True),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("warned_at", sa.BigInteger(), nullable=True),
    )
    op.add_column("deliveries", sa.Column("counted_on", sa.String(10)))
    connection = op.get_bind()
    for row in connection.execute(sa.select(_DESTINATIONS)).all():
        whole = {**_AS_IT_WAS, **json.loads(row.policy or "{}")}
        policy = json.dumps(whole)
        told = json.loads(row.webhook_events or "null")
        if told is not None and set(told) >= _EVERY:
            told = sorted({*told, _NEW})
        connection.execute(
            sa.update(_DESTINATIONS)
            .where(_DESTINATIONS.c.id == row.id)
            .values(policy=policy, webhook_events=None if told is None else json.dumps(told))
        )
