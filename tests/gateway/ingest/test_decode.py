"""From the bytes of a request to its events: what is taken, and what is refused."""

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from gateway.ingest.limits import BATCH_BYTES, EVENT_BYTES
from tests.factories import track

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

OK = b'{"success":true}'


def refusal(code: str, message: str) -> dict[str, Any]:
    return {"success": False, "code": code, "message": message}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a":1}}',
        b'{"event": ' + b"9" * 5000 + b"}",
        b'{"event": "\xff"}',
        b'{"event": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
async def test_what_is_no_json_is_refused_whole(api: "Api", body: bytes) -> None:
    answer = await api.post("/v1/track", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    assert answer.json()["message"].startswith("The body is no JSON (")
    assert await api.taken() == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
async def test_a_number_that_is_none_costs_its_own_event_alone(api: "Api", number: str) -> None:
    good, bad = (
        '{"type":"track","userId":"u1","event":"A"}',
        '{"type":"track","userId":"u1","event":"B","properties":{"n":%s}}',
    )

    answer = await api.post("/v1/batch", f'{{"batch":[{good},{bad % number},{good}]}}'.encode())

    message = "A number is NaN or infinite, which JSON does not have."
    [taken] = await api.taken()
    made = taken.events[1].message_id
    rejected = [{"index": 1, "messageId": made, "code": "number_not_finite", "message": message}]
    assert (answer.status_code, answer.json()) == (200, {"success": True, "rejected": rejected})
    assert [(event.name, event.problem) for event in taken.events] == [
        ("A", None),
        ("B", "number_not_finite"),
        ("A", None),
    ]


@pytest.mark.parametrize("body", [b"[]", b'"track"', b"7", b"null"])
async def test_what_is_no_object_is_refused(api: "Api", body: bytes) -> None:
    answer = await api.post("/v1/track", body)

    message = "The body must be a JSON object. Nothing of it was kept."
    assert (answer.status_code, answer.json()) == (400, refusal("invalid_json", message))
    assert await api.taken() == []


@pytest.mark.parametrize("noise", [b"", b"[{"])
async def test_too_many_levels_are_refused_and_many_are_taken(api: "Api", noise: bytes) -> None:
    def body(levels: int) -> bytes:
        inner = b'{"text":"' + noise + b'","a":' * 1
        return b'{"userId":"u","event":"A","properties":' + inner + b"[" * levels + b"]" * levels + b"}}"

    deep = await api.post("/v1/track", body(127))
    taken = await api.post("/v1/track", body(126))

    message = "More than 128 objects and lists lie in one another. Nothing of it was kept."
    assert (deep.status_code, deep.json()) == (400, refusal("too_deep", message))
    assert taken.content == OK
    assert len(await api.taken()) == 1


async def test_numbers_of_any_size_survive(api: "Api") -> None:
    answer = await api.post(
        "/v1/track", b'{"userId":1234567890123456789012,"event":"A","properties":{"n":-18446744073709551616}}'
    )

    assert answer.content == OK
    (request,) = await api.taken()
    assert request.events[0].user_id == "1234567890123456789012"
    assert request.events[0].payload["properties"] == {"n": -(2**64)}


async def test_half_of_an_emoji_spoils_nothing(api: "Api") -> None:
    body = rb'{"batch":[{"type":"track","event":"cut \ud83d","userId":"u"},{"type":"track","event":"\ud83d\ude00","userId":"u"}]}'

    assert (await api.post(body=body)).content == OK

    (request,) = await api.taken()
    assert [event.name for event in request.events] == ["cut \ufffd", "\U0001f600"]


async def test_a_null_character_is_no_trouble(api: "Api") -> None:
    assert (await api.post("/v1/track", track(userId="a\x00nn", properties={"a": "b\x00"}))).content == OK

    (request,) = await api.taken()
    assert (request.events[0].user_id, request.events[0].payload["properties"]) == ("ann", {"a": "b\x00"})


async def test_an_empty_batch_is_refused(api: "Api") -> None:
    answer = await api.post(body={"batch": []})

    message = "`batch` is empty. There was nothing to keep."
    assert (answer.status_code, answer.json()) == (400, refusal("empty_batch", message))
    assert await api.taken() == []


@pytest.mark.parametrize("body", [{}, {"batch": {}}, {"batch": None}, track()])
async def test_a_batch_that_is_none_is_refused(api: "Api", body: Any) -> None:
    answer = await api.post(body=body)

    message = "`batch` must be a list of events. Nothing of it was kept."
    assert (answer.status_code, answer.json()) == (400, refusal("bad_request", message))
    assert await api.taken() == []


async def test_a_batch_of_more_than_2500_is_refused_and_one_of_2500_is_taken(api: "Api") -> None:
    long = await api.post(body={"batch": [{"type": "track", "event": "A", "userId": "u"}] * 2501})
    full = await api.post(body={"batch": [{"type": "track", "event": "A", "userId": "u"}] * 2500})

    message = "`batch` has 2501 events, at most 2500 are taken. Nothing of it was kept."
    assert (long.status_code, long.json()) == (400, refusal("batch_too_long", message))
    assert full.content == OK
    assert [len(request.events) for request in await api.taken()] == [2500]


async def test_a_body_over_500_kilobytes_is_refused_and_one_of_500_is_taken(api: "Api") -> None:
    def body(size: int) -> bytes:
        head, tail = b'{"batch":[{"type":"track","event":"A","userId":"u"}],"x":"', b'"}'
        return head + b"x" * (size - len(head) - len(tail)) + tail

    large = await api.post(body=body(BATCH_BYTES + 1))
    packed = await api.post(body=gzip.compress(body(BATCH_BYTES + 1)), content_encoding="gzip")
    full = await api.post(body=body(BATCH_BYTES))
    packed_full = await api.post(body=gzip.compress(body(BATCH_BYTES)), content_encoding="gzip")

    message = "The body is larger than 512000 bytes. Nothing of it was kept: send fewer events at once."
    assert (large.status_code, large.json()) == (400, refusal("request_too_large", message))
    assert packed.json() == large.json()
    assert (full.content, packed_full.content) == (OK, OK)
    assert len(await api.taken()) == 2


async def test_an_event_over_32_kilobytes_is_refused_alone_and_in_a_batch(api: "Api") -> None:
    large = track(messageId="m-9", properties={"x": "x" * EVENT_BYTES})

    alone = await api.post("/v1/track", large)
    batch = await api.post(body={"batch": [track(), large]})

    message = "The event is larger than 32 KB."
    assert (alone.status_code, alone.json()["code"]) == (400, "message_rejected")
    assert (batch.status_code, batch.json()) == (
        200,
        {
            "success": True,
            "rejected": [{"index": 1, "messageId": "m-9", "code": "message_rejected", "message": message}],
        },
    )
    kept = [event for request in await api.taken() for event in request.events]
    assert [event.problem for event in kept] == ["message_rejected", None, "message_rejected"]
    assert kept[0].payload == {
        "type": "track",
        "messageId": "m-9",
        "timestamp": "2026-11-21T12:00:00.000Z",
        "receivedAt": "2026-11-21T12:00:00.000Z",
    }
