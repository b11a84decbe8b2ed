"""People, contacts and consent in the ledger."""

import asyncio
from functools import partial
from random import Random

from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from destinations.kit import Channel, ConsentStatus, StopReach
from gateway.consent import ConsentEntry, ConsentSource, state
from gateway.crowd import Crowd, Taught
from gateway.people import Identity, Known, Seen, Trait
from gateway.secrets import Secrets
from gateway.storage import consent, people
from gateway.storage.consent import Said
from gateway.storage.engine import Store
from gateway.storage.tables import contacts, people as stored_people
from tests.factories import ANN, BOB, NOW, later, word

SECRETS = Secrets(["a key of the tests' own"])
ANN_IS = [("user_id", "ann"), ("anonymous_id", "a-1")]
SENDERS = [None, "+12025550100", "+12025550101"]
TRAITS = {
    "name": Trait("A\x00nn", NOW, by_server=True),
    "n": Trait(2**70, later(0.5), by_server=False),
}


ANN_KNOWN = Known("", ("ann",), TRAITS, {ANN: Seen(NOW, by_server=False)})


def keep(connection: Connection, *lessons: tuple[str, Taught], space: str = "default") -> None:
    """Each (id for somebody new, what is taught), one behind the other, saved together."""
    crowd = people.load(connection, {space: [tie for _new, taught in lessons for tie in taught.ties]})
    for new_id, taught in lessons:
        crowd.keep(space, taught, new_id)
    people.save(connection, crowd, NOW)


def ann(connection: Connection) -> Known:
    """Somebody with a user id, a device and a number."""
    keep(connection, ("per_ann", Taught(ANN_KNOWN, tuple(ANN_IS))))
    return replace(ANN_KNOWN, id="per_ann")


def find(connection: Connection, pairs: list[Identity], space: str = "default") -> Known | None:
    return people.load(connection, {space: pairs}).find(space, pairs)


def users(connection: Connection, phone: str) -> list[str]:
    """The user ids of whoever gave that number."""
    some = people.of_numbers(connection, "default", [phone])[phone]
    return sorted(user_id for one in some for user_id in one.user_ids)


async def test_a_person_comes_back_as_they_were(store: Store) -> None:
    known = await store.write(ann)

    found = await store.read(lambda c: find(c, ANN_IS))

    assert found == known
    assert await store.read(lambda c: find(c, ANN_IS, "other")) is None
    assert await store.read(lambda c: people.phone_of_user(c, "default", "ann")) == ANN
    assert await store.read(lambda c: users(c, ANN)) == ["ann"]


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
    await store.write(lambda c: keep(c, ("per_new", Taught(after, tuple(ANN_IS), known))))

    found = await store.read(lambda c: find(c, ANN_IS))
    assert found is not None
    assert (found.id, found.phones) == (known.id, {BOB: Seen(NOW, by_server=True)})
    assert await store.read(lambda c: users(c, ANN)) == []


async def test_who_is_absorbed_is_gone_and_their_ids_are_the_winners(store: Store) -> None:
    loser = await store.write(ann)

    def merge(connection: Connection) -> None:
        new = Known("", ("new",))
        keep(connection, ("per_new", Taught(new, (("user_id", "new"),))))
        crowd = people.load(connection, {"default": [*ANN_IS, ("user_id", "new")]})
        winner = crowd.get("per_new")
        crowd.keep("default", Taught(winner, (("user_id", "new"),), winner, (loser.id,)), "per_none")
        people.save(connection, crowd, NOW)

    await store.write(merge)

    found = await store.read(lambda c: find(c, ANN_IS))
    assert found is not None
    assert (found.id, sorted(found.user_ids), dict(found.phones)) == ("per_new", ["ann", "new"], {})
    assert await store.read(lambda c: people.load(c, {}, [loser.id]).get(loser.id)) is None
    assert await store.read(lambda c: users(c, ANN)) == []


async def test_somebody_new_who_is_absorbed_at_once_was_never_there(store: Store) -> None:
    visitor, user = ("anonymous_id", "a-2"), ("user_id", "ann")

    def change(connection: Connection) -> None:
        crowd = people.load(connection, {"default": [visitor, user]})
        seen = crowd.keep(
            "default", Taught(Known("", (), {}, {BOB: Seen(NOW, by_server=True)}), (visitor,)), "per_1"
        )
        known = crowd.keep("default", Taught(Known("", ("ann",)), (user,)), "per_2")
        assert seen is not None
        both = Known("per_2", ("ann",), {}, seen.phones)
        crowd.keep("default", Taught(both, (user, visitor), known, (seen.id,)), "per_3")
        people.save(connection, crowd, NOW)

    await store.write(change)

    found = await store.read(lambda c: people.load(c, {"default": [visitor, user]}, ["per_1", "per_3"]))
    whole = Known("per_2", ("ann",), {}, {BOB: Seen(NOW, by_server=True)})
    assert [found.get(one) for one in ("per_1", "per_2", "per_3")] == [None, whole, None]
    assert found.whose(("default", *visitor)) == found.whose(("default", *user)) == "per_2"
    assert await store.read(lambda c: c.scalar(select(func.count()).select_from(stored_people))) == 1


async def test_a_crowd_has_whoever_is_named_wholly_and_nobody_else(store: Store) -> None:
    known = await store.write(ann)
    await store.write(lambda c: keep(c, ("per_bob", Taught(Known("", ("bob",)), (("user_id", "bob"),)))))

    def crowds(connection: Connection) -> list[Crowd]:
        return [
            people.load(connection, {"default": ANN_IS[1:]}),
            people.load(connection, {}, ["per_ann", "per_none"]),
            people.load(connection, {"other": ANN_IS}),
            people.load(connection, {}),
        ]

    by_device, by_id, elsewhere, nobody = await store.read(crowds)
    assert [by_device.get("per_ann"), by_device.get("per_bob")] == [known, None]
    assert by_device.find("default", ANN_IS[:1]) == known
    assert [by_id.get("per_ann"), by_id.get("per_none")] == [known, None]
    assert [one.get("per_ann") for one in (elsewhere, nobody)] == [None, None]


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
    assert await store.read(lambda c: consent.counts(c, "default", [ANN, BOB, "+1"])) == {
        (ANN, Channel.SMS): 2,
        (ANN, Channel.WHATSAPP): 1,
        (BOB, Channel.SMS): 1,
    }


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

    said = await store.read(lambda c: consent.deciding(c, SECRETS, "default", [ANN, BOB, "+1"]))
    assert said == {
        ANN: Said([many[99], many[100], many[101], *others[:3]], {Channel.SMS: 105, Channel.WHATSAPP: 1}),
        BOB: Said([others[3]], {Channel.SMS: 1}),
        "+1": Said([], {}),
    }


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
        said = consent.deciding(connection, SECRETS, "default", numbers)
        return [
            state(said[phone].deciding, sender)
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
