"""What was decided about a Delivery is stored, and counted once it is on disk."""

from collections.abc import Callable

from sqlalchemy import Connection

from gateway import metrics
from gateway.deliveries import DeliveryStatus
from gateway.services import Services


async def settle(services: Services, change: Callable[[Connection], DeliveryStatus | None]) -> None:
    """Run a change that returns the status a Delivery reached by it, if any: counted once it is on disk."""
    reached = await services.store.write(change)
    if reached is not None:
        metrics.DELIVERIES.labels(reached).inc()
