from operator import itemgetter
from typing import Any

import pytest
from sqlalchemy.event import listen

from gateway import spec
from gateway.deliveries import DeliveryStatus
from gateway.events import Doubt, EventOutcome
from gateway.settings import Settings
from gateway.storage import retention
from gateway.workspace import Role

LIST = """query($first: Int, $after: String, $source: ID) {
  events(first: $first, after: $after, sourceId: $source) {
    totalCount pageInfo { endCursor hasNextPage } edges { node { id outcome problem payload } }
  }
}"""

PROBLEM = "query($id: ID!) { event(id: $id) { outcome problem problemMessage } }"


def ids(data: Any) -> list[str]:
    return [edge["node"]["id"] for edge in data["events"]["edges"]]


async def test_lists_events_with_their_problem_the_newest_first(api: Any, ledger: Any) -> None:
    good = await ledger.event(1)
    api.clock.advance(10)
    bad = await ledger.event(2, problem="no_user_anon_id")

    data = await api.data(LIST)

    assert ids(data) == [bad, good]
    assert [edge["node"]["problem"] for edge in data["events"]["edges"]] == ["no_user_anon_id", None]
    assert data["events"]["totalCount"] == 2


async def test_goes_on_behind_a_cursor(api: Any, ledger: Any) -> None:
    kept = [await ledger.event(number) for number in (1, 2, 3)]

    first = await api.data(LIST, first=2)
    second = await api.data(LIST, first=2, after=first["events"]["pageInfo"]["endCursor"])

    assert sorted(ids(first) + ids(second)) == sorted(kept)
    assert first["events"]["pageInfo"]["hasNextPage"] is True
    assert second["events"]["pageInfo"]["hasNextPage"] is False


async def test_lists_those_of_one_source(api: Any, ledger: Any) -> None:
    await ledger.event(1)
    other = await api.source(name="Site")

    assert ids(await api.data(LIST, source=other)) == []
    assert len(ids(await api.data(LIST, source=ledger.source_id))) == 1


async def test_another_spaces_events_are_not_there(api: Any, ledger: Any) -> None:
    event_id = await ledger.event(1)
    token = await api.token(Role.ADMIN, "brand")

    data = await api.data(
        "query($id: ID!) { event(id: $id) { id } events { totalCount } }", token, id=event_id
    )

    assert data == {"event": None, "events": {"totalCount": 0}}


async def test_who_sees_every_space_lists_the_events_of_any_source(api: Any, ledger: Any) -> None:
    ledger.source_id = await api.source(name="Brand", space="brand")
    event_id = await ledger.event(1)

    assert ids(await api.data(LIST)) == []
    assert ids(await api.data(LIST, source=ledger.source_id)) == [event_id]


async def test_a_batch_shows_what_became_of_each_of_its_events(api: Any, ledger: Any) -> None:
    """From the words of an SDK to what a person reads in the debugger."""
    link = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    await api.change("sourceConnect", link, "source { id }")
    note = {"type": "track", "event": "Note Written", "userId": "ann", "messageId": "m-1"}
    batch = [
        note,
        {"type": "track", "event": "Tea Made", "userId": "ann", "messageId": "m-2"},
        {"type": "track", "event": "Note Written", "messageId": "m-3"},
        {"type": "smoke signal", "userId": "ann", "messageId": "m-4"},
        note,
        note,
    ]

    outcomes = await ledger.match(*batch)

    assert outcomes == ["MATCHED", "UNMATCHED", "INVALID", "INVALID", "DUPLICATE", "DUPLICATE"]
    data = await api.data(
        """{ events { totalCount edges { node {
          messageId type name userId outcome problem problemMessage repetitions source { id }
          deliveries { status mapping { id } } } } } }"""
    )
    shown = sorted((edge["node"] for edge in data["events"]["edges"]), key=itemgetter("messageId"))
    plain: dict[str, Any] = {
        "type": "track",
        "name": "Note Written",
        "userId": "ann",
        "problem": None,
        "problemMessage": None,
        "repetitions": 0,
        "source": {"id": ledger.source_id},
        "deliveries": [],
    }
    delivery = {"status": "PENDING", "mapping": {"id": ledger.mapping_id}}
    assert data["events"]["totalCount"] == 4
    assert shown == [
        {**plain, "messageId": "m-1", "outcome": "MATCHED", "repetitions": 2, "deliveries": [delivery]},
        {**plain, "messageId": "m-2", "outcome": "UNMATCHED", "name": "Tea Made"},
        {
            **plain,
            "messageId": "m-3",
            "outcome": "INVALID",
            "userId": None,
            "problem": "no_user_anon_id",
            "problemMessage": "Neither userId nor anonymousId is given; at least one is needed, and such as `undefined`, `null` or `0` are nobody's.",
        },
        {
            **plain,
            "messageId": "m-4",
            "outcome": "INVALID",
            "type": "unknown",
            "name": None,
            "problem": "bad_request",
            "problemMessage": "The event is no JSON object, or its type is none of track, identify, page, screen, "
            "group, alias.",
        },
    ]


