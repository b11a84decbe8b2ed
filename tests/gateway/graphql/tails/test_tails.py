"""What a subscriber is shown: of their space, by their role and filter, as it is when it is read, and how to go on."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, update

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.people import USER_ID
from gateway.shared.base import Topic
from gateway.storage import deliveries, pauses
from gateway.storage.tables import api_tokens, events, identities, people
from gateway.workspace import Pause, Role
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.graphql.tails.streams import Stream, refused, watching

DELIVERIES = """subscription($filter: DeliveryFilterInput, $after: ID) {
  deliveryTail(filter: $filter, afterSequence: $after) { sequence at droppedBefore delivery { id status recipient } }
}"""
EVENTS = """subscription($source: ID, $after: ID) {
  eventTail(sourceId: $source, afterSequence: $after) { sequence droppedBefore event { messageId outcome payload } }
}"""


DESTINATIONS = """subscription($id: ID, $after: ID) {
  destinationStatusChanged(id: $id, afterSequence: $after) { sequence droppedBefore destination { name status paused } }
}"""


def tell(api: Api, *delivery_ids: str, space: str = "default") -> None:
    """These deliveries were made or changed."""
    told = ((space, one) for one in delivery_ids)
    api.services.shared.tail.publish(Topic.DELIVERY, told, api.clock.now())


async def change(api: Api, delivery_id: str, **values: Any) -> None:
    row = {"id": delivery_id, **values}
    await api.services.store.write(lambda c: deliveries.change(c, [row], api.clock.now()))


async def test_a_delivery_is_shown_as_it_is_once_it_was_told(
    api: Api, ledger: Ledger, admin_token: str
) -> None:
    delivery = await ledger.delivery(1, status=DeliveryStatus.ACCEPTED, recipient="+15551234567")

    async with watching(api.endpoint, DELIVERIES, admin_token) as stream:
        tell(api, delivery)
        item = await stream.item()

    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.headers["cache-control"] == "no-store"
    assert item.pop("sequence").endswith("-1")
    assert item == {
        "at": "2026-03-01T12:00:00.000Z",
        "droppedBefore": 0,
        "delivery": {"id": delivery, "status": "ACCEPTED", "recipient": "+15551234567"},
    }


async def test_each_change_is_shown_and_those_of_one_moment_once(
    api: Api, ledger: Ledger, admin_token: str
) -> None:
    first, second = await ledger.delivery(1), await ledger.delivery(2)

    async with watching(api.endpoint, DELIVERIES, admin_token) as stream:
        tell(api, first)
        assert (await stream.item())["delivery"]["status"] == "PENDING"
        await change(api, first, status=DeliveryStatus.ACCEPTED)
        tell(api, first, second)
        tell(api, first)
        shown = [(await stream.item())["delivery"] for _ in range(2)]

    assert [(one["id"], one["status"]) for one in shown] == [(second, "PENDING"), (first, "ACCEPTED")]


async def test_whoever_was_cut_off_goes_on_behind_what_they_saw(
    api: Api, ledger: Ledger, admin_token: str
) -> None:
    ids = [await ledger.delivery(number) for number in range(1, 4)]
    async with watching(api.endpoint, DELIVERIES, admin_token) as stream:
        tell(api, ids[0])
        seen = (await stream.item())["sequence"]
    tell(api, *ids[1:])

    async with watching(api.endpoint, DELIVERIES, admin_token, after=seen) as stream:
        shown = [await stream.item(), await stream.item()]

    assert [(one["delivery"]["id"], one["droppedBefore"]) for one in shown] == [(ids[1], 0), (ids[2], 0)]


async def test_whoever_comes_back_to_another_run_is_told_that_something_was_missed(
    api: Api, ledger: Ledger, admin_token: str
) -> None:
    delivery = await ledger.delivery(1)

    async with watching(api.endpoint, DELIVERIES, admin_token, after="0123456789ab-7") as stream:
        tell(api, delivery, "dlv_gone", delivery)
        item = await stream.item()

    assert (item["delivery"]["id"], item["droppedBefore"]) == (delivery, 1)


@pytest.mark.parametrize("after", ["", "7", "x-7", "0123456789ab-", "0123456789ab-7 ", "-1"])
async def test_a_sequence_that_never_was_one_is_refused(api: Api, admin_token: str, after: str) -> None:
    async with watching(api.endpoint, DELIVERIES, admin_token, after=after or " ") as stream:
        error = await refused(stream)

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["path"] == ["deliveryTail"]
    assert error["message"] == "`afterSequence` is the `sequence` of an item, as it was given."


async def test_a_token_watches_its_own_space_alone(api: Api, ledger: Ledger) -> None:
    ours, theirs = await ledger.delivery(1, space="brand"), await ledger.delivery(2)
    token = await api.token(Role.READER, "brand")

    async with watching(api.endpoint, DELIVERIES, token) as stream:
        tell(api, theirs)
        tell(api, ours, space="brand")
        item = await stream.item()

    assert (item["delivery"]["id"], item["droppedBefore"]) == (ours, 0)


async def test_a_viewer_sees_numbers_masked_and_cannot_filter_by_one(api: Api, ledger: Ledger) -> None:
    delivery = await ledger.delivery(1, recipient="+15551234567")
    token = await api.token(Role.VIEWER)

    async with watching(api.endpoint, DELIVERIES, token) as stream:
        tell(api, delivery)
        item = await stream.item()
    async with watching(api.endpoint, DELIVERIES, token, filter={"recipient": "+15551234567"}) as stream:
        error = await refused(stream)

    assert item["delivery"]["recipient"] == "+1••••67"
    assert error["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"status": ["HELD"]}, [1]),
        ({"reason": ["WINDOW_CLOSED", "OPTED_OUT"]}, [2]),
        ({"recipient": "(555) 123-4567"}, []),
        ({"recipient": "+1 555 123 4567"}, [1]),
        ({"messageId": "m2"}, [2]),
        ({"createdAt": {"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T12:00:01Z"}}, [1, 2, 3]),
        ({"createdAt": {"from": "2026-03-01T11:00:00Z", "to": "2026-03-01T12:00:00Z"}}, []),
    ],
)
async def test_what_passes_the_filter_is_shown(
    api: Api, ledger: Ledger, asked: dict[str, Any], shown: Sequence[int]
) -> None:
    token = await api.token(Role.OPERATOR)
    ids = [
        await ledger.delivery(
            1, status=DeliveryStatus.HELD, reason=Reason.QUIET_HOURS, recipient="+15551234567"
        ),
        await ledger.delivery(2, status=DeliveryStatus.SUPPRESSED, reason=Reason.OPTED_OUT),
        await ledger.delivery(3),
    ]
    if asked == {"recipient": "(555) 123-4567"}:
        async with watching(api.endpoint, DELIVERIES, token, filter=asked) as stream:
            assert (await refused(stream))["extensions"]["code"] == "BAD_USER_INPUT"
        return

    async with watching(api.endpoint, DELIVERIES, token, filter=asked) as stream:
        tell(api, *ids)
        found = [(await stream.item())["delivery"]["id"] for _ in shown]
        await change(
            api, ids[2], status=DeliveryStatus.HELD, reason=Reason.OPTED_OUT, recipient="+15551234567"
        )

    assert found == [ids[number - 1] for number in shown]


async def test_an_event_is_shown_once_it_is_matched_whatever_came_of_it(
    api: Api, ledger: Ledger, admin_token: str
) -> None:
    async with watching(api.endpoint, EVENTS, admin_token, source=ledger.source_id) as stream:
        event = await ledger.event(1)
        api.services.shared.tail.publish(Topic.EVENT, [("default", event)], api.clock.now())
        item = await stream.item()

    assert item["event"]["messageId"] == "m1"
    assert item["event"]["outcome"] == "MATCHED"
    assert item["event"]["payload"]["event"] == "Note Written"


async def test_whoever_has_a_revoked_token_is_sent_away(api: Api, ledger: Ledger) -> None:
    token = await api.token(Role.READER)

    async with watching(api.endpoint, DELIVERIES, token) as stream:
        await api.services.store.write(lambda c: c.execute(delete(api_tokens)))
        error = await refused(stream)
        tell(api, await ledger.delivery(1))

    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["message"].startswith("This token was revoked, so nothing more is shown with it.")


async def test_the_same_delivery_is_read_once_for_all_who_watch(
    api: Api, ledger: Ledger, admin_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = await ledger.delivery(1)
    reads: list[list[str]] = []
    by_ids = deliveries.by_ids

    def counted(connection: Any, asked: Sequence[str]) -> Any:
        reads.append(list(asked))
        return by_ids(connection, asked)

    monkeypatch.setattr(deliveries, "by_ids", counted)
    streams = [
        Stream(api.endpoint, {"query": DELIVERIES}, authorization=f"Bearer {admin_token}") for _ in range(50)
    ]
    for stream in streams:
        await stream.begun()

    tell(api, delivery)
    items = [await stream.item() for stream in streams]

    assert {one["delivery"]["id"] for one in items} == {delivery}
    assert reads == [[delivery]]
    for stream in streams:
        await stream.close()


async def test_a_destination_is_shown_as_it_is_verified_paused_and_changed_by_whomever(
    api: Api, admin_token: str
) -> None:
    destination = await api.destination("Pigeons", seal="a good seal")
    await api.destination("Others")

    async with watching(api.endpoint, DESTINATIONS, admin_token, id=destination) as stream:
        await api.change("destinationVerify", {"id": destination}, "errors { message }")
        verified = await stream.item()
        if verified["destination"]["status"] == "VERIFYING":  # seen where it is read before the checks end
            verified = await stream.item()
        begun = Pause(api.clock.now(), "somebody else", None)
        await api.services.store.write(lambda c: pauses.pause(c, destination, begun))
        await api.services.workspace.look()
        await api.services.workspace.current()
        paused = await stream.item()

    assert verified["destination"] == {"name": "Pigeons", "status": "VERIFIED", "paused": False}
    assert paused["destination"] == {"name": "Pigeons", "status": "VERIFIED", "paused": True}
    assert paused["droppedBefore"] == 0


async def test_one_person_is_followed_by_any_event_of_theirs(
    api: Api, ledger: Ledger, admin_token: str
) -> None:
    named, stranger = await ledger.delivery(1), await ledger.delivery(2)
    theirs = await ledger.delivery(4, person_id="person_1")
    await api.services.store.write(
        lambda c: c.execute(update(events).where(events.c.message_id.in_(["m2", "m4"])).values(user_id="x"))
    )

    def know(connection: Connection) -> None:
        someone = {"id": "person_1", "space": "default", "traits": {}, "updated_at": api.clock.now()}
        connection.execute(insert(people), [someone])
        tie = {"space": "default", "kind": USER_ID, "value": "u1", "person_id": "person_1"}
        connection.execute(insert(identities), [tie])

    await api.services.store.write(know)

    async with watching(api.endpoint, DELIVERIES, admin_token, filter={"userId": "u1"}) as stream:
        tell(api, named, stranger, theirs)
        shown = [(await stream.item())["delivery"]["id"] for _ in range(2)]

    assert shown == [named, theirs]
