"""One event, one mapping, one text, however it came."""

from typing import Any

import pytest
from sqlalchemy import Connection, update

from destinations.kit import Reason
from gateway import ids
from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.pipeline.match import Taken, match
from gateway.storage import event_lists, events, tables
from gateway.storage.event_filters import EventFilter
from tests.factories import browser, event, identify, mapping, source, track
from tests.gateway.world import World

E, S = EventOutcome, DeliveryStatus
DAY = 24 * 3600


@pytest.fixture
async def two(world: World) -> World:
    """Two server sources and a browser of one destination, and somebody to text."""
    await world.configure(
        source(id="src_other", name="Other", write_key_hash="other"), browser(id="src_page", name="Page")
    )
    await world.take(identify())
    return world


async def of_source(world: World, source_id: str) -> Any:
    page = await world.store.read(
        lambda c: event_lists.page(c, "default", 1, None, EventFilter(source_id=source_id))
    )
    return page.items[0]


async def statuses(world: World) -> list[DeliveryStatus]:
    return sorted(one.status for one in await world.deliveries())


async def test_an_event_through_two_sources_makes_one_text(two: World) -> None:
    assert await two.take(track()) == [E.MATCHED]
    assert await two.take(track(), source="src_other") == [E.DUPLICATE]
    while await two.deliver():
        pass

    assert len(two.requests) == 1
    first, second = await of_source(two, "src_server"), await of_source(two, "src_other")
    assert (second.outcome, second.repeats, first.repeats) == (E.DUPLICATE, first.id, None)
    assert await two.store.read(lambda c: events.repetitions(c, [first.id])) == {first.id: 1}


async def test_a_repetition_matched_twice_changes_nothing(two: World) -> None:
    await two.take(track())
    again = event(track())
    await two.take(again, source="src_other")
    before = await two.counts()

    assert await two.take(again, source="src_other") == [E.DUPLICATE]
    assert await two.counts() == before


@pytest.mark.parametrize("changed", [{"userId": "bob"}, {"event": "Order Lost"}])
async def test_through_another_source_another_event_is_another_event(
    two: World, changed: dict[str, Any]
) -> None:
    await two.configure(mapping(id="map_all", trigger='type = "track"'))
    await two.take(track())

    assert await two.take(track(**changed), source="src_other") == [E.MATCHED]
    assert await two.take(track(**changed)) == [E.INVALID]


@pytest.mark.parametrize("order", [["src_page", "src_server"], ["src_server", "src_page"]])
async def test_a_copy_that_its_source_may_not_send_takes_no_place(two: World, order: list[str]) -> None:
    for one in order:
        await two.take(track(), source=one)
        await two.deliver()

    assert len(two.requests) == 1
    sent = [one for one in await two.deliveries() if one.status is S.ACCEPTED]
    assert [one.source_id for one in sent] == ["src_server"]


async def test_an_imported_copy_takes_no_place(two: World) -> None:
    await two.take(event(track(), imported=True), source="src_other")
    await two.take(track())
    await two.deliver()

    assert await statuses(two) == [S.ACCEPTED, S.SUPPRESSED]


async def test_a_copy_is_not_sent_once_its_source_may(two: World) -> None:
    await two.take(track(), source="src_page")
    await two.take(track())

    await allow_browsers(two)
    await two.deliver()

    assert len(two.requests) == 1
    [copy] = [one for one in await two.deliveries() if one.source_id == "src_page"]
    assert (copy.status, copy.reason) == (S.SUPPRESSED, Reason.UNTRUSTED_SOURCE)


@pytest.fixture
async def open_to_pages(two: World) -> World:
    """The same, with a mapping that takes events of browsers, through two of these."""
    await two.configure(browser(id="src_app", name="App", write_key_hash="app"))
    await allow_browsers(two)
    return two


async def allow_browsers(world: World) -> None:
    def allow(connection: Connection) -> None:
        connection.execute(update(tables.mappings).values(allow_browser_events=True))

    await world.store.write(allow)
    world.services.workspace.invalidate()


async def sent_by(world: World) -> list[str]:
    """Of whose events there are texts, once everything due has had its turn."""
    while await world.deliver():
        pass
    sent = sorted(one.source_id for one in await world.deliveries() if one.status is S.ACCEPTED)
    assert len(world.requests) == len(sent)
    return sent


async def test_a_browser_that_guesses_a_message_id_keeps_no_text_of_a_server_back(
    open_to_pages: World,
) -> None:
    assert await open_to_pages.take(track(), source="src_page") == [E.MATCHED]
    assert await open_to_pages.take(track()) == [E.MATCHED]

    assert await sent_by(open_to_pages) == ["src_page", "src_server"]
    assert (await of_source(open_to_pages, "src_server")).repeats is None


