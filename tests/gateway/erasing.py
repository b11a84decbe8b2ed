"""Having somebody erased, and what a test looks at then."""

import json
from typing import Any

from sqlalchemy import Connection, func, select, update

from gateway import exports
from gateway.background_jobs import BackgroundJob, BackgroundKind
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import erasures
from gateway.secrets import Secrets
from gateway.storage import (
    background_jobs,
    erased_refusals,
    erasures as sealed,
    tables,
    whom,
)
from gateway.storage.whom import Whom
from tests.factories import ANN, NOW, destination, identify, mapping, source
from tests.gateway.people_planted import (
    EVE,
    HERS,
    NAME,
)
from tests.gateway.world import World


def asked(connection: Connection, secrets: Secrets, who: Whom) -> str:
    job = BackgroundJob.begun("job_erase", "default", BackgroundKind.ERASE, NOW, subject=who.subject)
    assert background_jobs.add_only(connection, job)
    sealed.begin(connection, secrets, job.id, who)
    return job.id


async def ask(world: World, phone: str = EVE) -> None:
    """Have whoever has that number erased."""
    await world.store.write(lambda c: asked(c, world.secrets, whom.of_number(c, "default", phone)))


async def erase(world: World, phone: str = EVE) -> None:
    """The same, wholly and now."""
    await ask(world, phone)
    assert await erasures.step(world.services)


async def job(world: World) -> BackgroundJob:
    found = await world.store.read(lambda c: background_jobs.get(c, "job_erase"))
    assert found is not None
    return found


async def exported(world: World, phone: str = EVE) -> dict[str, Any]:
    who = await world.store.read(lambda c: whom.of_number(c, "default", phone))
    pieces = [piece async for piece in exports.written(world.services, who)]
    found: dict[str, Any] = json.loads(b"".join(pieces))
    return found


async def configured(world: World) -> None:
    await world.configure(source(), destination(), mapping())
    await world.take(
        identify(**HERS, messageId="i-eve", traits={"phone": EVE, "sms_opt_in": True, "name": NAME}),
        identify(userId="ann", messageId="i-ann", traits={"phone": ANN, "sms_opt_in": True}),
    )


def again(at: Any) -> dict[str, Any]:
    traits = {"phone": EVE, "sms_opt_in": True}
    return identify(**HERS, messageId="i-again", traits=traits, timestamp=at.isoformat())


def counts(connection: Connection) -> list[Any]:
    return [*connection.execute(select(tables.stats_changes)), *connection.execute(select(tables.stats))]


async def delivery_of(world: World, message_id: str) -> Any:
    event = await world.event(message_id)
    (one,) = [one for one in await world.deliveries() if one.event_id == event.id]
    return one


async def set_status(world: World, status: DeliveryStatus) -> None:
    await world.store.write(lambda c: c.execute(update(tables.deliveries).values(status=status.value)))


async def kept(world: World) -> list[Any]:
    found = await world.store.read(
        lambda c: erased_refusals.of(c, world.secrets, "default", [EVE]).get(EVE, [])
    )
    rows = await world.store.read(
        lambda c: c.scalar(select(func.count()).select_from(tables.erased_refusals))
    )
    assert rows == len(found)
    return found
