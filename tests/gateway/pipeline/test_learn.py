"""What events teach of people and of consent, and whom texts go to then."""

from typing import Any

import pytest

from destinations.kit import Reason
from gateway.crowd import Crowd
from gateway.deliveries import DeliveryStatus
from gateway.events import Event, EventOutcome
from gateway.facts.people import PeopleFacts, person_of
from gateway.people import identities_of, phone_of
from gateway.pipeline.claims import claims_of
from gateway.pipeline.learn import learn
from gateway.storage import people
from gateway.workspace import Source
from tests.factories import ANN, BOB, browser, event, identify, later, source, track
from tests.gateway.world import World


async def person(world: World, user_id: str | None = None, anonymous_id: str | None = None) -> Any:
    pairs = [(kind, value) for kind, value in (("user_id", user_id), ("anonymous_id", anonymous_id)) if value]
    return await world.store.read(lambda c: people.load(c, {"default": pairs}).find("default", pairs))


async def facts(world: World, seen: Event, person_id: str | None = None, by: Source | None = None) -> Any:
    """The person of an event as a plan reads them; `person_id` is whom it was matched to."""
    ids = [] if person_id is None else [person_id]
    crowd = await world.store.read(lambda c: people.load(c, {"default": identities_of(seen)}, ids))
    return await PeopleFacts(person_of(crowd, "default", seen, person_id), seen, by or source()).person()


async def test_beside_another_user_id_a_device_is_nobody_to_an_event_of_a_browser(world: World) -> None:
    await world.take(identify(userId=None, anonymousId="a-1"))
    somebody = event(track(userId="bob", anonymousId="a-1"))

    assert (await facts(world, somebody)).server_numbers == {ANN}
    assert await facts(world, somebody, by=browser()) is None
    assert (await facts(world, event(track(userId=None, anonymousId="a-1")), by=browser())).phone == ANN

    await world.take(identify(userId="bob", anonymousId="a-1", messageId="m-2", traits={}))
    assert (await facts(world, somebody, by=browser())).phone == ANN


async def test_an_identify_ties_its_user_and_its_device(world: World) -> None:
    await world.take(identify(anonymousId="a-1"))

    known = await person(world, user_id="ann")
    assert known == await person(world, anonymous_id="a-1")
    assert known.user_ids == ("ann",)
    assert list(known.phones) == [ANN]


async def test_two_strangers_with_an_id_of_nobody_are_two(world: World) -> None:
    await world.take(identify(userId="undefined", anonymousId="a-1"))
    await world.take(identify(userId="undefined", anonymousId="a-2", messageId="m-2", traits={"phone": BOB}))

    first, second = await person(world, anonymous_id="a-1"), await person(world, anonymous_id="a-2")
    assert first.id != second.id
    assert (list(first.phones), list(second.phones)) == ([ANN], [BOB])
    assert await person(world, user_id="undefined") is None


async def test_a_visitor_who_logs_in_keeps_what_was_known(world: World) -> None:
    await world.take(identify(userId=None, anonymousId="a-1"))
    await world.take(identify(userId="ann", messageId="m-2", traits={"name": "Ann"}))

    await world.take(identify(anonymousId="a-1", messageId="m-3", traits={}))

    known = await person(world, user_id="ann")
    assert {name: trait.value for name, trait in known.traits.items()} == {
        "name": "Ann",
        "phone": ANN,
        "sms_opt_in": True,
    }
    assert known == await person(world, anonymous_id="a-1")
    assert (await world.counts())["people"] == 1


async def test_a_shared_device_is_tied_anew_and_merges_nobody(world: World) -> None:
    await world.take(identify(anonymousId="a-1"))

    await world.take(identify(userId="bob", anonymousId="a-1", messageId="m-2", traits={"name": "Bob"}))

    ann, bob = await person(world, user_id="ann"), await person(world, user_id="bob")
    assert ann.id != bob.id
    assert list(bob.phones) == []
    assert (await person(world, anonymous_id="a-1")).id == bob.id


async def test_one_number_may_have_several_users(world: World) -> None:
    await world.take(identify(), identify(userId="bob", messageId="m-2"))

    found = await world.store.read(lambda c: people.of_numbers(c, "default", [ANN]))
    assert sorted(one.user_ids for one in found[ANN]) == [("ann",), ("bob",)]
    assert (await world.counts())["contacts"] == 1


