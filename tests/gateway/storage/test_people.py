"""People, contacts and consent in the ledger."""

import asyncio
from dataclasses import replace
from functools import partial
from random import Random

from sqlalchemy import Connection, func, select

from destinations.kit import Channel, ConsentStatus, StopReach
from gateway.consent import ConsentEntry, ConsentSource, state
from gateway.people import Known, Seen, Trait
from gateway.storage import consent, people
from gateway.storage.engine import Store
from gateway.storage.tables import contacts
from tests.factories import ANN, BOB, NOW, later, word

ANN_IS = [("user_id", "ann"), ("anonymous_id", "a-1")]
SENDERS = [None, "+12025550100", "+12025550101"]
TRAITS = {
    "name": Trait("A\x00nn", NOW, by_server=True),
    "n": Trait(2**70, later(0.5), by_server=False),
}


def ann(connection: Connection) -> Known:
    """Somebody with a user id, a device and a number."""
    new = people.create(connection, "default", NOW)
    known = Known(new.id, (), TRAITS, {ANN: Seen(NOW, by_server=False)})
    people.save(connection, "default", new, known, NOW)
    for kind, value in ANN_IS:
        people.link(connection, "default", kind, value, new.id)
    return known


async def test_a_person_comes_back_as_they_were(store: Store) -> None:
    known = await store.write(ann)

    found = await store.read(lambda c: people.find(c, "default", ANN_IS))

    assert found == Known(known.id, ("ann",), known.traits, known.phones)
    assert await store.read(lambda c: people.find(c, "other", ANN_IS)) is None
    assert await store.read(lambda c: people.phone_of_user(c, "default", "ann")) == ANN
    assert await store.read(lambda c: people.users_of(c, "default", ANN)) == ["ann"]


async def test_a_number_becomes_one_contact_however_often_it_is_given(store: Store) -> None:
    await store.write(ann)

    first = await store.read(lambda c: people.contact(c, "default", ANN))
    await store.write(lambda c: people.add_contact(c, "default", ANN, later(1)))
    await store.write(lambda c: people.add_contacts(c, "default", [ANN, ANN], later(2)))

    assert first is not None
    assert first[1] == NOW
    assert await store.read(lambda c: people.contact(c, "default", ANN)) == first
    assert await store.read(lambda c: people.contact(c, "default", BOB)) is None


async def test_whoever_adds_the_same_numbers_at_once_makes_one_contact_of_each(store: Store) -> None:
    numbers = [ANN, BOB, "+12025550103"]

    def add(connection: Connection, turn: int) -> None:
        people.add_contacts(connection, "default", numbers[turn:] + numbers[:turn], NOW)

    def count(connection: Connection) -> int | None:
        return connection.scalar(select(func.count()).select_from(contacts))

    await asyncio.gather(*(store.write(partial(add, turn=turn % 3)) for turn in range(6)))

    assert await store.read(count) == 3


async def test_a_number_that_is_remembered_no_more_is_gone(store: Store) -> None:
    known = await store.write(ann)

    after = Known(known.id, (), known.traits, {BOB: Seen(NOW, by_server=True)})
    await store.write(lambda c: people.save(c, "default", known, after, NOW))

    found = await store.read(lambda c: people.get(c, known.id))
    assert found.phones == {BOB: Seen(NOW, by_server=True)}


async def test_beside_a_user_id_a_device_counts_only_while_it_is_nobodys(store: Store) -> None:
    def fill(connection: Connection) -> str:
        ann(connection)
        visitor = people.create(connection, "default", NOW)
        people.link(connection, "default", "anonymous_id", "a-2", visitor.id)
        return visitor.id

    visitor = await store.write(fill)

    def found(connection: Connection, device: str) -> str | None:
        known = people.find(connection, "default", [("user_id", "bob"), ("anonymous_id", device)])
        return known.id if known else None

    assert await store.read(partial(found, device="a-1")) is None
    assert await store.read(partial(found, device="a-2")) == visitor


