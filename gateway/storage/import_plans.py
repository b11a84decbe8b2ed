"""What importPlan found, until importApply makes it: kept for a day, sealed, and without a secret."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import StartupError
from gateway.secrets import Secrets
from gateway.storage.tables import import_plans

KEPT = timedelta(hours=24)
"""For how long a plan can be carried out."""

_held = import_plans.c


def keep(
    connection: Connection, plan_id: str, space: str, plan: str, now: datetime, secrets: Secrets
) -> bool:
    """Keep that plan from now on; whether it is new."""
    found = connection.scalar(select(_held.created_at).where(_held.id == plan_id))
    new = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(import_plans)
    new = new.values(id=plan_id, space=space, plan=secrets.encrypt(plan), created_at=now)
    there = {"plan": new.excluded.plan, "created_at": new.excluded.created_at}
    connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=there))
    return found is None or found <= now - KEPT


def get(
    connection: Connection, plan_id: str, now: datetime, secrets: Secrets, *, for_update: bool = False
) -> tuple[str, str] | None:
    """The space and the plan of that id, where it is still kept. `for_update`: nobody else carries it out before this transaction ends."""
    query = select(_held.space, _held.plan).where(_held.id == plan_id, _held.created_at > now - KEPT)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        return None
    try:
        return row.space, secrets.decrypt(row.plan)
    except StartupError:  # under a key that is gone
        return None
