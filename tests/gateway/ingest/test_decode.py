"""From the bytes of a request to its events: what is taken, and what is refused."""

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway import events, spec
from gateway.events import Event
from gateway.ingest import decode
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BATCH_BYTES, DEEPEST, EVENT_BYTES
from tests.factories import NOW, track

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


# -- what goes on as it came -------------------------------------------------------------------------------------------

KEYS = (
    "type event userId anonymousId messageId groupId previousId name category context traits properties integrations "
    "timestamp originalTimestamp sentAt receivedAt writeKey channel version _metadata anything"
)
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            None,
            True,
            7,
            1.5,
            "",
            "x",
            "\x00",
            "x\x00",
            "x" * 101,
            "x" * 513,
            [],
            [{}],
            {},
            {"a": [1.5, None]},
        ),
        *("track", "identify", "page", "screen", "group", "alias", "2026-11-21T10:00:00Z"),
    ]
)
CALLS: st.SearchStrategy[Any] = st.dictionaries(st.sampled_from(KEYS.split()), VALUES) | VALUES
NEARLY_PLAIN = st.builds(
    lambda changed: track(**changed), st.dictionaries(st.sampled_from(KEYS.split()), VALUES, max_size=2)
)


def events_in(read: decode.Body) -> list[Event]:
    return spec.taken(events.encode(read.queued("src_1", NOW))).events


@given(
    calls=st.lists(CALLS | NEARLY_PLAIN, min_size=1, max_size=4), kind=st.sampled_from(["batch", "import"])
)
def test_a_batch_is_read_the_same_however_closely_it_is_looked_at(calls: list[Any], kind: str) -> None:
    body = msgspec.json.encode(
        {"batch": calls, "writeKey": "wk_1", "sentAt": "2026-11-21T11:59:00Z", "context": {"a": 1}}
    )

    quickly, closely = decode._plain_batch(body, kind), decode._any_batch(body, kind)

    assert quickly is not None
    assert quickly.problems == closely.problems
    assert quickly.problems == {
        index: problem for index, call in enumerate(calls) if (problem := spec.problem_of(call)) is not None
    }
    assert (quickly.write_key, quickly.envelope) == (closely.write_key, closely.envelope)
    queued = [read.queued("src_1", NOW) for read in (quickly, closely)]
    one, other = (
        spec.taken(events.encode(msgspec.structs.replace(request, id="req_" + "0" * 32)))
        for request in queued
    )
    assert one == other


@given(
    call=CALLS | NEARLY_PLAIN, kind=st.sampled_from(["track", "identify", "page", "screen", "group", "alias"])
)
def test_a_call_alone_has_the_problem_that_it_has(call: Any, kind: str) -> None:
    if not isinstance(call, dict):
        return

    read = decode.read(msgspec.json.encode(call), kind)

    problem = spec.problem_of(call, kind)
    assert read.problems == ({} if problem is None else {0: problem})
    [made] = events_in(read)
    alone = spec.event_of(call, received_at=NOW, kind=kind)
    given_id = {"messageId": made.message_id} if alone.message_id.startswith("heliograph-") else {}
    assert made == replace(alone, id=made.id, message_id=made.message_id, payload=alone.payload | given_id)


def test_names_may_be_written_with_escapes() -> None:
    body = rb'{"b\u0061tch":[{"ty\u0070e":"track","ev\u0065nt":"A","user\u0049d":"u"}],"write\u004bey":"wk_1","sent\u0041t":"now"}'

    read = decode.read(body, "batch")

    assert (read.write_key, read.envelope["sentAt"], read.problems) == ("wk_1", "now", {})
    assert [(event.name, event.user_id) for event in events_in(read)] == [("A", "u")]


def test_what_sdks_send_goes_on_byte_by_byte() -> None:
    calls = [
        b'{ "type":"track", "event":"A",\n"userId":"u", "properties": {"n": 1.50} }',
        b'{"type":"identify","userId":"u"}',
    ]

    read = decode.read(b'{"batch": [%s]}' % b" , ".join(calls), "batch")
    alone = decode.read(calls[0], "track")

    assert ([bytes(call) for call in read.calls], read.problems) == (calls, {})
    assert ([bytes(call) for call in alone.calls], alone.problems) == ([calls[0]], {})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"batch": [track(writeKey="wk_of_the_call"), track()], "writeKey": "wk_of_the_batch"}, "batch"),
        (
            {"batch": [track(writeKey="wk_of_the_call", x=float("nan"))], "writeKey": "wk_of_the_batch"},
            "batch",
        ),
        (track(writeKey="wk_of_the_call"), "track"),
        (track(writeKey="wk_of_the_call", userId=None), "track"),
    ],
)
def test_write_keys_are_not_written_down(body: dict[str, Any], kind: str) -> None:
    payload = events.encode(decode.read(json.dumps(body).encode(), kind).queued("src_1", NOW))

    assert b"wk_of_" not in payload


@pytest.mark.parametrize(
    "body",
    [
        b'{"batch":[{"type":"track","event":"A","userId":"u","properties":{"n":"\xff"}}]}',
        b'{"batch":[{"type":"track","event":"A","userId":"u"}],"x":"\xff"}',
        b'{"batch":[{"type":"track","event":"A","userId":"u"}],"x":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    ],
)
def test_what_is_not_read_of_a_batch_has_to_be_json_too(body: bytes) -> None:
    with pytest.raises(IngestError) as caught:
        decode.read(body, "batch")

    assert caught.value.status == 400


def test_a_large_event_written_with_blanks_counts_without_them() -> None:
    call = json.dumps(track(properties={"x": [1] * 13_000}), separators=(",    ", ":"))
    body = f'{{"batch":[{call}]}}'.encode()

    assert len(body) > EVENT_BYTES
    assert decode.read(body, "batch").problems == {}
