"""Destinations are verified again by themselves: nobody has to look for an account that was closed, or mended, since.

| a destination | is verified again |
| --- | --- |
| VERIFIED, or FAILED by its checks | after a day |
| FAILED since the provider refused its account | after ten minutes, then after as long as that lasts by then, a day at most |
| VERIFYING, left so by a process that ended | after two minutes |
| a DRAFT, a disabled one, one of which a Delivery tries whether it works | never by itself |

Where the provider can't be reached nothing changes, and it is asked again ten minutes later.
"""

from datetime import datetime, timedelta

from destinations.kit import DestinationStatus
from gateway import ids, logging
from gateway.pipeline import accounts, verification
from gateway.services import Services
from gateway.storage import turns
from gateway.workspace import Destination

DAY = timedelta(days=1)
SOON = timedelta(minutes=10)
LEFT = timedelta(minutes=2)

TURN = "rechecks"
TURN_KEPT = timedelta(minutes=10)
"""Of several workers one at a time verifies."""

_log = logging.get("rechecks")


def due_at(destination: Destination) -> datetime | None:
    """When that destination is verified again by itself; None: not as it is."""
    wait = _wait(destination)
    if wait is None or not destination.enabled or destination.deleted_at is not None:
        return None
    since = (
        destination.updated_at
        if destination.status is DestinationStatus.VERIFYING
        else _asked_at(destination)
    )
    return since + wait


def _wait(destination: Destination) -> timedelta | None:
    """How long after the provider last said something, or after its checks began."""
    status, trouble = destination.status, destination.trouble
    if status is DestinationStatus.VERIFYING:
        return LEFT
    if status is DestinationStatus.DRAFT or accounts.has_prober(destination):
        return None
    if status is DestinationStatus.FAILED and trouble is not None:
        return min(max(SOON, _asked_at(destination) - trouble.at), DAY)
    return DAY


def _asked_at(destination: Destination) -> datetime:
    """When the provider last said something of it."""
    at = (destination.verification or {}).get("finishedAt")
    return datetime.fromisoformat(at) if isinstance(at, str) else destination.updated_at


class Rechecks:
    """Verifies what is due, one after the other. One for each worker."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._name = ids.new("wkr")
        self._not_before: dict[str, datetime] = {}

    async def turn(self) -> None:
        """Verify what is due by now."""
        services, now = self._services, self._services.clock.now()
        there = (await services.workspace.current()).destinations
        due = [
            one.id
            for one in there.values()
            if (at := due_at(one)) is not None and max(at, self._not_before.get(one.id, at)) <= now
        ]
        if not due or not await self._is_mine(now):
            return
        for destination_id in due:
            await self._verify(destination_id)

    async def _is_mine(self, now: datetime) -> bool:
        if self._services.settings.alone:
            return True
        until = now + TURN_KEPT
        return await self._services.store.write(lambda c: turns.take(c, TURN, self._name, now, until))

    async def _verify(self, destination_id: str) -> None:
        services = self._services
        before = (await services.workspace.current()).destinations[destination_id]
        self._not_before[destination_id] = services.clock.now() + SOON
        try:
            after = await verification.verify(services, destination_id, by_itself=True)
        except verification.ChangedMeanwhile:
            return
        except verification.NothingSaidError:
            _log.warning(
                "A destination could not be verified again; it stays as it is", destination=destination_id
            )
            return
        if after.status is before.status:
            return
        run = after.verification or {}
        codes = [check["code"] for check in run.get("checks", ()) if not check["passed"]]
        _log.warning(
            "A destination that was verified again is another now",
            destination=destination_id,
            before=before.status.value,
            after=after.status.value,
            codes=codes,
        )