async def test_an_identify_is_about_its_user_and_a_free_device_turns_out_to_be_the_same(store: Store) -> None:
    def fill(connection: Connection) -> tuple[str, str]:
        visitor = people.create(connection, "default", NOW)
        people.link(connection, "default", "anonymous_id", "a-2", visitor.id)
        return ann(connection).id, visitor.id

    user, visitor = await store.write(fill)

    def identified(connection: Connection) -> list[tuple[str | None, str | None]]:
        pairs = [("ann", "a-2"), ("ann", "a-1"), ("bob", "a-2"), ("bob", "a-1"), (None, "a-1"), ("bob", None)]
        return [people.identified(connection, "default", *pair) for pair in pairs]

    assert await store.read(identified) == [
        (user, visitor),
        (user, None),
        (visitor, None),
        (None, None),
        (user, None),
        (None, None),
    ]


async def test_who_is_absorbed_is_gone_and_their_ids_are_the_winners(store: Store) -> None:
    def merge(connection: Connection) -> str:
        loser, winner = ann(connection), people.create(connection, "default", NOW)
        people.link(connection, "default", "user_id", "new", winner.id)
        people.absorb(connection, winner.id, loser.id)
        return winner.id

    winner = await store.write(merge)

    found = await store.read(lambda c: people.find(c, "default", ANN_IS))
    assert found is not None
    assert (found.id, sorted(found.user_ids), dict(found.phones)) == (winner, ["ann", "new"], {})


async def test_words_of_consent_are_kept_in_their_order_and_per_channel(store: Store) -> None:
    words = [
        word(),
        word(ConsentStatus.UNSUBSCRIBED, -5, own_word=True, sender="+1", evidence={"method": "STOP"}),
        word(channel=Channel.WHATSAPP),
        word(phone=BOB),
        word(space="other"),
    ]
    for one in words:
        await store.write(partial(consent.add, entry=one))

    assert await store.read(lambda c: consent.of_number(c, "default", ANN)) == words[:3]
    assert await store.read(lambda c: consent.of_number(c, "default", ANN, Channel.MMS)) == words[:2]
    assert await store.read(lambda c: consent.count(c, "default", ANN, Channel.SMS)) == 2
    assert await store.read(lambda c: consent.count(c, "default", ANN, Channel.WHATSAPP)) == 1


async def test_of_many_words_the_few_are_read_that_can_decide(store: Store) -> None:
    yes, no = ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED
    many = [word(yes, at) for at in range(100)] + [word(no, 50), word(no, 50, sender="+1"), word(yes, 3)]
    others = [
        word(no, 1, own_word=True),
        word(no, 1, source=ConsentSource.ADMIN),
        word(no, 2, channel=Channel.WHATSAPP),
        word(phone=BOB),
    ]
    await store.write(lambda c: consent.add_all(c, many + others))

    def deciding(connection: Connection) -> list[list[ConsentEntry]]:
        return [consent.deciding(connection, "default", ANN, one) for one in (Channel.MMS, None)]

    of_sms, of_all = await store.read(deciding)
    assert of_sms == [many[99], many[100], many[101], *others[:2]]
    assert of_all == [many[99], many[100], many[101], *others[:3]]
    assert await store.read(lambda c: consent.count(c, "default", ANN, Channel.SMS)) == 105


async def test_what_the_few_decide_is_what_all_would(store: Store) -> None:
    chance = Random(7)

    def said() -> ConsentEntry:
        origin = chance.choice([ConsentSource.ADMIN, ConsentSource.PROVIDER, ConsentSource.TRAIT])
        own = chance.random() < 0.5
        return word(
            chance.choice(list(ConsentStatus)),
            chance.randrange(6),
            own_word=own,
            source=origin,
            sender=chance.choice(SENDERS) if own else None,
            service=chance.choice([None, "MG1"]) if own else None,
            reach=chance.choice([None, *StopReach]) if own else None,
        )

    numbers = {f"+1303555{place:04}": [said() for _ in range(place % 12)] for place in range(100)}
    words = [replace(one, phone=phone) for phone, given in numbers.items() for one in given]
    await store.write(lambda c: consent.add_all(c, words))

    def compare(connection: Connection) -> list[bool]:
        return [
            state(consent.deciding(connection, "default", phone), sender)
            == state(consent.of_number(connection, "default", phone), sender)
            for phone in numbers
            for sender in SENDERS
        ]

    assert await store.read(compare) == [True] * 300


async def test_mms_is_kept_with_sms(store: Store) -> None:
    await store.write(lambda c: consent.add(c, word(channel=Channel.MMS)))

    assert [one.channel for one in await store.read(lambda c: consent.of_number(c, "default", ANN))] == [
        Channel.SMS
    ]
