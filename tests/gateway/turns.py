"""The turns of deliveries, taken one by one."""

from collections.abc import Sequence
from datetime import datetime

from gateway.jobs import Job, JobKind
from gateway.pipeline.deliver import deliver
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.pipeline.worker import Worker
from gateway.services import Services


class HandWorker(Worker):
    """Moved step by step: where nothing is due, its step ends instead of waiting for a second of the real clock."""

    async def _idle(self, due: datetime | None, kind: JobKind, most: float | None = None) -> None:
        pass


async def work_on(services: Services, leased: Sequence[Job]) -> None:
    """Give these their turn together, and wait until what was sent is recorded. Raises what the gateway itself failed on."""
    failures: list[BaseException] = []

    async def failed(_job: Job, error: BaseException) -> None:
        failures.append(error)

    outbox = Outbox(services, failed)
    await deliver(services, Pacer(services, outbox), outbox, leased)
    await outbox.finished()
    if failures:
        raise failures[0]
