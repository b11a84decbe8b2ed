from functools import partial
from typing import Any

import pytest

from destinations.kit import MessageStatus, Reason
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.storage import attempts
from gateway.storage.attempts import CallBack, End, Start
from gateway.workspace import Role

ALL = """
  id status messageStatus reason channel recipient messageSid errorCode errorMessage remedy attemptCount segments price
  nextAttemptAt createdAt updatedAt
  explanation { gate passed reason detail }
  destination { id } mapping { id } event { id messageId type name userId payload outcome source { id } }
"""
GATES = [
    {"gate": "ready", "passed": True, "reason": None, "detail": "verified"},
    {"gate": "consent", "passed": False, "reason": "OPTED_OUT", "detail": "+15551234567 said stop"},
]
SUPPRESSED = {
    "status": DeliveryStatus.SUPPRESSED,
    "reason": Reason.OPTED_OUT,
    "recipient": "+15551234567",
    "explanation": GATES,
    "error_message": "+15551234567 said stop",
    "remedy": "Ask +15551234567 to send START.",
}


REQUEST = "query($id: ID!) { delivery(id: $id) { request { method url form { name value } } } }"
INTENT = {
    "method": "POST",
    "url": "https://loft.example.com/notes",
    "form": [["Note", "Hi"], ["To", "+15551234567"]],
}


async def test_shows_the_request_of_the_latest_try(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1, status=DeliveryStatus.SENDING, intent=INTENT)

    data = await api.data(REQUEST, id=delivery_id)

    form = [{"name": "Note", "value": "Hi"}, {"name": "To", "value": "+15551234567"}]
    assert data["delivery"]["request"] == {"method": "POST", "url": INTENT["url"], "form": form}


async def test_shows_no_request_before_the_first_try(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1, **SUPPRESSED)

    assert (await api.data(REQUEST, id=delivery_id))["delivery"] == {"request": None}


async def test_shows_all_of_a_delivery(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1, **SUPPRESSED, segments=2, price="-0.0079 USD")

    data = await api.data(f"query($id: ID!) {{ delivery(id: $id) {{ {ALL} }} }}", id=delivery_id)

    at = "2026-03-01T12:00:00.000Z"
    payload = {"type": "track", "event": "Note Written", "userId": "u1", "properties": {"n": 1}}
    assert data["delivery"] == {
        "id": delivery_id,
        "status": "SUPPRESSED",
        "messageStatus": None,
        "reason": "OPTED_OUT",
        "channel": "SMS",
        "recipient": "+15551234567",
        "messageSid": None,
        "errorCode": None,
        "errorMessage": "+15551234567 said stop",
        "remedy": "Ask +15551234567 to send START.",
        "attemptCount": 0,
        "segments": 2,
        "price": "-0.0079 USD",
        "nextAttemptAt": None,
        "createdAt": at,
        "updatedAt": at,
        "explanation": GATES,
        "destination": {"id": ledger.destination_id},
        "mapping": {"id": ledger.mapping_id},
        "event": {
            "id": f"evt_{1:032x}",
            "messageId": "m1",
            "type": "track",
            "name": "Note Written",
            "userId": "u1",
            "payload": payload,
            "outcome": "MATCHED",
            "source": {"id": ledger.source_id},
        },
    }