async def test_a_browser_that_guesses_a_message_id_takes_it_with_no_other_event(open_to_pages: World) -> None:
    world = open_to_pages
    await world.configure(mapping(id="map_all", trigger='type = "track"', allow_browser_events=True))
    lost = track(event="Order Lost")

    await world.take(lost, source="src_page")
    await world.take(track(), source="src_app")
    assert await world.take(track()) == [E.MATCHED]

    [made] = [
        one
        for one in await world.deliveries()
        if one.source_id == "src_server" and one.mapping_id == "map_all"
    ]
    assert made.id == ids.delivery("default", "map_all", "m-1", "ann")


async def test_in_one_batch_a_browser_in_front_keeps_no_text_of_a_server_back(open_to_pages: World) -> None:
    world = open_to_pages
    snapshot = await world.services.workspace.current()
    calls = [Taken(snapshot.sources[one], event(track())) for one in ("src_page", "src_server", "src_other")]

    matched = await world.store.write(lambda c: match(c, world.secrets, snapshot, calls, world.clock.now()))

    assert matched.outcomes == [E.MATCHED, E.MATCHED, E.DUPLICATE]
    assert await sent_by(world) == ["src_page", "src_server"]


@pytest.mark.parametrize("source_id", ["src_page", "src_app"])
async def test_a_browser_gets_one_text_of_an_event_however_often_it_sends_it(
    open_to_pages: World, source_id: str
) -> None:
    world = open_to_pages
    await world.take(track(), source="src_page")

    assert await world.take(track(), source=source_id) == [E.DUPLICATE]
    world.clock.advance(DAY)
    again = event(track(), world.clock.now())
    assert await world.take(again, source=source_id) == [
        E.MATCHED if source_id == "src_page" else E.DUPLICATE
    ]

    assert await sent_by(world) == []  # the only one is a day old by now
    assert len(await world.deliveries()) == 1


async def test_a_browser_gets_no_second_text_of_what_a_server_sent_before(open_to_pages: World) -> None:
    world = open_to_pages
    await world.take(track())
    await world.take(track(), source="src_other")

    assert await world.take(track(), source="src_page") == [E.DUPLICATE]
    assert await world.take(track(), source="src_app") == [E.DUPLICATE]

    assert await sent_by(world) == ["src_server"]


async def test_two_servers_behind_a_browser_make_one_text_between_them(open_to_pages: World) -> None:
    world = open_to_pages
    await world.take(track(), source="src_page")

    assert await world.take(track()) == [E.MATCHED]
    assert await world.take(track(), source="src_other") == [E.DUPLICATE]

    assert await sent_by(world) == ["src_page", "src_server"]


async def test_what_a_browser_sent_under_the_former_key_keeps_no_text_of_a_server_back(two: World) -> None:
    await allow_browsers(two)
    await two.take(track(), source="src_page")
    await former(two, "src_page", S.ACCEPTED)

    assert await two.take(track()) == [E.MATCHED]
    assert {(one.source_id, one.status) for one in await two.deliveries()} == {
        ("src_server", S.PENDING),
        ("src_page", S.ACCEPTED),
    }


async def former(world: World, sender: str, status: DeliveryStatus) -> None:
    """Makes the only Delivery one of before, which had its source in its key, and forgets the messageId."""
    key = ids.former_delivery(sender, "m-1", "map_order")

    def change(connection: Connection) -> None:
        connection.execute(update(tables.deliveries).values(id=key, status=status.value))
        connection.execute(
            update(tables.sources).where(tables.sources.c.id == sender).values(former_keys=True)
        )
        connection.execute(tables.event_keys.delete())
        connection.execute(tables.jobs.delete())

    await world.store.write(change)
    world.services.workspace.invalidate()


@pytest.mark.parametrize(
    ("again", "status", "outcome", "deliveries"),
    [
        ("src_server", S.ACCEPTED, E.MATCHED, 1),
        ("src_server", S.SUPPRESSED, E.MATCHED, 1),
        ("src_other", S.ACCEPTED, E.DUPLICATE, 1),
        ("src_other", S.SUPPRESSED, E.MATCHED, 2),
    ],
)
async def test_what_was_sent_under_the_former_key_counts_as_sent(
    two: World, again: str, status: DeliveryStatus, outcome: EventOutcome, deliveries: int
) -> None:
    await two.take(track())
    await former(two, "src_server", status)

    assert await two.take(track(), source=again) == [outcome]
    assert len(await two.deliveries()) == deliveries


@pytest.mark.parametrize(
    "changed", [{"userId": "bob"}, {"event": "Order Lost"}, {"type": "page", "name": "Order Placed"}]
)
async def test_a_message_id_that_its_source_uses_again_for_another_event_is_told(
    two: World, changed: dict[str, Any]
) -> None:
    first, other = event(track()), event(track(**changed))
    await two.take(first)

    assert await two.take(other) == [E.INVALID]
    assert await two.take(event(track(**changed))) == [E.DUPLICATE]

    kept = await two.store.read(lambda c: events.get(c, other.id))
    assert kept is not None
    assert (kept.problem, kept.payload) == ("message_id_reused", other.payload)
    assert [doubt.message for doubt in kept.doubts] == [f"The first is the event {first.id}."]
    assert len(await two.deliveries()) == 1
    assert await two.store.read(lambda c: events.repetitions(c, [first.id])) == {}
