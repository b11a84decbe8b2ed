"""The first job: events become deliveries, in the order they came."""

from typing import Any

import pytest

from destinations.kit import Channel, DestinationStatus, Purpose, Reason
from gateway import ids
from gateway.deliveries import DeliveryStatus
from gateway.events import Doubt, EventOutcome, StoredEvent
from tests.factories import ANN, BOB, browser, destination, event, identify, mapping, source, track
from tests.gateway.world import World

E, S = EventOutcome, DeliveryStatus
DAY = 24 * 3600


async def test_an_event_becomes_one_delivery_per_mapping_that_it_is_for(world: World) -> None:
    await world.configure(
        mapping(id="map_all", trigger='type = "track"'), mapping(id="map_page", trigger='type = "page"')
    )

    outcomes = await world.take(track())

    made = await world.deliveries()
    assert outcomes == [E.MATCHED]
    assert {one.mapping_id for one in made} == {"map_order", "map_all"}
    assert {one.id for one in made} == {
        ids.delivery("default", key, "m-1", "ann") for key in ("map_order", "map_all")
    }
    assert {(one.status, one.channel, one.destination_id) for one in made} == {
        (DeliveryStatus.PENDING, Channel.SMS, "dst_paper")
    }
    assert len(await world.lease()) == 2


async def test_an_event_that_no_mapping_is_for_is_kept_and_leads_to_nothing(world: World) -> None:
    assert await world.take(track(event="Order Lost")) == [E.UNMATCHED]

    assert await world.deliveries() == []
    assert await world.lease() == []
    assert (await world.event()).outcome is E.UNMATCHED


async def test_an_invalid_event_is_kept_and_leads_to_nothing(world: World) -> None:
    before = await world.counts()

    assert await world.take(identify(userId=None)) == [E.INVALID]

    kept = await world.event("m-0")
    assert (kept.outcome, kept.problem) == (E.INVALID, "no_user_anon_id")
    assert await world.counts() == before | {"events": 1, "invalid_keys": 1}


async def test_a_bad_event_that_comes_again_is_kept_once_and_counted(world: World) -> None:
    bad = identify(userId=None)

    assert await world.take(bad, bad) == [E.INVALID, E.DUPLICATE]
    assert await world.take(bad, identify(traits="none")) == [E.DUPLICATE, E.INVALID]

    assert (await world.counts())["events"] == 2
    assert (await world.counts())["event_repetitions"] == 1


async def test_a_bad_event_may_come_again_mended(world: World) -> None:
    assert await world.take(track(userId=None)) == [E.INVALID]

    assert await world.take(track()) == [E.MATCHED]


async def test_a_bad_event_matched_twice_changes_nothing(world: World) -> None:
    bad = event(identify(userId=None))
    await world.take(bad)
    before = await world.counts()

    assert await world.take(bad) == [E.INVALID]
    assert await world.counts() == before


async def test_a_repeated_message_id_is_dropped_within_a_request_and_between_them(world: World) -> None:
    assert await world.take(track(), track()) == [E.MATCHED, E.DUPLICATE]
    assert await world.take(track()) == [E.DUPLICATE]

    assert len(await world.deliveries()) == 1
    assert len(await world.lease()) == 1


async def test_a_message_id_that_comes_back_after_a_day_sends_no_second_text(world: World) -> None:
    await world.take(track())
    world.clock.advance(DAY)

    assert await world.take(track()) == [E.MATCHED]

    assert len(await world.deliveries()) == 1
    assert len(await world.lease()) == 1


async def test_the_same_request_matched_twice_changes_nothing(world: World) -> None:
    await world.configure(mapping(id="map_left", cancel_trigger='event = "Left"'))
    calls = [event(identify()), event(track(event="Left", messageId="m-2")), event(track(messageId="m-3"))]
    first = await world.take(*calls)
    before = await world.counts()

    again = await world.take(*calls)

    assert again == first == [E.UNMATCHED, E.UNMATCHED, E.MATCHED]
    assert await world.counts() == before
    assert {one.status for one in await world.deliveries()} == {DeliveryStatus.PENDING}


async def test_an_identify_is_applied_before_the_track_behind_it(world: World) -> None:
    await world.take(identify(), track())

    assert await world.deliver() == 1

    assert (await world.delivery()).recipient == ANN
    assert len(world.requests) == 1


@pytest.mark.parametrize(
    ("integrations", "outcome"),
    [
        (None, E.MATCHED),
        ({}, E.MATCHED),
        ({"All": True}, E.MATCHED),
        ({"All": False}, E.UNMATCHED),
        ({"All": False, "Paper": True}, E.MATCHED),
        ({"All": False, "Paper": {"option": 1}}, E.MATCHED),
        ({"All": True, "Paper": False}, E.UNMATCHED),
        ({"Paper": None}, E.UNMATCHED),
        ({"All": False, "paper": True}, E.UNMATCHED),
        ({"All": "no"}, E.MATCHED),
    ],
)
async def test_the_integrations_object_lets_it_through_or_not(
    world: World, integrations: Any, outcome: EventOutcome
) -> None:
    assert await world.take(track(integrations=integrations)) == [outcome]

    assert len(await world.deliveries()) == (1 if outcome is E.MATCHED else 0)