async def test_before_it_is_planned_it_has_no_recipient_and_nothing_to_explain(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery()

    data = await api.data(
        "query($id: ID!) { delivery(id: $id) { status recipient explanation { gate } timeline { totalCount } } }",
        id=delivery_id,
    )

    assert data["delivery"] == {
        "status": "PENDING",
        "recipient": "",
        "explanation": [],
        "timeline": {"totalCount": 0},
    }


async def test_a_viewer_sees_every_number_masked_and_no_payload(api: Any, ledger: Any) -> None:
    await ledger.delivery(1, **SUPPRESSED)
    viewer = await api.token(Role.VIEWER)

    data = await api.data(
        "{ deliveries { edges { node { recipient errorMessage remedy explanation { detail } event { payload } "
        "mapping { fields } } } } }",
        viewer,
    )

    [edge] = data["deliveries"]["edges"]
    assert edge["node"] == {
        "recipient": "+1••••67",
        "errorMessage": "+1••••67 said stop",
        "remedy": "Ask +1••••67 to send START.",
        "explanation": [{"detail": "verified"}, {"detail": "+1••••67 said stop"}],
        "event": {"payload": {}},
        "mapping": {"fields": {"send": True, "from": "+1••••11"}},
    }


async def test_a_reader_sees_everything_in_clear(api: Any, ledger: Any) -> None:
    await ledger.delivery(1, **SUPPRESSED)
    reader = await api.token(Role.READER)

    data = await api.data("{ deliveries { edges { node { recipient event { payload } } } } }", reader)

    node = data["deliveries"]["edges"][0]["node"]
    assert node["recipient"] == "+15551234567"
    assert node["event"]["payload"]["properties"] == {"n": 1}


async def test_a_viewer_can_not_ask_for_a_number(api: Any, ledger: Any) -> None:
    await ledger.delivery(1, **SUPPRESSED)
    viewer = await api.token(Role.VIEWER)

    answer = await api.ask('{ deliveries(filter: {recipient: "+15551234567"}) { totalCount } }', viewer)

    [error] = answer["errors"]
    assert answer["data"] is None
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"] == "A VIEWER sees no numbers, so deliveries can't be filtered by one."


async def test_filters(api: Any, ledger: Any) -> None:
    first = await ledger.delivery(1, **SUPPRESSED)
    api.clock.advance(10)
    second = await ledger.delivery(
        2,
        status=DeliveryStatus.REJECTED,
        recipient="+15557654321",
        message_sid="PG2",
        message_status=MessageStatus.SENT,
        error_code="30003",
        sender="whatsapp:+12025550100",
        country="US",
    )

    for given, expected in (
        ("{}", [second, first]),
        ("{status: [SUPPRESSED]}", [first]),
        ("{status: [SUPPRESSED, REJECTED]}", [second, first]),
        ("{messageStatus: [SENT]}", [second]),
        ("{reason: [OPTED_OUT]}", [first]),
        ("{channel: [WHATSAPP]}", []),
        ('{recipient: "+15551234567"}', [first]),
        ('{messageSid: "PG2"}', [second]),
        ('{messageId: "m1"}', [first]),
        ('{messageId: "m1", createdAt: {from: "2026-03-01T12:00:00Z", to: "2026-03-01T12:00:10Z"}}', [first]),
        ('{userId: "u1"}', [second, first]),
        ('{userId: "u1", messageId: "m1", recipient: "+15551234567"}', [first]),
        ('{userId: "u1", recipient: "+15551234568"}', []),
        ('{userId: "u2"}', []),
        ('{errorCode: "30003"}', [second]),
        ('{country: "us"}', [second]),
        ('{sender: "+1 (202) 555-0100"}', [second]),
        ('{sender: "whatsapp:+12025550100"}', [second]),
        ('{sender: "Pigeons"}', []),
        (f'{{sourceId: "{ledger.source_id}"}}', [second, first]),
        (f'{{destinationId: "{ledger.destination_id}"}}', [second, first]),
        (f'{{mappingId: "{ledger.mapping_id}"}}', [second, first]),
        ('{createdAt: {from: "2026-03-01T12:00:00Z", to: "2026-03-01T12:00:10Z"}}', [first]),
        ('{createdAt: {from: "2026-03-01T14:00:10+02:00", to: "2026-03-02T00:00:00Z"}}', [second]),
    ):
        data = await api.data(f"{{ deliveries(filter: {given}) {{ totalCount edges {{ node {{ id }} }} }} }}")

        assert [edge["node"]["id"] for edge in data["deliveries"]["edges"]] == expected, given
        assert data["deliveries"]["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            '{sender: "12-34-56-78-90-12-34-56-78"}',
            '`sender` came as "12-34-56-78-90-12-34-56-78", which is no phone number: write it with a + and its country\'s code.',
        ),
        ('{country: "USA"}', '`country` came as "USA": write its two letters (ISO 3166), such as US.'),
        ('{country: "zz"}', '`country` came as "zz": write its two letters (ISO 3166), such as US.'),
    ],
)
async def test_a_sender_or_country_that_can_be_none_is_refused(api: Any, given: str, message: str) -> None:
    [error] = (await api.ask(f"{{ deliveries(filter: {given}) {{ totalCount }} }}"))["errors"]

    assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", message)


@pytest.mark.parametrize("name", ["status", "messageStatus", "reason", "channel"])
async def test_a_list_of_nothing_is_refused_and_never_read_as_everything(
    api: Any, ledger: Any, name: str
) -> None:
    await ledger.delivery(1, **SUPPRESSED)

    answer = await api.ask(f"{{ deliveries(filter: {{{name}: []}}) {{ totalCount }} }}")

    assert answer["data"] is None
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        f"`{name}` is an empty list, which nothing passes: name one, or leave it out for any.",
    )


BLANKS = "sourceId destinationId mappingId recipient messageSid messageId userId sender country errorCode"


