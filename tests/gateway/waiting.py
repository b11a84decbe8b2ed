"""Requests that wait to be matched, put where ingestion puts them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from gateway import events, ids
from gateway.events import QueuedRequest
from gateway.facts.snapshot import Snapshot
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import lanes
from gateway.pipeline.match import Matched, Taken, match
from gateway.secrets import Secrets
from gateway.storage import jobs
from tests.gateway.world import World


async def put(world: World, *requests: list[dict[str, Any]], of: str = "src_server") -> None:
    """Requests as ingestion leaves them."""
    new = [
        NewJob(JobKind.MATCH, events.encode(QueuedRequest(ids.new("req"), of, world.clock.now(), calls)), of)
        for calls in requests
    ]
    await world.store.write(lambda c: jobs.enqueue(c, new, world.clock.now()))


async def depth(world: World, kind: JobKind = JobKind.MATCH) -> int:
    return (await world.store.read(lambda c: jobs.depth(c, kind, world.clock.now())))[0]


def poison(monkeypatch: pytest.MonkeyPatch, message_id: str, error: Exception) -> list[str]:
    """From now on matching that event fails; who was asked for is listed."""
    asked: list[str] = []

    def failing(
        connection: Connection, secrets: Secrets, snapshot: Snapshot, taken: Sequence[Taken], now: datetime
    ) -> Matched:
        for one in taken:
            asked.append(one.event.message_id)
            if one.event.message_id == message_id:
                raise error
        return match(connection, secrets, snapshot, taken, now)

    monkeypatch.setattr(lanes, "match", failing)
    return asked