async def test_a_source_that_is_not_connected_reaches_nobody(empty_world: World) -> None:
    await empty_world.configure(source())

    assert await empty_world.take(track()) == [E.UNMATCHED]


async def test_a_disabled_mapping_matches_nothing(empty_world: World) -> None:
    await empty_world.configure(source(), destination(), mapping(enabled=False))

    assert await empty_world.take(track()) == [E.UNMATCHED]


async def test_a_mapping_that_no_longer_compiles_is_left_out_and_the_others_go_on(world: World) -> None:
    await world.configure(mapping(id="map_bad", trigger="type ="), mapping(id="map_gone", action="sendFax"))

    await world.take(track())

    assert (await world.delivery()).mapping_id == "map_order"


async def test_a_destination_whose_definition_is_not_installed_waits(world: World) -> None:
    await world.configure(
        destination(id="dst_fax", definition="fax"), mapping(id="map_fax", destination_id="dst_fax")
    )

    await world.take(track())

    assert (await world.delivery()).destination_id == "dst_paper"


async def test_a_cancel_trigger_stops_what_the_same_person_waits_for(empty_world: World) -> None:
    await empty_world.configure(
        source(),
        destination(status=DestinationStatus.FAILED),
        mapping(cancel_trigger='event = "Order Canceled"'),
        mapping(id="map_keep"),
    )
    await empty_world.take(identify(), track())
    await empty_world.take(identify(userId="bob", messageId="m-2"), track(userId="bob", messageId="m-3"))
    await empty_world.deliver()

    await empty_world.take(track(event="Order Canceled", messageId="m-4"))

    canceled = [one for one in await empty_world.deliveries() if one.status is DeliveryStatus.CANCELED]
    assert [(one.mapping_id, one.reason, one.next_attempt_at) for one in canceled] == [
        ("map_order", Reason.CANCELED_BY_TRIGGER, None)
    ]
    assert (
        canceled[0].detail
        == "An event that the mapping's cancel trigger names came before the text was sent."
    )
    assert len([one for one in await empty_world.deliveries() if one.status is DeliveryStatus.HELD]) == 3
    assert await empty_world.deliver() == 0
    assert empty_world.requests == []


LEFT = track(event="Left", messageId="m-left")


async def left_in_a_page(world: World, **of_mapping: Any) -> StoredEvent:
    """Something waits for Ann; then a page says that she left."""
    await world.configure(
        source(),
        browser(),
        destination(status=DestinationStatus.FAILED),
        mapping(cancel_trigger='event = "Left"', **of_mapping),
    )
    await world.take(identify(), track())
    await world.deliver()
    await world.take(LEFT, source="src_browser")
    kept: StoredEvent = await world.event("m-left")
    return kept


@pytest.mark.parametrize(
    "of_mapping",
    [
        {"purpose": Purpose.MARKETING},
        {"purpose": Purpose.TRANSACTIONAL, "allow_browser_events": True},
        {"purpose": Purpose.AUTHENTICATION, "allow_browser_events": True},
    ],
)
async def test_a_browser_cancels_marketing_and_what_a_mapping_takes_its_events_for(
    empty_world: World, of_mapping: dict[str, Any]
) -> None:
    kept = await left_in_a_page(empty_world, **of_mapping)

    canceled = await empty_world.delivery()
    assert (canceled.status, canceled.reason) == (S.CANCELED, Reason.CANCELED_BY_TRIGGER)
    assert kept.doubts == ()


@pytest.mark.parametrize("purpose", [Purpose.TRANSACTIONAL, Purpose.AUTHENTICATION])
async def test_a_browser_cancels_nothing_else_which_its_event_says(
    empty_world: World, purpose: Purpose
) -> None:
    kept = await left_in_a_page(empty_world, purpose=purpose)

    assert [(one.status, one.reason) for one in await empty_world.deliveries()] == [
        (S.HELD, Reason.ACCOUNT_NOT_VERIFIED)
    ]
    assert kept.doubts == (
        Doubt(
            "cancel_not_trusted",
            "The mapping order has this as its cancel trigger, and goes on with what waits for this person (1): page is a BROWSER "
            f"source, with whose key anybody can send events, and the mapping is {purpose}. Send it from a server source, or give the "
            "mapping allowBrowserEvents.",
        ),
    )
    await empty_world.take(track(event="Left", messageId="m-by-server"))
    assert (await empty_world.delivery()).status is S.CANCELED


async def test_a_browser_that_would_cancel_where_nothing_waits_is_told_nothing(empty_world: World) -> None:
    await empty_world.configure(
        source(),
        browser(),
        destination(),
        mapping(cancel_trigger='event = "Left"', purpose=Purpose.TRANSACTIONAL),
    )
    await empty_world.take(identify())

    await empty_world.take(LEFT, source="src_browser")

    assert (await empty_world.event("m-left")).doubts == ()