async def test_an_alias_makes_two_ids_one_person_and_moves_no_consent(world: World) -> None:
    await world.take(identify(userId="old"), identify(userId="ann", messageId="m-2", traits={"name": "Ann"}))
    before = await world.words()

    await world.take({"type": "alias", "userId": "ann", "previousId": "old", "messageId": "m-3"})

    known = await person(world, user_id="ann")
    assert sorted(known.user_ids) == ["ann", "old"]
    assert list(known.phones) == [ANN]
    assert known.id == (await person(world, user_id="old")).id
    assert await world.words() == before


async def test_an_alias_of_nobody_known_is_a_beginning(world: World) -> None:
    await world.take({"type": "alias", "userId": "ann", "previousId": "a-1", "messageId": "m-3"})

    assert (await person(world, user_id="ann")).id == (await person(world, anonymous_id="a-1")).id


async def test_spaces_know_nothing_of_one_another(world: World) -> None:
    await world.configure(source(id="src_other", space="other", write_key_hash="x"))
    await world.take(identify(), source="src_other")

    await world.take(track())
    await world.deliver()

    assert await person(world, user_id="ann") is None
    assert world.requests == []


async def test_an_opt_in_without_a_number_is_for_the_number_the_person_is_reached_at(world: World) -> None:
    ids = [{"id": "+12025550199", "type": "phone"}]
    await world.take(identify(traits={"phone": ANN}))
    await world.take(identify(messageId="m-2", traits={}, external_ids=ids, timestamp="2026-11-21T12:00:00Z"))

    await world.take(identify(messageId="m-3", traits={"sms_opt_in": True}))

    assert [one.phone for one in await world.words()] == [ANN]


PHONE_IN_CONTEXT = {"context": {"traits": {"phone": ANN}}}
SUBSCRIBED = {"messaging_subscriptions": [{"key": ANN, "type": "SMS", "status": "SUBSCRIBED"}]}


@pytest.mark.parametrize(
    "raw",
    [
        track(context={"traits": {"phone": ANN}, **SUBSCRIBED}),
        track(context={"externalIds": [{"id": ANN, "type": "phone", "collection": "users"}], **SUBSCRIBED}),
        track(external_ids=[{"id": ANN, "type": "phone"}], context=SUBSCRIBED),
        track(userId=None, anonymousId="a-1", context={"traits": {"phone": ANN}, **SUBSCRIBED}),
    ],
)
async def test_a_track_that_carries_a_phone_and_an_opt_in_is_texted(
    world: World, raw: dict[str, Any]
) -> None:
    assert await text_to(world, raw) == ANN


async def test_a_phone_that_a_page_call_of_a_server_gave_is_found_by_the_next_track(world: World) -> None:
    context = {"traits": {"phone": ANN}, **SUBSCRIBED}
    await world.take(track(type="page", event=None, messageId="m-0", context=context))

    assert await text_to(world, track()) == ANN


async def test_a_phone_of_a_track_is_its_users_and_not_its_devices(world: World) -> None:
    await world.take(identify(userId=None, anonymousId="a-1", traits={"name": "Visitor"}))

    await world.take(track(anonymousId="a-1", messageId="m-2", **PHONE_IN_CONTEXT))

    ann, visitor = await person(world, user_id="ann"), await person(world, anonymous_id="a-1")
    assert ann.id != visitor.id
    assert (list(ann.phones), list(visitor.phones)) == ([ANN], [])
    assert list(visitor.traits) == ["name"]


async def test_a_track_without_a_phone_makes_nobody_known(world: World) -> None:
    await world.take(track(context={"traits": {"name": "Ann"}}))

    assert await person(world, user_id="ann") is None


@pytest.mark.parametrize("kind", ["track", "page", "screen", "group", "alias"])
async def test_no_call_of_a_page_gives_a_number(world: World, kind: str) -> None:
    await world.configure(browser())
    ids = [{"id": ANN, "type": "phone"}]
    context = {"traits": {"phone": ANN}, "externalIds": ids}

    await world.take(
        track(type=kind, previousId="a-1", groupId="g-1", external_ids=ids, context=context),
        source="src_browser",
    )

    assert await person(world, user_id="ann") is None
    assert (await world.counts())["person_phones"] == 0


