"""Canceling what was not sent yet, because a person says so."""

from datetime import datetime

from sqlalchemy import Connection

from gateway.pipeline import accounts, settle, steps
from gateway.pipeline.settle import Reached
from gateway.storage import deliveries


def cancel(connection: Connection, delivery_id: str, name: str, now: datetime) -> list[Reached]:
    """Bring that Delivery to CANCELED, by whoever has that name; nothing is reached where a request is under way or it is final."""
    reached = settle.apply(connection, [steps.canceled_by_person(delivery_id, name)], now)
    canceled = deliveries.get(connection, delivery_id) if reached else None
    if canceled is not None:
        accounts.pass_on(connection, canceled.destination_id, delivery_id, now)
    return reached
