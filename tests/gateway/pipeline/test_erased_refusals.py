"""A no outlives whoever said it and was erased, under an HMAC of their number: on both engines."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from destinations.kit import ConsentStatus, Reason
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.secrets import Secrets
from gateway.settings import Settings
from gateway.storage import (
    erased_refusals,
    tables,
)
from gateway.storage.engine import Store
from tests.factories import BOB, identify, later, word
from tests.gateway.erasing import again, configured, delivery_of, erase, kept
from tests.gateway.paper import OURS
from tests.gateway.people_planted import (
    EVE,
    HERS,
    NO,
    about_her,
    telling_of_her,
)
from tests.gateway.world import World

S = DeliveryStatus


@pytest.fixture
async def ledger(store: Store, database: Path, clock: ManualClock) -> AsyncIterator[World]:
    world = World(store, database, clock, Settings(public_url="https://texts.example.com"))
    yield world
    await world.services.reader.close()


async def test_a_stop_outlives_its_person_and_their_own_start_lifts_it(ledger: World) -> None:
    await configured(ledger)
    await ledger.say(NO)
    await erase(ledger)
    assert await telling_of_her(ledger) == {}

    await ledger.take(again(later(10)), about_her(messageId="m-again"))
    await ledger.deliver()
    one = await delivery_of(ledger, "m-again")
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.OPTED_OUT)
    assert ledger.requests == []

    yes = word(ConsentStatus.SUBSCRIBED, 20, phone=EVE, own_word=True, sender=OURS)
    await ledger.say(yes)
    await ledger.take(about_her(messageId="m-started"))
    await ledger.deliver()
    assert (await delivery_of(ledger, "m-started")).status is S.ACCEPTED


async def test_a_second_erasure_keeps_what_stands_then(ledger: World) -> None:
    await configured(ledger)
    await ledger.say(NO)
    await erase(ledger)
    await ledger.take(again(later(10)))
    await ledger.store.write(lambda c: c.execute(tables.background_jobs.delete()))
    await erase(ledger)

    assert len(await kept(ledger)) == 1

    await ledger.take({**again(later(30)), "messageId": "i-third"})
    await ledger.say(word(ConsentStatus.SUBSCRIBED, 40, phone=EVE, own_word=True, sender=OURS))
    await ledger.store.write(lambda c: c.execute(tables.background_jobs.delete()))
    await erase(ledger)

    assert await kept(ledger) == []


async def test_what_was_no_stop_is_unknown_again(ledger: World) -> None:
    await configured(ledger)
    await erase(ledger)

    assert await kept(ledger) == []
    await ledger.take(
        identify(**HERS, messageId="i-new", traits={"phone": EVE}), about_her(messageId="m-new")
    )
    await ledger.deliver()
    one = await delivery_of(ledger, "m-new")
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.NOT_SUBSCRIBED)


async def test_a_no_of_a_form_outlives_it_until_a_later_yes(ledger: World) -> None:
    await configured(ledger)
    await ledger.say(word(ConsentStatus.UNSUBSCRIBED, 5, phone=EVE))
    await erase(ledger)

    (one,) = await kept(ledger)
    assert (one.status, one.own_word, one.phone, one.evidence) == (
        ConsentStatus.UNSUBSCRIBED,
        False,
        EVE,
        {"method": "kept when the person was erased"},
    )


async def test_a_stop_is_found_under_every_key_there_is_and_under_no_other(store: Store) -> None:
    old, new = Secrets(["an old key of ours, long"]), Secrets(["a new key of ours, long"])
    both = Secrets(["a new key of ours, long", "an old key of ours, long"])
    await store.write(lambda c: erased_refusals.keep(c, old, "default", EVE, [NO]))

    def found(secrets: Secrets, space: str = "default") -> Callable[[Connection], int]:
        return lambda c: len(erased_refusals.of(c, secrets, space, [EVE, BOB]).get(EVE, []))

    assert await store.read(found(both)) == 1
    assert await store.read(found(new)) == 0
    assert await store.read(found(both, "other")) == 0
    rows = await store.read(lambda c: c.execute(select(tables.erased_refusals)).all())
    assert [len(row.fingerprint) for row in rows] == [64]
    assert EVE[1:] not in str(rows)


# -- whom it is about --------------------------------------------------------------------------------------------------
