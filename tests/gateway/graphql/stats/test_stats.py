"""Counts over time and by dimensions, as the API gives them; what is asked wrongly is refused in words."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from destinations.kit import MessageStatus, Reason
from gateway.deliveries import TRIED, DeliveryStatus, Step
from gateway.graphql.http.limits import Limits
from gateway.pipeline import settle
from gateway.storage import rollup
from gateway.workspace import Role
from tests.gateway.graphql.conftest import ADMIN, NOON, Ledger

S, M = DeliveryStatus, MessageStatus
SENDER, OTHER = "+15550001111", "+15550002222"
POINT = (
    "at events matched accepted delivered failed suppressed rejected canceled expired waiting segments price"
)
SERIES = f"query($range: TimeRangeInput!, $bucket: TimeBucket!) {{ stats(range: $range, bucket: $bucket) {{ bucket points {{ {POINT} }} }} }}"
BY = (
    "query($range: TimeRangeInput!, $by: StatsDimension!, $filter: DeliveryFilterInput, $first: Int, $after: String) {"
    " statsBy(range: $range, by: $by, filter: $filter, first: $first, after: $after) {"
    " edges { cursor node { key name point { at matched accepted delivered failed suppressed price } } } totalCount"
    " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
)
DAY = timedelta(days=1)
DELIVERED: dict[str, Any] = {
    "message_status": M.DELIVERED,
    "segments": 2,
    "price": "-0.0079 USD",
    "sender": SENDER,
    "recipient": "+12025550101",
}


@pytest.fixture
def limits() -> Limits:
    """Many points are many values."""
    return Limits()


def span(begin: datetime = NOON - DAY, end: datetime = NOON + DAY) -> dict[str, str]:
    return {"from": begin.isoformat(), "to": end.isoformat()}


async def became(ledger: Ledger, number: int, status: DeliveryStatus, **shows: Any) -> None:
    """A delivery that was made now, and what became of it."""
    delivery_id = await ledger.delivery(number)
    now = ledger.api.clock.now()
    through = () if status in (S.SUPPRESSED, S.REJECTED) else (S.SENDING,)
    steps = [Step(delivery_id, TRIED, one, shows=shows) for one in (*through, status)]
    await ledger.api.services.store.write(lambda c: settle.apply(c, steps, now))


async def points(ledger: Ledger, bucket: str = "HOUR", token: str | None = None, **of: str) -> list[Any]:
    given = {"range": of or span(NOON, NOON + timedelta(hours=2)), "bucket": bucket}
    seen = await ledger.api.data(SERIES, token or ADMIN, **given)
    found: list[Any] = seen["stats"]["points"]
    return found


async def by(ledger: Ledger, dimension: str, token: str | None = None, **more: Any) -> list[Any]:
    """[key, deliveries] of each row."""
    given = {"range": span(), "by": dimension, **more}
    edges = (await ledger.api.data(BY, token or ADMIN, **given))["statsBy"]["edges"]
    return [[edge["node"]["key"], edge["node"]["point"]["matched"]] for edge in edges]


async def refused(ledger: Ledger, query: str, token: str = ADMIN, **given: Any) -> tuple[str, str]:
    """(code, message) of the one error."""
    answer = await ledger.api.ask(query, token, **given)
    [error] = answer["errors"]
    return error["extensions"]["code"], error["message"]


# -- over time ---------------------------------------------------------------------------------------------------------------


async def test_each_bucket_has_a_point_whether_anything_was_or_not(ledger: Ledger) -> None:
    await became(ledger, 1, S.ACCEPTED, **DELIVERED)
    await became(ledger, 2, S.SUPPRESSED, reason=Reason.OPTED_OUT)
    await ledger.delivery(3)
    nothing = dict.fromkeys(POINT.split()[1:-1], 0) | {"price": None}

    seen = await ledger.api.data(SERIES, range=span(NOON, NOON + timedelta(hours=2)), bucket="HOUR")

    first = {"events": 3, "matched": 3, "accepted": 1, "delivered": 1, "suppressed": 1, "waiting": 1}
    assert seen["stats"] == {
        "bucket": "HOUR",
        "points": [
            nothing | {"at": "2026-03-01T12:00:00.000Z", "segments": 2, "price": "USD 0.0079", **first},
            nothing | {"at": "2026-03-01T13:00:00.000Z"},
        ],
    }


@pytest.mark.parametrize(
    ("bucket", "begin", "end", "at"),
    [
        ("MINUTE", "2026-03-01T11:59:30Z", "2026-03-01T12:01:30Z", ["11:59", "12:00", "12:01"]),
        ("HOUR", "2026-03-01T13:10:00+02:00", "2026-03-01T12:00:00.001Z", ["11:00", "12:00"]),
        ("DAY", "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z", ["00:00"]),
    ],
)
async def test_every_bucket_that_the_range_touches_counts_wholly(
    ledger: Ledger, bucket: str, begin: str, end: str, at: list[str]
) -> None:
    await became(ledger, 1, S.ACCEPTED, **DELIVERED)

    seen = await points(ledger, bucket, **{"from": begin, "to": end})

    assert [one["at"][11:16] for one in seen] == at
    assert sum(one["matched"] for one in seen) == 1


async def test_a_destination_has_counts_of_its_own(ledger: Ledger) -> None:
    await became(ledger, 1, S.ACCEPTED, **DELIVERED)
    other = await ledger.api.destination("Doves")
    ask = "query($id: ID!, $range: TimeRangeInput!) { destination(id: $id) { stats(range: $range) { bucket points { events matched } } } }"

    seen = [
        (await ledger.api.data(ask, id=one, range=span(NOON, NOON + timedelta(minutes=1))))["destination"]
        for one in (ledger.destination_id, other)
    ]

    assert [one["stats"] for one in seen] == [
        {"bucket": "HOUR", "points": [{"events": 0, "matched": number}]} for number in (1, 0)
    ]


async def test_another_space_counts_nothing_of_it(ledger: Ledger) -> None:
    await became(ledger, 1, S.ACCEPTED, **DELIVERED)
    token = await ledger.api.token(Role.ADMIN, space="other")

    seen = await points(ledger, token=token)

    assert {one["matched"] + one["events"] for one in seen} == {0}
    assert await by(ledger, "DESTINATION", token) == []


@pytest.mark.parametrize(
    ("bucket", "begin", "end", "words"),
    [
        ("DAY", NOON, NOON, "`range` is empty"),
        ("DAY", NOON, NOON - DAY, "`range` is empty"),
        ("MINUTE", NOON - DAY, NOON + DAY, "2,880 points of one minute; an answer has 2,000 at most. Or say"),
        ("MINUTE", NOON - 4 * DAY, NOON, "by the minute begin with 2026-02-26T12:00:00.000Z"),
        ("HOUR", NOON - 91 * DAY, NOON, "by the hour begin with 2025-12-01T00:00:00.000Z"),
        ("DAY", NOON - 401 * DAY, NOON, "by the day begin with 2025-01-25T00:00:00.000Z"),
        ("DAY", NOON, NOON.replace(year=9999), "points of one day; an answer has 2,000 at most."),
        ("DAY", NOON.replace(year=1), NOON, "by the day begin with"),
    ],
)
async def test_a_range_that_makes_no_sense_is_refused_in_words(
    ledger: Ledger, bucket: str, begin: datetime, end: datetime, words: str
) -> None:
    code, message = await refused(ledger, SERIES, range=span(begin, end), bucket=bucket)

    assert (code, words in message) == ("BAD_USER_INPUT", True), message


# -- by what they have in common -----------------------------------------------------------------------------------------------


async def some(ledger: Ledger) -> None:
    """Two delivered, one that failed, one that was rejected, two that were stopped, one that waits."""
    await became(ledger, 1, S.ACCEPTED, **DELIVERED)
    await became(ledger, 2, S.ACCEPTED, **DELIVERED)
    failed = {"message_status": M.UNDELIVERED, "error_code": "30003", "recipient": "+4915123456789"}
    await became(ledger, 3, S.ACCEPTED, **{**DELIVERED, **failed, "sender": OTHER, "price": "-0.05 EUR"})
    await became(ledger, 4, S.REJECTED, error_code="21211")
    await became(ledger, 5, S.SUPPRESSED, reason=Reason.OPTED_OUT)
    await became(ledger, 6, S.SUPPRESSED, reason=Reason.WINDOW_CLOSED)
    await ledger.delivery(7)


@pytest.mark.parametrize("adds_up", [False, True])
async def test_a_row_for_each_value_those_with_most_deliveries_first(
    ledger: Ledger, *, adds_up: bool
) -> None:
    await some(ledger)
    if adds_up:
        await rollup.roll_up(ledger.api.services.store, NOON)

    assert await by(ledger, "SENDER") == [["", 4], [SENDER, 2], [OTHER, 1]]
    assert await by(ledger, "CHANNEL") == [["SMS", 7]]
    assert await by(ledger, "COUNTRY") == [["", 4], ["US", 2], ["DE", 1]]
    assert await by(ledger, "REASON") == [["OPTED_OUT", 1], ["WINDOW_CLOSED", 1]]
    assert await by(ledger, "ERROR_CODE") == [["21211", 1], ["30003", 1]]


async def test_a_row_names_its_destination_or_mapping_and_what_it_cost(ledger: Ledger) -> None:
    await some(ledger)
    cost = "EUR 0.05, USD 0.0158"
    point = {"at": "2026-02-28T12:00:00.000Z", "matched": 7, "accepted": 3, "delivered": 2, "failed": 1}
    point |= {"suppressed": 2, "price": cost}

    for dimension, key, name in (
        ("DESTINATION", ledger.destination_id, "Pigeons"),
        ("MAPPING", ledger.mapping_id, "Notes"),
    ):
        [edge] = (await ledger.api.data(BY, range=span(), by=dimension))["statsBy"]["edges"]
        assert edge["node"] == {"key": key, "name": name, "point": point}


async def test_pages_follow_one_another(ledger: Ledger) -> None:
    await some(ledger)
    seen, after = [], None
    for has_next in (True, True, False):
        page = (await ledger.api.data(BY, range=span(), by="SENDER", first=1, after=after))["statsBy"]
        info = page["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (has_next, after is not None)
        assert (page["totalCount"], len(page["edges"])) == (3, 1)
        assert info["startCursor"] == info["endCursor"] == page["edges"][0]["cursor"]
        seen.append(page["edges"][0]["node"]["key"])
        after = info["endCursor"]

    assert seen == ["", SENDER, OTHER]
    last = (await ledger.api.data(BY, range=span(), by="SENDER", after=after))["statsBy"]
    assert (last["edges"], last["totalCount"]) == ([], 3)


async def test_a_filter_leaves_out_what_it_does_not_name(ledger: Ledger) -> None:
    await some(ledger)

    for given, rows in (
        ({"reason": ["OPTED_OUT", "PAUSED"]}, [["", 1]]),
        ({"channel": ["WHATSAPP"]}, []),
        ({"channel": ["SMS"], "mappingId": ledger.mapping_id}, [["", 4], [SENDER, 2], [OTHER, 1]]),
        ({"sender": "+1 (555) 000-2222"}, [[OTHER, 1]]),
        ({"sender": "ACME"}, []),
        ({"country": "us"}, [[SENDER, 2]]),
        ({"errorCode": "30003", "country": "DE"}, [[OTHER, 1]]),
        ({}, [["", 4], [SENDER, 2], [OTHER, 1]]),
    ):
        assert await by(ledger, "SENDER", filter=given) == rows, given


@pytest.mark.parametrize("name", ["channel", "reason", "status"])
async def test_a_list_of_nothing_is_refused(ledger: Ledger, name: str) -> None:
    code, message = await refused(ledger, BY, range=span(), by="SENDER", filter={name: []})

    assert code == "BAD_USER_INPUT"
    assert message == f"`{name}` is an empty list, which nothing passes: name one, or leave it out for any."


async def test_a_filter_that_counts_do_not_know_is_refused(ledger: Ledger) -> None:
    given = {"status": ["ACCEPTED"], "messageId": "m1", "channel": ["SMS"]}

    code, message = await refused(ledger, BY, range=span(), by="SENDER", filter=given)

    assert code == "BAD_USER_INPUT"
    assert message.startswith("Counts are not kept by messageId, status: leave that out of `filter`.")


async def test_a_viewer_sees_counts_and_no_senders(ledger: Ledger) -> None:
    await some(ledger)
    token = await ledger.api.token(Role.VIEWER)

    page = (await ledger.api.data(BY, token, range=span(), by="SENDER"))["statsBy"]

    rows = [[edge["node"]["key"], edge["node"]["point"]["matched"]] for edge in page["edges"]]
    assert rows == [["", 4], ["+1••••11", 2], ["+1••••22", 1]]
    assert len({edge["cursor"] for edge in page["edges"]}) == 3
    assert await by(ledger, "COUNTRY", token) == [["", 4], ["US", 2], ["DE", 1]]


async def test_a_viewer_can_not_probe_a_sender(ledger: Ledger) -> None:
    token = await ledger.api.token(Role.VIEWER)

    code, _ = await refused(ledger, BY, token, range=span(), by="CHANNEL", filter={"sender": SENDER})

    assert code == "FORBIDDEN"


@pytest.mark.parametrize("given", [{"country": "USA"}, {"sender": "+1 555 000 00000000"}])
async def test_a_filter_that_can_not_be_read_is_refused(ledger: Ledger, given: dict[str, str]) -> None:
    code, message = await refused(ledger, BY, range=span(), by="CHANNEL", filter=given)

    assert (code, f"`{next(iter(given))}` came as" in message) == ("BAD_USER_INPUT", True)


@pytest.mark.parametrize("after", ["", "x", "MToy=", "MTo", "LTE6MQ", "bm9wZQ"])
async def test_a_cursor_of_no_page_is_refused(ledger: Ledger, after: str) -> None:
    code, message = await refused(ledger, BY, range=span(), by="SENDER", after=after)

    assert (code, "no cursor of this list" in message) == ("BAD_USER_INPUT", True)


async def test_counts_of_more_than_400_days_ago_are_refused_and_the_future_is_not(ledger: Ledger) -> None:
    await some(ledger)
    ages = span(NOON - 401 * DAY)

    code, message = await refused(ledger, BY, range=ages, by="SENDER")

    assert (code, "by the day begin with 2025-01-25T00:00:00.000Z" in message) == ("BAD_USER_INPUT", True)
    later = span(NOON - 400 * DAY, NOON.replace(year=9999, month=12, day=31, hour=23))
    assert await by(ledger, "CHANNEL", range=later) == [["SMS", 7]]


async def test_counts_stay_when_their_mapping_is_gone(ledger: Ledger) -> None:
    await some(ledger)
    deleted = "deletedId errors { message }"
    await ledger.api.change(
        "mappingDelete", {"id": ledger.mapping_id, "expectedRevision": 1, "force": True}, deleted
    )

    [edge] = (await ledger.api.data(BY, range=span(), by="MAPPING"))["statsBy"]["edges"]

    assert (edge["node"]["key"], edge["node"]["name"]) == (ledger.mapping_id, "Notes")
