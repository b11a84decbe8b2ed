"""Canceling what was not sent yet, because a person says so."""

from datetime import datetime

from sqlalchemy import Connection

from gateway.pipeline import accounts, settle, unsent_steps
from gateway.pipeline.settle import Reached
from gateway.storage import deliveries, destinations


def cancel(connection: Connection, delivery_id: str, name: str, now: datetime) -> list[Reached]:
    """Bring that Delivery to CANCELED, by whoever has that name; nothing is reached where a request is under way or it is final."""
    delivery = deliveries.get(connection, delivery_id)
    if delivery is None:
        return []
    destinations.lock(connection, [delivery.destination_id])
    reached = settle.apply(connection, [unsent_steps.canceled_by_person(delivery_id, name)], now)
    if reached:
        accounts.pass_on(connection, delivery.destination_id, delivery_id, now)
    return reached
