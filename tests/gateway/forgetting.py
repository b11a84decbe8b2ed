"""A ledger that grows old, and what a test looks at then."""

from pathlib import Path
from typing import Any

from destinations.kit import Channel, MessageStatus
from gateway.clock import ManualClock
from gateway.settings import Settings
from gateway.storage import (
    retention,
)
from gateway.storage.engine import Store
from gateway.storage.inbound_messages import StoredMessage
from gateway.storage.sqlite import SqliteStore
from tests.factories import ANN, NOW, destination, identify, mapping, source, track
from tests.gateway.world import World

DAY = 86_400


async def opened(store: Store, clock: ManualClock) -> World:
    """Two sources, a destination and a mapping for orders; and Ann, whose number is known."""
    world = World(store, Path(), clock, Settings(public_url="https://texts.example.com"))
    await world.configure(
        source(), source(id="src_other", name="Other", write_key_hash="other"), destination(), mapping()
    )
    await world.take(identify())
    return world


async def forget(world: World) -> dict[str, int]:
    gone = await retention.forget(world.store, world.services.settings, world.clock.now())
    return {kind.value: number for kind, number in gone.rows.items()}


async def forgotten_after(world: World, days: float, seconds: float = 0) -> dict[str, int]:
    """Move the clock to so long after NOW, and forget."""
    world.clock.advance((NOW - world.clock.now()).total_seconds() + days * DAY + seconds)
    return await forget(world)


def is_sqlite(world: World) -> bool:
    return isinstance(world.store, SqliteStore)


def goes_after(world: World) -> float:
    """So many seconds behind its ninety days a row of NOW goes: on PostgreSQL with its day, and that is over twelve hours later."""
    return 1 if is_sqlite(world) else DAY / 2


def tombstones(world: World, made: int) -> int:
    """How many there are of Deliveries that are there still: on PostgreSQL each has its own from the beginning."""
    return 0 if is_sqlite(world) else made


async def sent(world: World) -> None:
    """An order that was texted for and delivered."""
    await world.take(track())
    await world.deliver()
    await world.call_back(MessageStatus.DELIVERED)


# -- payloads ---------------------------------------------------------------------------------------------------------


def message(message_id: str, **overrides: Any) -> StoredMessage:
    given: dict[str, Any] = {
        "id": message_id,
        "space": "default",
        "destination_id": "dst_paper",
        "message_sid": message_id,
        "channel": Channel.SMS,
        "phone": ANN,
        "external_user_id": None,
        "sender": "+12025550000",
        "service": None,
        "body": "hello",
        "media_urls": ["https://media.example/1"],
        "keyword": None,
        "word": None,
        "needs_review": False,
        "answer": None,
        "delivery_id": None,
        "received_at": NOW,
    }
    return StoredMessage(**(given | overrides))