@pytest.mark.parametrize("name", BLANKS.split())
@pytest.mark.parametrize("text", ["", " "])
async def test_what_is_left_blank_in_a_filter_is_refused_and_never_read_as_everything(
    api: Any, ledger: Any, name: str, text: str
) -> None:
    await ledger.delivery(1, **SUPPRESSED)

    answer = await api.ask(f'{{ deliveries(filter: {{{name}: "{text}"}}) {{ totalCount }} }}')

    assert answer["data"] is None
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == f"`{name}` is blank, which could be anything: fill it in, or leave it out."


@pytest.mark.parametrize("name", ["recipient", "sender", "userId", "messageId", "messageSid"])
async def test_a_viewer_can_filter_by_no_number_under_any_name(api: Any, ledger: Any, name: str) -> None:
    viewer = await api.token(Role.VIEWER)

    answer = await api.ask(f'{{ deliveries(filter: {{{name}: "+12025550100"}}) {{ totalCount }} }}', viewer)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert answer["data"] is None


async def test_deliveries_are_found_by_any_id_of_their_person(api: Any, ledger: Any) -> None:
    """One came before anybody was identified, and one by another id of hers."""
    link = {"sourceId": ledger.source_id, "destinationId": ledger.destination_id}
    await api.change("sourceConnect", link, "source { id }")
    await ledger.match(
        {"type": "track", "event": "Note Written", "userId": "zed", "messageId": "a-0"},
        {"type": "identify", "userId": "ann", "anonymousId": "d-1", "messageId": "a-1"},
        {"type": "track", "event": "Note Written", "anonymousId": "d-1", "messageId": "a-2"},
        {"type": "track", "event": "Note Written", "userId": "ann", "messageId": "a-3"},
    )

    query = (
        "query($u: String) { deliveries(filter: {userId: $u}) { edges { node { event { messageId } } } } }"
    )
    found = {
        user: sorted(
            edge["node"]["event"]["messageId"]
            for edge in (await api.data(query, u=user))["deliveries"]["edges"]
        )
        for user in ("ann", "zed", "bob")
    }

    assert found == {"ann": ["a-2", "a-3"], "zed": ["a-0"], "bob": []}


async def test_an_empty_span_and_a_time_without_offset_are_refused(api: Any, ledger: Any) -> None:
    empty = await api.ask(
        '{ deliveries(filter: {createdAt: {from: "2026-03-01T12:00:00Z", to: "2026-03-01T12:00:00Z"}}) { totalCount } }'
    )
    naive = await api.ask(
        "query($f: DeliveryFilterInput) { deliveries(filter: $f) { totalCount } }",
        f={"createdAt": {"from": "2026-03-01T12:00:00", "to": "2026-03-01T12:00:00Z"}},
    )

    assert [error["extensions"]["code"] for error in empty["errors"]] == ["BAD_USER_INPUT"]
    [error] = naive["errors"]
    assert error["message"] == (
        "Variable '$f' has invalid value at .createdAt.from: A DateTime needs its offset: end it with Z, or with one "
        "such as +02:00."
    )


async def test_the_deliveries_of_a_destination_and_of_an_event(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1)

    data = await api.data(
        "query($d: ID!, $e: ID!) { destination(id: $d) { deliveries(filter: {status: [PENDING]}) { edges { node { id } } } } "
        "event(id: $e) { deliveries { id } } }",
        d=ledger.destination_id,
        e=f"evt_{1:032x}",
    )

    assert data["destination"]["deliveries"]["edges"] == [{"node": {"id": delivery_id}}]
    assert data["event"]["deliveries"] == [{"id": delivery_id}]


async def test_the_list_of_one_destination_can_not_be_filtered_by_another(api: Any, ledger: Any) -> None:
    answer = await api.ask(
        "query($d: ID!, $other: ID!) { destination(id: $d) { deliveries(filter: {destinationId: $other}) { totalCount } } }",
        d=ledger.destination_id,
        other=await api.destination(name="Doves"),
    )

    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        "`filter.destinationId` names another destination than the one whose list this is.",
    )


