"""What several processes share through Redis tells nothing of whom their texts are for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from redis import Redis

from gateway.clock import ManualClock
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Pacer
from gateway.settings import Settings
from gateway.shared.base import Topic
from gateway.storage.engine import Store
from tests.gateway.people_planted import CANARIES, planted
from tests.gateway.shared.conftest import over_redis, until
from tests.gateway.world import World


def everything(url: str, pattern: str) -> dict[bytes, Any]:
    """All that Redis keeps under these keys."""
    with Redis.from_url(url) as client:
        reads: Mapping[bytes, Callable[[bytes], Any]] = {
            b"string": client.get,
            b"hash": client.hgetall,
            b"stream": client.xrange,
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1),
            b"list": lambda key: client.lrange(key, 0, -1),
        }
        return {key: reads[client.type(key)](key) for key in client.scan_iter(pattern)}


async def test_nothing_in_redis_is_about_a_person_so_that_an_erasure_has_nothing_to_take_there(
    postgresql_store: Store, tmp_path: Path, clock: ManualClock, redis_url: str, redis_name: str
) -> None:
    world = World(postgresql_store, tmp_path, clock, Settings(data_dir=tmp_path))
    async with over_redis(redis_url, redis_name) as one:
        world.services = replace(world.services, shared=one.shared)
        world.outbox = Outbox(world.services, world._failed)
        world.pacer = Pacer(world.services, world.outbox)
        with one.tail.listen(Topic.DELIVERY, "default"):
            await until(lambda: one.watches(Topic.DELIVERY))
            await planted(world)
            await one.told()
            kept = everything(redis_url, one.link.key("*"))

    assert any("dlv_" in str(value) for value in kept.values())
    assert [one for one in CANARIES if one in str(kept)] == []
    await world.services.reader.close()