async def test_a_group_has_a_phone_of_its_own(world: World) -> None:
    await world.take(track(type="group", event=None, groupId="g-1", traits={"phone": ANN}))

    assert await person(world, user_id="ann") is None


def test_of_the_phones_that_calls_gave_the_latest_by_timestamp_is_kept() -> None:
    calls = [
        identify(traits={"phone": ANN}, timestamp="2026-11-21T11:00:00Z"),
        track(context={"traits": {"phone": BOB}}, timestamp="2026-11-21T11:30:00Z"),
        track(messageId="m-2", context={"traits": {"phone": ANN}}, timestamp="2026-11-21T11:10:00Z"),
    ]

    crowd = Crowd({}, {}, {}, {})

    for raw in calls:
        learn(crowd, claims_of(event(raw), source(), None))

    known = crowd.find("default", [("user_id", "ann")])
    assert known is not None
    assert phone_of(known) == BOB
    assert {number: seen.by_server for number, seen in known.phones.items()} == {ANN: True, BOB: True}


async def test_a_browser_source_neither_grants_nor_supplies_a_number(world: World) -> None:
    await world.configure(browser())

    await world.take(identify(), source="src_browser")
    await world.take(track(), source="src_server")
    world.clock.advance(20)
    await world.deliver()

    one = await world.delivery()
    assert await world.words() == []
    assert (one.status, one.reason) == (DeliveryStatus.SUPPRESSED, Reason.NO_SUPPORTED_IDS)
    assert world.requests == []


async def text_to(world: World, raw: dict[str, Any]) -> str | None:
    """To whom the texts went that a server's event led to."""
    await world.take(raw)
    while await world.due() is not None:
        await world.deliver_when_due()
    assert len(world.requests) <= 1
    return dict(world.requests[0].form)["To"] if world.requests else None


def alias(user_id: str, previous: str, **more: Any) -> dict[str, Any]:
    return {"type": "alias", "userId": user_id, "previousId": previous, "messageId": "m-alias", **more}


@pytest.mark.parametrize(
    "attack",
    [
        alias("ann", "mallory"),
        alias("ann", "x-1"),
        alias("mallory", "ann"),
        identify(anonymousId="x-1", messageId="m-attack", traits={}),
        identify(userId="mallory", anonymousId="a-1", messageId="m-attack", traits={}),
        identify(messageId="m-attack", traits={"phone": BOB, "sms_opt_in": True}),
    ],
)
@pytest.mark.parametrize("asked", [track(), track(userId=None, anonymousId="a-1")])
async def test_a_page_redirects_nobodys_texts(
    world: World, attack: dict[str, Any], asked: dict[str, Any]
) -> None:
    await world.configure(browser())
    await world.take(identify(anonymousId="a-1"))
    world.clock.advance(1)
    mallory = {"phone": BOB, "sms_opt_in": True}
    await world.take(identify(userId="mallory", messageId="m-2", traits=mallory))
    await world.take(identify(userId=None, anonymousId="x-1", messageId="m-3", traits=mallory))
    before = await world.counts()

    await world.take(attack, source="src_browser")

    after = await world.counts()
    assert [after[table] for table in ("people", "identities")] == [
        before[table] for table in ("people", "identities")
    ]
    assert await text_to(world, asked) == ANN


@pytest.mark.parametrize("attack", [alias("ann", "x-1"), identify(anonymousId="x-1", traits={})])
async def test_a_page_ties_no_user_to_a_device_that_gets_a_number_later(
    world: World, attack: dict[str, Any]
) -> None:
    await world.configure(browser())
    await world.take(attack, source="src_browser")

    await world.take(identify(userId=None, anonymousId="x-1", messageId="m-2"))

    assert await text_to(world, track()) is None


async def test_a_page_makes_its_user_known_and_no_device_of_theirs(world: World) -> None:
    await world.configure(browser())

    await world.take(identify(anonymousId="a-1", traits={"name": "Ann"}), source="src_browser")
    await world.take(
        identify(userId=None, anonymousId="a-2", messageId="m-2", traits={}), source="src_browser"
    )

    known = await person(world, user_id="ann")
    assert known.traits["name"] == ("Ann", later(0), False)
    assert await person(world, anonymous_id="a-1") is None
    assert (await person(world, anonymous_id="a-2")).id != known.id