async def test_the_timeline_has_tries_and_callbacks_by_time(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1)
    store, start = api.services.store, api.clock.now()
    ended = End("att_1", delivery_id, AttemptOutcome.ACCEPTED, 12, 201, message="to +15551234567")
    await store.write(lambda c: attempts.start(c, [Start("att_1", delivery_id, 1, start)]))
    await store.write(lambda c: attempts.end(c, [ended]))
    for said in (
        CallBack(delivery_id, MessageStatus.SENT, None),
        CallBack(delivery_id, MessageStatus.UNDELIVERED, "30003"),
    ):
        api.clock.advance(1)
        await store.write(partial(attempts.call_back, said=[said], now=api.clock.now()))
    query = """
      query($id: ID!, $first: Int, $after: String) { delivery(id: $id) { timeline(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
        edges { node { __typename
          ... on Attempt { number startedAt durationMs outcome httpStatus providerCode message requestId }
          ... on StatusCallback { receivedAt status providerCode } } } } } }
    """

    page = (await api.data(query, id=delivery_id, first=2))["delivery"]["timeline"]
    rest = (await api.data(query, id=delivery_id, after=page["pageInfo"]["endCursor"]))["delivery"][
        "timeline"
    ]

    assert [edge["node"] for edge in page["edges"]] == [
        {
            "__typename": "Attempt",
            "number": 1,
            "startedAt": "2026-03-01T12:00:00.000Z",
            "durationMs": 12,
            "outcome": "ACCEPTED",
            "httpStatus": 201,
            "providerCode": None,
            "message": "to +15551234567",
            "requestId": None,
        },
        {
            "__typename": "StatusCallback",
            "receivedAt": "2026-03-01T12:00:01.000Z",
            "status": "SENT",
            "providerCode": None,
        },
    ]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (
        3,
        True,
        False,
    )
    assert [edge["node"]["providerCode"] for edge in rest["edges"]] == ["30003"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)


async def test_a_page_of_deliveries_costs_a_handful_of_queries(api: Any, ledger: Any) -> None:
    for number in range(1, 31):
        await ledger.delivery(number)
    store, reads = api.services.store, []
    read = store.read

    async def counted(query: Any) -> Any:
        reads.append(query)
        return await read(query)

    store.read = counted

    data = await api.data(
        "{ deliveries(first: 30) { edges { node { destination { name } mapping { name } "
        "event { messageId source { name } deliveries { id } } timeline { totalCount } } } } }"
    )

    assert len(data["deliveries"]["edges"]) == 30
    assert len(reads) == 5  # the page, events, their deliveries, attempts, callbacks


async def test_a_large_space_is_not_read_through_for_a_filter_no_index_serves(
    api: Any, ledger: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gateway.graphql.deliveries.queries.COUNTED", 1)
    await ledger.delivery(1)
    await ledger.delivery(2)

    refused = await api.ask("{ deliveries(filter: {channel: [SMS]}) { totalCount } }")
    served = await api.ask(
        f'{{ deliveries(filter: {{channel: [SMS], destinationId: "{ledger.destination_id}"}}) {{ totalCount }} }}'
    )
    unfiltered = await api.ask("{ deliveries { totalCount } }")

    [error] = refused["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == (
        "This space has more than 1 deliveries, and no index serves this filter alone. Add a span to it, such as "
        '"createdAt": {"from": "2026-02-28T12:00:00.000Z", "to": "2026-03-01T12:00:00.000Z"}; or one of status, destinationId, '
        "mappingId, recipient, userId, messageId and messageSid."
    )
    assert served == {"data": {"deliveries": {"totalCount": 2}}}
    assert unfiltered == {"data": {"deliveries": {"totalCount": 2}}}


async def test_a_delivery_of_another_space_is_not_there(api: Any, ledger: Any) -> None:
    delivery_id = await ledger.delivery(1, space="other")
    token = await api.token(Role.ADMIN)

    data = await api.data(
        "query($id: ID!) { delivery(id: $id) { id } deliveries { totalCount } }", token, id=delivery_id
    )

    assert data == {"delivery": None, "deliveries": {"totalCount": 0}}


@pytest.mark.parametrize("asked", ["+52 1 55 8765 0000", "+525587650000", "tel:+52-55-8765-0000"])
async def test_a_recipient_is_found_in_any_notation_and_form(api: Any, ledger: Any, asked: str) -> None:
    now = await ledger.delivery(1, recipient="+525587650000")
    once = await ledger.delivery(2, recipient="+5215587650000")
    await ledger.delivery(3, recipient="+525587650001")

    query = "query($r: String) { deliveries(filter: {recipient: $r}) { edges { node { id } } } }"
    data = await api.data(query, r=asked)

    assert {edge["node"]["id"] for edge in data["deliveries"]["edges"]} == {now, once}


async def test_a_recipient_that_is_no_number_is_refused(api: Any) -> None:
    answer = await api.ask('{ deliveries(filter: {recipient: "123-456-7890"}) { totalCount } }')

    [error] = answer["errors"]
    assert error["message"] == (
        '`recipient` came as "123-456-7890", which is no phone number: write it with a + and its country\'s code.'
    )
