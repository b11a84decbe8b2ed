"""The turns of deliveries, taken without a worker."""

from collections.abc import Sequence

from gateway.jobs import Job
from gateway.pipeline.deliver import deliver
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.services import Services


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
