"""kill -9 while receivers are slow: all that owners are told arrives, under its id."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.pipeline import telling
from gateway.storage import receivers, webhook_deliveries
from gateway.storage.receivers import Receiver as Known
from gateway.storage.sqlite import SqliteStore
from tests.integration.receiver import Receiver, receiving
from tests.integration.system import System, until

EVENTS = 40


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(is_open=False) as one:
        yield one


def test_nothing_that_an_owner_is_told_is_lost(tmp_path: Path, receiver: Receiver) -> None:
    system = System(tmp_path, {"HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS": receiver.at})
    with contextlib.closing(system):
        system.start_all()
        system.seed()
        webhook = {"webhookUrl": f"http://{receiver.at}/", "webhookFormat": "EVENTS"}
        given = {
            "id": system.destination_id,
            "expectedRevision": revision(system),
            "settings": {"twilioEngage": webhook},
        }
        system.change("destinationUpdate", "DestinationUpdateInput", "destination { id }", given)
        system.kill_gateway()
        wanted = tell(system)

        system.start_gateway()
        until(lambda: len(receiver.arrived) >= 8, 30, "a call of each lane")
        system.kill_gateway()
        interrupted = {call.id for call in receiver.arrived}
        before = len(receiver.arrived)
        receiver.open.set()
        system.start_gateway()
        until(lambda: {call.id for call in receiver.answered} >= wanted, 30, "all of them")

        assert interrupted <= {call.id for call in receiver.arrived[before:]}
        until(lambda: delivered(system) >= wanted, 30, "all of them recorded")


def revision(system: System) -> int:
    [(found,)] = system.ledger("SELECT revision FROM destinations WHERE id = ?", system.destination_id)
    return int(found)


def delivered(system: System) -> set[str]:
    return {
        one for (one,) in system.ledger("SELECT id FROM webhook_deliveries WHERE delivered_at IS NOT NULL")
    }


def tell(system: System) -> set[str]:
    """Write down what the owner is to be told, as the gateway does; their ids."""
    now = SystemClock().now()
    some = [
        telling.new("delivery.sent", "default", system.destination_id, f"dlv_{number}", "{}", now)
        for number in range(EVENTS)
    ]

    async def write() -> None:
        store = SqliteStore.open(system.folder / "data" / "heliograph.db")
        await store.write(lambda c: receivers.save(c, {system.destination_id: Known(0)}))
        await store.write(lambda c: webhook_deliveries.add(c, some, now))
        await store.close()

    asyncio.run(write())
    return {one.id for one in some}
