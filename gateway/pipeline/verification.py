"""The checks behind Draft -> Verified, kept with the destination; what waited for them goes on."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from destinations.kit import Check, DestinationStatus, IntegrationError
from gateway.jobs import JobKind
from gateway.pipeline import accounts
from gateway.services import Services
from gateway.storage import destinations
from gateway.workspace import Destination


async def verify(services: Services, destination_id: str) -> Destination:
    """Run the definition's checks against the provider and store what they said. Raises KeyError for an unknown id."""
    destination = (await services.workspace.current()).destinations[destination_id]
    definition = services.definition(destination.definition)
    settings = definition.settings.model_validate(dict(destination.settings))
    started = services.clock.now()
    try:
        checks = await definition.verify(settings, services.reader.fresh, services.settings.allowed_hosts)
    except IntegrationError as error:
        checks = (Check("reach the provider", passed=False, message=error.message, remedy=error.remedy),)
    passed = all(check.passed for check in checks)
    status = DestinationStatus.VERIFIED if passed else DestinationStatus.FAILED
    finished = services.clock.now()
    verification = _kept(status, started, finished, checks)
    await services.store.write(lambda c: _store(c, destination.id, status, verification, finished))
    services.workspace.invalidate()
    services.shared.wakeups.ring(JobKind.DELIVER)
    return (await services.workspace.current()).destinations[destination_id]


def _kept(
    status: DestinationStatus, started: datetime, finished: datetime, checks: tuple[Check, ...]
) -> dict[str, Any]:
    return {
        "status": status.value,
        "startedAt": started.isoformat(),
        "finishedAt": finished.isoformat(),
        "checks": [asdict(check) for check in checks],
    }


def _store(
    connection: Connection,
    destination_id: str,
    status: DestinationStatus,
    verification: dict[str, Any],
    now: datetime,
) -> None:
    destinations.set_verification(connection, destination_id, status, verification, now)
    if status is DestinationStatus.VERIFIED:
        accounts.verified(connection, destination_id, now)