async def test_what_was_sent_is_not_canceled(world: World) -> None:
    await world.configure(
        mapping(id="map_2", trigger='event = "Two"', cancel_trigger='event = "Order Canceled"')
    )
    await world.take(identify(), track(event="Two"))
    await world.deliver()

    await world.take(track(event="Order Canceled", messageId="m-4"))

    assert (await world.delivery()).status is DeliveryStatus.ACCEPTED


async def test_what_an_anonymous_person_waits_for_can_be_canceled_once_they_are_known(world: World) -> None:
    await world.configure(mapping(id="map_2", trigger='event = "Two"', cancel_trigger='event = "Stop"'))
    await world.take(identify(userId="ann", messageId="m-5", traits={}))
    await world.take(identify(userId=None, anonymousId="a-1", traits={}))
    await world.take(track(userId=None, anonymousId="a-1", event="Two"))
    await world.take(identify(anonymousId="a-1", messageId="m-2", traits={}))

    await world.take(track(event="Stop", messageId="m-3"))

    assert (await world.delivery()).status is DeliveryStatus.CANCELED


# -- several events together: each sees what those before it taught ---------------------------------------------------


async def test_what_one_event_of_a_batch_teaches_the_next_one_sees(world: World) -> None:
    visitor = identify(userId=None, anonymousId="a-1")
    known = identify(anonymousId="a-1", messageId="m-1", traits={"name": "Ann"})

    outcomes = await world.take(visitor, track(userId=None, anonymousId="a-1", messageId="m-2"), known)

    counts = await world.counts()
    assert outcomes == [E.UNMATCHED, E.MATCHED, E.UNMATCHED]
    assert [counts[name] for name in ("people", "identities", "person_phones", "contacts")] == [1, 2, 1, 1]


async def test_who_is_made_and_absorbed_in_one_batch_leaves_their_deliveries_to_the_other(
    world: World,
) -> None:
    await world.take(
        identify(userId=None, anonymousId="a-1"),
        track(userId=None, anonymousId="a-1"),
        identify(messageId="m-2", traits={"phone": BOB}),
        identify(anonymousId="a-1", messageId="m-3", traits={}),
        track(messageId="m-4"),
    )

    people = {one.person_id for one in await world.deliveries()}
    counts = await world.counts()
    assert len(people) == 1
    assert world.on_disk("SELECT id FROM people") == [(one,) for one in people]
    assert [counts[name] for name in ("people", "identities", "person_phones")] == [1, 2, 2]


async def test_somebody_new_who_gives_two_numbers_in_one_batch_has_both(world: World) -> None:
    await world.take(identify(), identify(messageId="m-1", traits={"phone": BOB}))

    assert world.on_disk("SELECT phone FROM person_phones ORDER BY phone") == [(ANN,), (BOB,)]


async def test_a_cancel_trigger_stops_what_the_events_before_it_in_the_batch_made_and_nothing_behind_it(
    empty_world: World,
) -> None:
    await empty_world.configure(source(), destination(), mapping(cancel_trigger='event = "Left"'))

    await empty_world.take(
        identify(),
        track(messageId="m-before"),
        track(event="Left", messageId="m-left"),
        track(messageId="m-after"),
    )

    found = [
        ((await empty_world.event(key)).id, status)
        for key, status in (("m-before", S.CANCELED), ("m-after", S.PENDING))
    ]
    assert {(one.event_id, one.status) for one in await empty_world.deliveries()} == set(found)
    assert [job.subject for job in await empty_world.lease()] == [
        one.id for one in await empty_world.deliveries() if one.status is S.PENDING
    ]


async def test_a_cancel_trigger_stops_what_a_visitor_was_to_get_once_the_same_batch_says_who_they_are(
    empty_world: World,
) -> None:
    world = empty_world
    await world.configure(source(), destination(), mapping(cancel_trigger='event = "Left"'))
    await world.take(identify(messageId="i-0"))  # somebody else until the batch says so
    await world.take(
        identify(userId=None, anonymousId="a-1", messageId="i-1", traits={}),
        track(userId=None, anonymousId="a-1", messageId="m-stored"),
    )

    await world.take(
        track(userId=None, anonymousId="a-1", messageId="m-before"),
        identify(anonymousId="a-1", messageId="i-2", traits={}),
        track(event="Left", messageId="m-left"),
        track(messageId="m-after"),
    )

    assert {
        (await world.event(key)).id: status
        for key, status in (("m-stored", S.CANCELED), ("m-before", S.CANCELED), ("m-after", S.PENDING))
    } == {one.event_id: one.status for one in await world.deliveries()}
    assert len({one.person_id for one in await world.deliveries()}) == 1


async def test_a_repetition_in_one_batch_is_counted_with_the_first(world: World) -> None:
    assert await world.take(track(), track(), track(event="Else"), track()) == [
        E.MATCHED,
        E.DUPLICATE,
        E.INVALID,
        E.DUPLICATE,
    ]

    assert world.on_disk("SELECT times FROM event_repetitions") == [(2,)]
    assert len(await world.deliveries()) == 1
