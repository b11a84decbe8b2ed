"""Erasing a person: a job in the background, in steps that can be repeated. It finds what is left by the walk (`storage.walk`), so
that a process that is killed between loses nothing; what people are found by goes at its end, in one transaction.

What waits is canceled, and nothing is erased while a request is under way or its end is not known.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from destinations.kit import canonical
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.pipeline import accounts, failures, settle, unsent_steps
from gateway.pipeline.settle import Reached
from gateway.services import Services
from gateway.storage import (
    background_jobs,
    consent,
    destinations,
    erased_refusals,
    erasures,
    tables,
    whom as people,
)
from gateway.storage.locks import lock_numbers
from gateway.storage.walk import WALK, Held, Key, Look

STEP = 100
"""How many rows are erased in one transaction."""

ROUNDS = 2
"""So often the walk is taken: what was written down while the first one was under way is found by the second."""

_RUNNING = (BackgroundStatus.RUNNING,)
_UNCLEAR = (DeliveryStatus.SENDING, DeliveryStatus.UNCERTAIN)


class _EndedError(Exception):
    """Somebody paused or canceled the job, or another process works on it."""


async def step(services: Services, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Work on each erasure that was asked for; whether one came to its end. It leaves off where `is_over`, and one where something of
    it is to be settled first. Raises what the store raises.
    """
    some = await services.store.read(lambda c: background_jobs.all_running(c, BackgroundKind.ERASE))
    ended = [await _one(services, job, is_over) for job in some]
    return any(ended)


async def _one(services: Services, job: BackgroundJob, is_over: Callable[[], bool]) -> bool:
    try:
        return await _Erasure(services, job, is_over).run()
    except _EndedError:
        return False
    except (StoreBusy, StoreUnavailable):
        raise
    except Exception as error:  # noqa: BLE001  a bug: it must not be met again and again
        failures.log("An erasure failed", error, job=job.id)
        message = (
            "The gateway itself failed on it; the log has the cause. What was erased stays so. Resumed, it goes on with the rest: "
            f'mutation {{ jobResume(input: {{id: "{job.id}"}}) {{ job {{ status }} errors {{ message }} }} }}'
        )
        await services.store.write(
            lambda c: background_jobs.bring(c, job.id, BackgroundStatus.FAILED, _RUNNING, message=message)
        )
        return True


class _Open(NamedTuple):
    """The Deliveries of somebody that are not final: of which nothing was sent, with their destinations, and how many are unclear."""

    unsent: list[tuple[str, str]]
    unclear: int


class _Erasure:
    def __init__(self, services: Services, job: BackgroundJob, is_over: Callable[[], bool]) -> None:
        self._services = services
        self._job = job
        self._is_over = is_over

    async def run(self) -> bool:
        services, job = self._services, self._job
        whom = await services.store.read(lambda c: erasures.of_job(c, services.secrets, job.id))
        if whom is None:
            raise LookupError(f"Nobody knows any more whom {job.id} was to erase")
        grown = whom
        look = Look(await services.store.read(lambda c: people.again(c, grown)), services.secrets)
        requests = WALK[0]
        await self._erase(requests, look)
        if await services.store.read(lambda c: requests.keys(c, look)):
            return await self._wait("A worker has a request with events of theirs")
        unclear = await self._cancel(look)
        if unclear:
            return await self._wait(f"Texts of which it is not known yet whether they were sent: {unclear}")
        for _round in range(ROUNDS):
            for held in WALK[1:]:
                if not held.last:
                    await self._erase(held, look)
        await self._write(lambda c, now: self._end(c, look, now))
        return True

    async def _wait(self, why: str) -> bool:
        message = f"{why}. The erasure goes on by itself once that is settled."
        if self._job.message != message:
            await self._write(lambda c, _now: background_jobs.say(c, self._job.id, message))
        return False

    async def _write(self, change: Callable[[Connection, datetime], Any]) -> Any:
        """Change something, where the job still runs and is nobody else's. Raises _EndedError."""
        if self._is_over():
            raise _EndedError
        now = self._services.clock.now()

        def run(connection: Connection) -> Any:
            if background_jobs.take(connection, self._job.id) is None:
                raise _EndedError
            return change(connection, now)

        return await self._services.store.write(run)

    async def _erase(self, held: Held, look: Look) -> None:
        if held.erase is None:
            return
        keys = await self._services.store.read(lambda c: held.keys(c, look))
        for start in range(0, len(keys), STEP):
            some = keys[start : start + STEP]
            await self._write(partial(self._take, held=held, look=look, keys=some))

    def _take(
        self, connection: Connection, now: datetime, *, held: Held, look: Look, keys: list[Key]
    ) -> None:
        if held.erase is None:
            return
        done = held.erase(connection, look.whom, keys, now)
        job = background_jobs.get(connection, self._job.id)
        if job is None or not done:
            return
        result = dict(job.result or {})
        result[held.table.name] = result.get(held.table.name, 0) + done
        background_jobs.count(connection, job.id, done, 0, None, result)

    # -- what is not final ---------------------------------------------------------------------------------------

    async def _cancel(self, look: Look) -> int:
        """Cancel what was not sent; of how many others it is not known."""
        (deliveries,) = (held for held in WALK if held.table is tables.deliveries)
        open_ = await self._services.store.read(lambda c: _open(c, deliveries, look))
        for start in range(0, len(open_.unsent), STEP):
            some = open_.unsent[start : start + STEP]
            reached = await self._write(partial(_canceled, some=some))
            settle.tell(self._services, reached)
        left = await self._services.store.read(lambda c: _open(c, deliveries, look))
        return left.unclear + len(left.unsent)

    # -- the end -------------------------------------------------------------------------------------------------

    def _end(self, connection: Connection, look: Look, now: datetime) -> None:
        """What they refused outlives them; then goes what they are found by, and whom the job was about."""
        whom = look.whom
        lock_numbers(connection, ((whom.space, canonical(phone)) for phone in whom.phones))
        said = consent.deciding(connection, look.secrets, whom.space, whom.phones)
        for phone, words in said.items():
            refused = erased_refusals.refusals(words.deciding)
            erased_refusals.keep(connection, look.secrets, whom.space, phone, refused)
        for held in WALK:
            if held.last:
                self._take(connection, now, held=held, look=look, keys=held.keys(connection, look))
        erasures.end(connection, self._job.id)
        job = background_jobs.get(connection, self._job.id)
        if job is not None:
            background_jobs.end(
                connection, job.id, BackgroundStatus.DONE, now, total=job.done, result=job.result
            )


def _open(connection: Connection, deliveries: Held, look: Look) -> _Open:
    held = tables.deliveries.c
    found: dict[str, tuple[str, str]] = {}
    for leg in deliveries.legs(look.whom):
        query = select(held.id, held.status, held.destination_id).where(
            leg, held.status.in_([one.value for one in DeliveryStatus if not one.final])
        )
        found |= {row.id: (row.status, row.destination_id) for row in connection.execute(query)}
    unsent = [(one, where) for one, (status, where) in sorted(found.items()) if status in UNSENT]
    return _Open(unsent, sum(status in _UNCLEAR for status, _where in found.values()))


def _canceled(connection: Connection, now: datetime, *, some: list[tuple[str, str]]) -> list[Reached]:
    destinations.lock(connection, {where for _one, where in some})
    reached = settle.apply(connection, [unsent_steps.canceled_by_erasure(one) for one, _where in some], now)
    ended = {one.delivery_id for one in reached}
    for one, where in some:
        if one in ended:
            accounts.pass_on(connection, where, one, now)
    return reached
