"""Plain statuses are kept in groups: each is answered once it is on disk, and what fails of them fails alone."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select

from destinations.kit import Channel, ConsentChanged, ConsentStatus, MessageStatus, Resend, StatusChanged
from gateway.clock import ManualClock
from gateway.deliveries import FORWARD_URL, Delivery
from gateway.errors import StoreUnavailable
from gateway.pipeline import callbacks
from gateway.settings import Settings
from gateway.storage import attempts, deliveries, tables, unmatched
from gateway.storage.attempts import CallBack
from gateway.storage.engine import Store
from gateway.webhooks.hearing import Hearing
from tests.factories import ANN, destination, identify, mapping, source, track
from tests.gateway.world import World

M = MessageStatus
TEXTS = 40


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock) -> World:
    """With so many texts that the provider took."""
    world = World(store, tmp_path, clock, Settings(data_dir=tmp_path))
    await world.configure(source(), destination(), mapping())
    await world.take(identify(), *(track(messageId=f"m-{number}") for number in range(1, TEXTS + 1)))
    while await world.deliver():
        pass
    return world


async def close(world: World) -> None:
    await world.services.reader.close()


async def hear_all(world: World, said: Sequence[StatusChanged]) -> list[Any]:
    """Say all of these at once; what each call came to."""
    hearing, there = Hearing(world.services), (await world.services.workspace.current()).destinations
    calls = (hearing.hear(there["dst_paper"], [one]) for one in said)
    return await asyncio.gather(*calls, return_exceptions=True)


async def kept(world: World) -> int:
    return (await world.counts())["status_callbacks"]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that the stores carry out."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def statuses(world: World) -> dict[str, int]:
    word = tables.deliveries.c.message_status
    query = select(word, func.count()).group_by(word)
    return await world.store.read(lambda c: dict(c.execute(query).all()))


def told(texts: Sequence[Delivery], *words: MessageStatus) -> list[StatusChanged]:
    return [
        StatusChanged(str(one.message_sid), word, one.id if place % 2 else None)
        for word in words
        for place, one in enumerate(texts)
    ]


async def test_many_together_are_all_applied_and_kept_at_less_than_a_statement_each(world: World) -> None:
    said = told(await world.deliveries(), M.DELIVERED, M.SENT, M.SENT)

    with counted() as carried_out:
        came = await hear_all(world, said)

    assert came == [None] * 3 * TEXTS
    assert await statuses(world) == {"DELIVERED": TEXTS}
    assert await kept(world) == 3 * TEXTS
    assert len(carried_out) < len(said)
    await close(world)


async def test_what_is_about_nothing_known_is_kept_as_unmatched_beside_the_others(world: World) -> None:
    (one, *_others) = await world.deliveries()
    strange = [StatusChanged("SM404", M.SENT), StatusChanged("SM405", M.SENT, "dlv_404")]

    came = await hear_all(world, [*told([one], M.SENT), *strange])

    assert came == [None] * 3
    page = await world.store.read(lambda c: unmatched.page(c, "default", 10, None))
    assert {held.message_sid for held in page.items} == {"SM404", "SM405"}
    assert await kept(world) == 1
    await close(world)


async def test_an_owner_who_has_the_calls_passed_on_gets_each_of_a_group(world: World) -> None:
    one, other, *_others = await world.deliveries()
    intent = {**(one.intent or {}), FORWARD_URL: "https://owner.example/calls"}
    row = {"id": one.id, "intent": intent}
    await world.store.write(lambda c: deliveries.change(c, [row], world.clock.now()))
    said = [
        replace(signal, form=(("MessageStatus", signal.status.value),))
        for signal in told([one, other], M.SENT, M.DELIVERED, M.SENT)
    ]

    came = await hear_all(world, said)

    assert came == [None] * 6
    query = select(tables.webhook_deliveries.c.about, tables.webhook_deliveries.c.body)
    found = await world.store.read(lambda c: sorted(tuple(row) for row in c.execute(query)))
    assert found == [(one.id, "MessageStatus=DELIVERED"), (one.id, "MessageStatus=SENT")]
    await close(world)


async def test_one_that_fails_fails_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, *good = await world.deliveries()
    call_back = attempts.call_back

    def fail(connection: Connection, said: Sequence[CallBack], now: datetime) -> None:
        if any(one.delivery_id == bad.id for one in said):
            raise ValueError("It has no room for this one")
        call_back(connection, said, now)

    monkeypatch.setattr(attempts, "call_back", fail)
    came = await hear_all(world, told([bad, *good], M.SENT))

    assert [str(one) for one in came if one is not None] == ["It has no room for this one"]
    assert await statuses(world) == {"SENT": TEXTS - 1, "QUEUED": 1}
    assert await kept(world) == TEXTS - 1
    await close(world)


async def test_where_the_store_takes_nothing_all_are_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(*_given: Any, **_options: Any) -> None:
        raise StoreUnavailable("Gone.")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "write", write)
        came = await hear_all(world, told(await world.deliveries(), M.SENT))

    assert {type(one) for one in came} == {StoreUnavailable}
    assert await kept(world) == 0
    await close(world)


@pytest.mark.parametrize(
    "said",
    [
        [StatusChanged("SM1", M.FAILED, provider_code="30001", resend=Resend.NEVER_SENT)],
        [StatusChanged("SM1", M.FAILED, provider_code="20003", account_trouble=True)],
        [StatusChanged("SM1", M.SENT, external_user_ids=("FI.1",))],
        [
            StatusChanged("SM1", M.FAILED, provider_code="21610"),
            ConsentChanged(ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="21610"),
        ],
        [],
    ],
)
def test_what_concerns_more_than_its_delivery_is_kept_by_itself(said: list[Any]) -> None:
    assert callbacks.plain(destination(), said) is None