async def test_fifty_events_with_all_they_led_to_take_as_many_queries_as_one(api: Any, ledger: Any) -> None:
    query = """{ events(first: 50) { edges { node {
      id repetitions source { name destinations(first: 1) { totalCount } }
      deliveries { id destination { name } mapping { name } event { id }
        timeline(first: 5) { edges { node { __typename } } } } } } } }"""
    queries: list[str] = []
    listen(api.services.store._readers, "before_cursor_execute", lambda *given: queries.append(given[2]))

    await ledger.delivery(1)
    queries.clear()
    one = await api.data(query)
    of_one = queries.copy()
    for number in range(2, 51):
        await ledger.delivery(number)
    queries.clear()
    fifty = await api.data(query)

    assert [len(data["events"]["edges"]) for data in (one, fifty)] == [1, 50]
    assert all(len(edge["node"]["deliveries"]) == 1 for edge in fifty["events"]["edges"])
    reads = [sum(query.startswith("SELECT") for query in some) for some in (of_one, queries)]
    # The page, which has all that there are, their repetitions, deliveries, the events of those, their tries and callbacks.
    assert reads == [6, 6]


async def test_shows_a_viewer_neither_payload_nor_request(api: Any, ledger: Any) -> None:
    intent = {"method": "POST", "url": "https://loft.example.com/notes", "form": [["To", "+15551234567"]]}
    await ledger.delivery(1, status=DeliveryStatus.SENDING, intent=intent)
    viewer = await api.token(Role.VIEWER)

    data = await api.data(
        "{ events { edges { node { payload deliveries { status request { url } } } } } }", viewer
    )

    [edge] = data["events"]["edges"]
    assert edge["node"] == {"payload": {}, "deliveries": [{"status": "SENDING", "request": None}]}


async def test_shows_a_viewer_no_number_wherever_a_client_put_it(api: Any, ledger: Any) -> None:
    await ledger.event(1, message_id="order-+15551234567", name="Called +15551234567", user_id="+15551234567")
    asked = "{ events { edges { node { messageId name userId } } } }"

    seen = {role: await api.data(asked, await api.token(role)) for role in (Role.VIEWER, Role.READER)}

    masked = {"messageId": "order-+1••••67", "name": "Called +1••••67", "userId": "+1••••67"}
    clear = {"messageId": "order-+15551234567", "name": "Called +15551234567", "userId": "+15551234567"}
    assert [edge["node"] for edge in seen[Role.VIEWER]["events"]["edges"]] == [masked]
    assert [edge["node"] for edge in seen[Role.READER]["events"]["edges"]] == [clear]


async def test_shows_what_could_not_be_read_of_an_event_that_went_on(api: Any, ledger: Any) -> None:
    doubts = (Doubt("timestamp_not_read", "Time unread."), Doubt("consent_not_read", 'Word "maybe" unread.'))
    event_id = await ledger.event(doubts=doubts)

    data = await api.data(PROBLEM, id=event_id)

    assert data["event"] == {
        "outcome": "MATCHED",
        "problem": "timestamp_not_read",
        "problemMessage": 'Time unread. Word "maybe" unread.',
    }