async def test_a_shared_devices_event_of_somebody_unknown_reaches_nobody(world: World) -> None:
    await world.take(identify(anonymousId="a-1"))

    assert await text_to(world, track(userId="bob", anonymousId="a-1")) is None

    assert (await world.delivery()).reason is Reason.NO_SUPPORTED_IDS


async def test_a_visitors_number_serves_the_user_they_turn_out_to_be(world: World) -> None:
    await world.take(identify(userId=None, anonymousId="a-1"))

    assert await text_to(world, track(userId="ann", anonymousId="a-1")) == ANN


@pytest.mark.parametrize("bob_is_known", [True, False])
async def test_an_alias_of_another_users_device_ties_it_anew_and_merges_nobody(
    world: World, bob_is_known: bool
) -> None:
    await world.take(identify(anonymousId="a-1"))
    if bob_is_known:
        await world.take(identify(userId="bob", messageId="m-2", traits={"name": "Bob"}))

    await world.take(alias("bob", "a-1"))

    ann, bob = await person(world, user_id="ann"), await person(world, user_id="bob")
    assert ann.id != bob.id
    assert (list(ann.phones), list(bob.phones)) == ([ANN], [])
    assert (await person(world, anonymous_id="a-1")).id == bob.id


async def test_an_alias_of_a_visitor_keeps_what_was_known(world: World) -> None:
    await world.take(identify(userId=None, anonymousId="a-1"))
    await world.take(identify(messageId="m-2", traits={"name": "Ann"}))

    await world.take(alias("ann", "a-1"))

    assert list((await person(world, user_id="ann")).phones) == [ANN]
    assert (await world.counts())["people"] == 1


@pytest.mark.parametrize("removed", [None, ""])
async def test_a_number_that_was_taken_back_is_not_texted(world: World, removed: str | None) -> None:
    await world.take(identify())
    world.clock.advance(1)

    await world.take(identify(messageId="m-2", traits={"phone": removed, "sms_opt_in": True}))

    assert await text_to(world, track()) is None
    assert len(await world.words()) == 1


async def test_an_event_with_hundreds_of_subscriptions_teaches_fifty_numbers(world: World) -> None:
    items = [
        {"key": f"+1202555{place % 200:04}", "type": "SMS", "status": "SUBSCRIBED"} for place in range(400)
    ]
    before = await world.counts()

    await world.take(track(event="Else", context={"messaging_subscriptions": items}))

    after = await world.counts()
    assert after["consent_history"] - before["consent_history"] == 50
    assert after["contacts"] - before["contacts"] == 50


async def test_an_id_that_fits_no_index_is_kept_with_its_problem(world: World) -> None:
    assert await world.take(identify(userId="u" * 6000)) == [EventOutcome.INVALID]

    assert (await world.event("m-0")).problem == "id_too_long"
    assert (await world.counts())["people"] == 0


async def test_every_number_that_is_spoken_of_becomes_a_contact(world: World) -> None:
    items = [{"key": "+12025550155", "type": "SMS", "status": "UNSUBSCRIBED"}]

    await world.take(track(context={"messaging_subscriptions": items}, timestamp="2026-11-21T11:00:00Z"))

    (said,) = await world.words("+12025550155")
    assert said.occurred_at == later(-3600)
    assert await world.store.read(lambda c: people.contact(c, "default", "+12025550155")) is not None


async def test_a_device_that_changed_hands_since_is_still_its_matched_persons(world: World) -> None:
    await world.take(identify(userId="ann", anonymousId="x", traits={"phone": ANN}))
    ann = await person(world, user_id="ann")
    await world.take(identify(userId="bob", anonymousId="x", messageId="m-bob", traits={"phone": BOB}))
    seen = event({"type": "track", "event": "A", "anonymousId": "x"})

    found = await facts(world, seen, ann.id)

    assert found is not None
    assert found.phone == ANN


async def test_a_number_that_was_changed_or_taken_back_is_no_servers_word_any_more(world: World) -> None:
    for phone, left in ((ANN, {ANN}), (BOB, {BOB}), (None, set())):
        world.clock.advance(1)
        await world.take(identify(userId="ann", messageId=f"m-{phone}", traits={"phone": phone}))

        found = await facts(world, event(track(userId="ann")))

        assert found is not None
        assert found.phone == phone
        assert found.server_numbers == left
