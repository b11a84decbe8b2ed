"""Every destination has its whole policy, so that it keeps what it had when the defaults of new ones change."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_DESTINATIONS = sa.table("destinations", sa.column("id"), sa.column("policy"))
_AS_IT_WAS = {
    "mms_fallback": "LINK",
    "require_dlt_for_india": False,
    "messages_per_second": {},
    "uncertain": "RESEND_WHEN_ABSENT",
    "test_numbers": [],
    "allowed_countries": [],
    "retry_undelivered": False,
}


def upgrade() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_DESTINATIONS)).all():
        policy = json.dumps({**_AS_IT_WAS, **json.loads(row.policy or "{}")})
        connection.execute(sa.update(_DESTINATIONS).where(_DESTINATIONS.c.id == row.id).values(policy=policy))