async def test_a_problem_that_refuses_an_event_comes_before_its_doubts(api: Any, ledger: Any) -> None:
    event_id = await ledger.event(problem="no_user_anon_id", doubts=(Doubt("x_not_read", "X unread."),))

    data = await api.data(PROBLEM, id=event_id)

    assert data["event"]["problem"] == "no_user_anon_id"
    assert (
        data["event"]["problemMessage"]
        == "Neither userId nor anonymousId is given; at least one is needed, and such as `undefined`, `null` or `0` are nobody's. X unread."
    )


async def test_numbers_in_doubts_are_masked_for_viewers(api: Any, ledger: Any) -> None:
    event_id = await ledger.event(doubts=(Doubt("phone_not_read", 'Not read: "+12025550123".'),))

    data = await api.data(PROBLEM, await api.token(Role.VIEWER), id=event_id)

    assert "2025550123" not in data["event"]["problemMessage"]


async def test_says_when_a_payload_was_removed_for_its_age(api: Any, ledger: Any) -> None:
    event_id = await ledger.event(1)
    query = "query($id: ID!) { event(id: $id) { messageId payload payloadRemovedAt } }"
    whole = (await api.data(query, id=event_id))["event"]
    assert whole["payloadRemovedAt"] is None

    api.clock.advance(8 * 86_400)
    await retention.forget(api.services.store, Settings(), api.clock.now())

    left = (await api.data(query, id=event_id))["event"]
    assert left["payloadRemovedAt"] == spec.iso(api.clock.now())
    assert left["payload"]["messageId"] == left["messageId"] == whole["messageId"]
    assert sorted(left["payload"]) == ["messageId", "receivedAt", "timestamp", "type"]


FILTERED = "query($f: EventFilterInput) { events(filter: $f) { totalCount edges { node { messageId } } } }"


async def test_filters(api: Any, ledger: Any) -> None:
    outcome = EventOutcome
    await ledger.event(1, user_id="ann", anonymous_id="d-1")
    api.clock.advance(10)
    await ledger.event(2, user_id="bob", outcome=outcome.UNMATCHED, type="page", name="Home")
    await ledger.event(3, user_id=None, outcome=outcome.INVALID, problem="no_user_anon_id")
    await ledger.event(4, doubts=(Doubt("timestamp_not_read", "Odd."), Doubt("phone_not_read", "Odd.")))
    await ledger.event(5, anonymous_id="d-1", user_id=None, name="Tea_Made%")
    late = {"from": "2026-03-01T12:00:10Z", "to": "2026-03-01T13:00:00Z"}

    for given, expected in (
        ({}, ["m5", "m4", "m3", "m2", "m1"]),
        ({"userId": "ann"}, ["m1"]),
        ({"userId": "ann", "receivedAt": late}, []),
        ({"anonymousId": "d-1"}, ["m5", "m1"]),
        ({"anonymousId": "d-1", "userId": "ann"}, ["m1"]),
        ({"name": "Note Written"}, ["m4", "m3", "m1"]),
        ({"name": "Tea_Made%"}, ["m5"]),
        ({"type": "page"}, ["m2"]),
        ({"type": "PAGE"}, ["m2"]),
        ({"type": " Track "}, ["m5", "m4", "m3", "m1"]),
        ({"type": "unknown"}, []),
        ({"outcome": ["UNMATCHED", "INVALID"]}, ["m3", "m2"]),
        ({"outcome": ["INVALID"]}, ["m3"]),
        ({"problem": "no_user_anon_id"}, ["m3"]),
        ({"problem": "timestamp_not_read"}, ["m4"]),
        ({"problem": "phone_not_read"}, []),
        ({"messageId": "m2"}, ["m2"]),
        ({"messageId": "m2", "receivedAt": late}, ["m2"]),
        ({"messageId": "m2", "userId": "ann"}, []),
        ({"receivedAt": late}, ["m5", "m4", "m3", "m2"]),
        ({"sourceId": ledger.source_id, "userId": "bob"}, ["m2"]),
        ({"sourceId": ledger.source_id, "name": "Home"}, ["m2"]),
    ):
        found = (await api.data(FILTERED, f=given))["events"]

        assert [edge["node"]["messageId"] for edge in found["edges"]] == expected, given
        assert found["totalCount"] == len(expected), given


