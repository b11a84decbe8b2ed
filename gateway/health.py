"""/healthz (alive), /readyz (what comes in can be stored, migrations current; what else is gone), /metrics (Prometheus)."""

import asyncio
from datetime import datetime, timedelta

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway import logging, metrics
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.jobs import JobKind
from gateway.services import Services
from gateway.storage import jobs, migrate
from gateway.storage.engine import probe

SECONDS = 2.0
"""How long the store may take to answer: whoever asks wants to know now."""

REMEMBERED = timedelta(seconds=1)
"""How long an answer is given again: to be asked is free for anybody, to look costs a commit."""

OK = "ok"
TROUBLE = (SQLAlchemyError, OSError, StoreBusy, StoreUnavailable)

_log = logging.get("health")


def routes(services: Services, *, seconds: float = SECONDS) -> list[Route]:
    """The three routes. They need no token and tell nothing about people."""
    readiness = _Readiness(services, seconds)

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        store = await readiness.of_store()
        said: dict[str, object] = {"ready": store == OK, "store": store}
        if not services.settings.alone:
            said |= _of_shared(services)
        return JSONResponse(said, 200 if store == OK else 503)

    async def measured(_request: Request) -> Response:
        await _measure(services, seconds)
        return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", measured)]


def _of_shared(services: Services) -> dict[str, object]:
    """What is shared may be gone: events are taken and matched all the same, and what is to be sent waits. So it is ready, but
    `degraded` names the parts.
    """
    troubles = services.shared.reach.troubles
    return {
        "redis": troubles[0].problem if troubles else OK,
        "degraded": [one.part for one in troubles],
    }


class _Readiness:
    """Whether the store takes what comes in: looked for once, however many ask at a time."""

    def __init__(self, services: Services, seconds: float) -> None:
        self._services = services
        self._seconds = seconds
        self._looking = asyncio.Lock()
        self._found = OK
        self._found_at: datetime | None = None

    async def of_store(self) -> str:
        """OK, or what is the matter: in words of ours, since a database's own tell who uses it, and where it is."""
        async with self._looking:
            now = self._services.clock.now()
            if self._found_at is None or not timedelta(0) <= now - self._found_at < REMEMBERED:
                self._found = await self._look()
                self._found_at = self._services.clock.now()
            return self._found

    async def _look(self) -> str:
        store = self._services.store
        what = "can't be read"
        try:
            async with asyncio.timeout(self._seconds):
                if not await store.read(migrate.is_current):
                    return "migrations are missing"
                what = "can't be written"
                await store.write(probe, bounded=True, within=self._seconds)
        except TimeoutError:
            _log.error("The store is not ready", problem=what, seconds=self._seconds)
            return f"{what} within {self._seconds:g} s"
        except TROUBLE as error:
            _log.error("The store is not ready", problem=what, error=str(error))
            return what
        return OK


_MEASURED = (JobKind.MATCH, JobKind.DELIVER, JobKind.WEBHOOK)


async def _measure(services: Services, seconds: float) -> None:
    """Set what is measured by looking; what can't be looked at is not shown, least of all as it was."""
    now = services.clock.now()

    def look(connection: Connection) -> dict[JobKind, tuple[int, float]]:
        return {kind: jobs.depth(connection, kind, now) for kind in _MEASURED}

    try:
        async with asyncio.timeout(seconds):
            found = await services.store.read(look)
    except TROUBLE:  # the rest of the numbers is worth having all the more
        metrics.QUEUE_DEPTH.clear()
        metrics.QUEUE_AGE.clear()
        return
    for kind, (depth, age) in found.items():
        metrics.QUEUE_DEPTH.labels(kind).set(depth)
        metrics.QUEUE_AGE.labels(kind).set(age)
