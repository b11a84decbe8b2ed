"""An owner who is told what becomes of the paper destination's messages."""

import json
from collections.abc import Sequence
from typing import Any

from destinations.kit import OwnerEvent
from gateway.pipeline.messenger import Messenger
from gateway.storage import webhook_deliveries
from gateway.storage.webhook_deliveries import WebhookDelivery
from gateway.workspace import Destination
from tests import factories
from tests.gateway.world import World

HOOK = "https://owner.example/hook"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVERY = sorted(OwnerEvent)


def told(events: Sequence[str] | None = EVERY, **overrides: Any) -> Destination:
    """A destination whose owner is told these events."""
    settings = {"token": "s3cret-of-paper", "hook": HOOK, "hookSecrets": [{"secret": SECRET}]}
    given = {"settings": settings, "webhook_events": list(events) if events is not None else None}
    return factories.destination(**(given | overrides))


async def open_world(world: World, destination: Destination) -> None:
    """With a source, that destination and a mapping, and a person who said yes."""
    mapping = factories.mapping(destination_id=destination.id)
    await world.configure(factories.source(), destination, mapping)
    await world.say(factories.word())


async def text(world: World, message_id: str = "m-1") -> None:
    """Ann orders, and is texted for it."""
    await world.take(factories.identify(messageId=f"i-{message_id}"))
    await world.take(factories.track(messageId=message_id))
    await world.deliver()


async def queued(world: World) -> list[WebhookDelivery]:
    """All that was to be told, the oldest first."""
    page = await world.store.read(lambda c: webhook_deliveries.page(c, "default", 100, None))
    return list(reversed(page.items))


async def bodies(world: World) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in await queued(world)]


async def tell(world: World, messenger: Messenger | None = None) -> None:
    """Send all that is due, and record it."""
    messenger = messenger or Messenger(world.services)
    while await messenger.step():
        await messenger.finished()