async def test_two_sources_at_once_are_refused(api: Any, ledger: Any) -> None:
    other = await api.source(name="Site")
    query = "query($s: ID, $f: EventFilterInput) { events(sourceId: $s, filter: $f) { totalCount } }"

    [error] = (await api.ask(query, s=other, f={"sourceId": ledger.source_id}))["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_large_space_is_not_read_through_for_what_no_index_serves(
    api: Any, ledger: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gateway.graphql.events.queries.COUNTED", 1)
    for number in (1, 2):
        await ledger.event(number)

    day = {"from": "2026-02-28T12:00:00.000Z", "to": "2026-03-01T12:00:00.000Z"}
    for given in (
        {"type": "page"},
        {"outcome": ["MATCHED"]},
        {"sourceId": ledger.source_id, "type": "page"},
    ):
        [error] = (await api.ask(FILTERED, f=given))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"] == (
            "This space has more than 1 events, and no index serves this filter alone. Add a span to it, such as "
            '"receivedAt": {"from": "2026-02-28T12:00:00.000Z", "to": "2026-03-01T12:00:00.000Z"}; or one of userId, '
            "anonymousId, name, messageId and problem."
        )
        assert "errors" not in await api.ask(FILTERED, f={**given, "receivedAt": day})
    for given in (
        {"sourceId": ledger.source_id},
        {"name": "Home"},
        {"outcome": ["INVALID"]},
        {"type": "page", "userId": "u1"},
    ):
        assert "errors" not in await api.ask(FILTERED, f=given)


async def test_a_type_that_no_event_has_is_refused_with_those_there_are(api: Any, ledger: Any) -> None:
    await ledger.event(1)

    answer = await api.ask(FILTERED, f={"type": "tracks"})

    assert answer["data"] is None
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        '`type` came as "tracks", which no event has. It is one of track, identify, page, screen, group, alias, unknown.',
    )


async def test_an_event_of_no_type_is_found_as_it_is_shown(api: Any, ledger: Any) -> None:
    await ledger.event(1, type="unknown", outcome=EventOutcome.INVALID, problem="bad_request")

    found = (await api.data(FILTERED, f={"type": "UNKNOWN"}))["events"]

    assert [edge["node"]["messageId"] for edge in found["edges"]] == ["m1"]


async def test_a_list_of_no_outcomes_is_refused_and_never_read_as_everything(api: Any, ledger: Any) -> None:
    await ledger.event(1)

    answer = await api.ask(FILTERED, f={"outcome": []})

    assert answer["data"] is None
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        "`outcome` is an empty list, which nothing passes: name one, or leave it out for any.",
    )


@pytest.mark.parametrize(
    "name", ["sourceId", "userId", "anonymousId", "name", "type", "problem", "messageId"]
)
async def test_what_is_left_blank_in_a_filter_is_refused(api: Any, ledger: Any, name: str) -> None:
    [error] = (await api.ask(FILTERED, f={name: " "}))["errors"]

    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        f"`{name}` is blank, which could be anything: fill it in, or leave it out.",
    )


@pytest.mark.parametrize("name", ["userId", "anonymousId", "name", "problem", "messageId"])
async def test_a_viewer_can_filter_by_no_number(api: Any, ledger: Any, name: str) -> None:
    viewer = await api.token(Role.VIEWER)

    [error] = (await api.ask(FILTERED, viewer, f={name: "+12025550100"}))["errors"]

    assert error["extensions"]["code"] == "FORBIDDEN"
