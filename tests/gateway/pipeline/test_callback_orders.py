"""Callbacks come in any order and more than once: all orders and repetitions end in the same state, and every one is kept."""

import asyncio
import itertools
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, example, given, settings, strategies as st

from destinations.kit import Channel, ConsentChanged, ConsentStatus, MessageStatus, Signal, StatusChanged
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import settle, signals
from gateway.settings import Settings
from gateway.storage import attempts, deliveries, delivery_lists
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.engine import Store
from gateway.storage.sqlite import SqliteStore
from gateway.webhooks.hearing import Hearing
from tests.factories import destination, identify, mapping, source, track
from tests.gateway.world import World

M = MessageStatus
STOPS = "21610"


class Told(NamedTuple):
    """What one callback says."""

    status: MessageStatus
    code: str | None = None
    named: bool = True


CODES = {M.UNDELIVERED: (None, "30003", "30005", STOPS), M.FAILED: (None, "30001", STOPS)}
TOLD = st.sampled_from(
    [
        Told(status, code, named)
        for status in M
        for code in CODES.get(status, (None,))
        for named in (True, False)
    ]
)
ORDERS = st.lists(TOLD, min_size=1, max_size=8).flatmap(
    lambda told: st.tuples(
        st.just(told),
        st.lists(st.sampled_from(told), max_size=6).flatmap(lambda again: st.permutations(told + again)),
    )
)
_ONE, _ANOTHER = Told(M.UNDELIVERED, "30003"), Told(M.UNDELIVERED, "30005")
TWO_CODES = ([_ONE, _ANOTHER], [_ANOTHER, _ONE, _ANOTHER])
CHECKS = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
_people = itertools.count(1)


async def sent_to(world: World, number: int) -> str:
    """A text to somebody new; its id."""
    who, phone = f"u-{number}", f"+1202555{number % 10_000:04d}"
    await world.take(
        identify(userId=who, messageId=f"i-{number}", traits={"phone": phone, "sms_opt_in": True}),
        track(userId=who, messageId=f"t-{number}"),
    )
    await world.deliver()
    wanted = DeliveryFilter(message_id=f"t-{number}")
    (one,) = (await world.store.read(lambda c: delivery_lists.page(c, "default", 2, None, wanted))).items
    return one.id


def said_by(told: Told, sid: str, delivery_id: str) -> list[Signal]:
    """What a call with that says."""
    words = None if told.code is None else f"Words of {told.code}"
    said: list[Signal] = [
        StatusChanged(sid, told.status, delivery_id if told.named else None, told.code, words)
    ]
    if told.code == STOPS:
        said.append(ConsentChanged(None, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence=STOPS))
    return said


async def tell(world: World, delivery_id: str, sid: str, told: list[Told]) -> None:
    there = destination()
    for one in told:
        said = said_by(one, sid, delivery_id)
        world.clock.advance(1)
        now = world.clock.now()
        await settle.settle(
            world.services,
            partial(signals.apply, secrets=world.secrets, destination=there, signals=said, now=now),
        )


async def tell_at_once(world: World, delivery_id: str, sid: str, told: list[Told]) -> None:
    """The same as calls that come together, most of which are kept together."""
    hearing, there = Hearing(world.services), destination()
    await asyncio.gather(*(hearing.hear(there, said_by(one, sid, delivery_id)) for one in told))


async def outcome(world: World, delivery_id: str) -> Any:
    one = await world.store.read(lambda c: deliveries.get(c, delivery_id))
    assert one is not None
    words = await world.words(one.recipient or "")
    kept = await world.store.read(lambda c: attempts.callbacks_of_many(c, [delivery_id])[delivery_id])
    assert one.status is DeliveryStatus.ACCEPTED
    shown = (one.message_status, one.error_code, one.error_message, one.next_attempt_at)
    return shown, [(word.status, word.own_word) for word in words], len(kept)


async def play(store: Store, folder: Path, told: list[Told], retold: list[Told]) -> None:
    world = World(store, folder, ManualClock(destination().created_at), Settings(data_dir=folder))
    try:
        first, second, third = next(_people), next(_people), next(_people)
        world.provider.sids += [""] * 3 * first  # every message has a SID of its own
        if not (await world.services.workspace.current()).destinations:
            await world.configure(source(), destination(), mapping())
        one, other, last = [await sent_to(world, number) for number in (first, second, third)]
        await tell(world, one, world.provider.sids[-3], told)
        await tell(world, other, world.provider.sids[-2], retold)
        await tell_at_once(world, last, world.provider.sids[-1], retold)

        shown, words, kept = await outcome(world, one)
        again, words_again, kept_again = await outcome(world, other)
        at_once, words_at_once, kept_at_once = await outcome(world, last)
    finally:
        await world.services.reader.close()

    assert (again, words_again) == (shown, words)
    assert (at_once, words_at_once) == (shown, words)
    assert (kept, kept_again, kept_at_once) == (len(told), len(retold), len(retold))


@settings(max_examples=40, suppress_health_check=CHECKS)
@example(orders=TWO_CODES)
@given(orders=ORDERS)
async def test_every_order_and_repetition_ends_in_the_same_state(
    sqlite_store: SqliteStore, tmp_path: Path, orders: tuple[list[Told], list[Told]]
) -> None:
    await play(sqlite_store, tmp_path, *orders)


@settings(max_examples=8, suppress_health_check=CHECKS)
@example(orders=TWO_CODES)
@given(orders=ORDERS)
async def test_and_on_postgresql(
    postgresql_store: Store, tmp_path: Path, orders: tuple[list[Told], list[Told]]
) -> None:
    await play(postgresql_store, tmp_path, *orders)
