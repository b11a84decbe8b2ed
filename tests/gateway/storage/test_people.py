"""People, contacts and consent in the ledger."""

from functools import partial

from sqlalchemy import Connection

from destinations.kit import Channel, ConsentStatus
from gateway.people import Known
from gateway.storage import consent, people
from gateway.storage.engine import Store
from tests.factories import ANN, BOB, NOW, later, word

ANN_IS = [("user_id", "ann"), ("anonymous_id", "a-1")]


def ann(connection: Connection) -> Known:
    """Somebody with a user id, a device and a number."""
    new = people.create(connection, "default", NOW)
    known = Known(new.id, (), {"name": ("A\x00nn", NOW), "n": (2**70, later(0.5))}, {ANN: (NOW, False)})
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

    first = await store.write(lambda c: people.add_contact(c, "default", ANN, later(1)))
    again = await store.write(lambda c: people.add_contact(c, "default", ANN, later(2)))

    assert first == again
    assert await store.read(lambda c: people.contact(c, "default", ANN)) == (first, NOW)
    assert await store.read(lambda c: people.contact(c, "default", BOB)) is None


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


async def test_mms_is_kept_with_sms(store: Store) -> None:
    await store.write(lambda c: consent.add(c, word(channel=Channel.MMS)))

    assert [one.channel for one in await store.read(lambda c: consent.of_number(c, "default", ANN))] == [
        Channel.SMS
    ]
