"""/healthz (alive), /readyz (stores reachable, migrations current), /metrics (Prometheus)."""

from contextlib import suppress
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway import metrics
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.pipeline.core import Pipeline
from gateway.queue.base import JobKind
from gateway.storage import migrate


def routes(pipeline: Pipeline) -> list[Route]:
    """The three routes. They need no token and tell nothing about people."""

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        try:
            current = await pipeline.store.read(migrate.is_current)
        except (SQLAlchemyError, OSError, StoreBusy, StoreUnavailable) as error:
            return JSONResponse({"ready": False, "store": str(error)}, 503)
        return JSONResponse(
            {"ready": current, "store": "ok" if current else "migrations are missing"},
            200 if current else 503,
        )

    async def measured(_request: Request) -> Response:
        now = pipeline.clock.now()
        with suppress(StoreUnavailable):  # the rest of the numbers is worth having all the more
            for kind in JobKind:
                depth, age = await pipeline.store.read(partial(pipeline.queue.depth, kind=kind, now=now))
                metrics.QUEUE_DEPTH.labels(kind).set(depth)
                metrics.QUEUE_AGE.labels(kind).set(age)
        return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", measured)]
