"""From the bytes of a request to its events: what is taken, and what is refused."""

import gzip
import json
import time
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from gateway import events, spec
from gateway.events import Event
from gateway.ingest import decode
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BATCH_BYTES, DEEPEST, EVENT_BYTES
from tests.factories import NOW, WRITE_KEY, track

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
        b"\xef\xbb\xbf{",
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


@pytest.mark.parametrize("noise", [b"", b"[{", b"]}" * 200])
async def test_too_many_levels_are_too_many_and_many_are_taken(api: "Api", noise: bytes) -> None:
    def body(levels: int) -> bytes:
        inner = b'{"text":"' + noise + b'","a":'
        return b'{"userId":"u","event":"A","properties":' + inner + b"[" * levels + b"]" * levels + b"}}"

    deep = await api.post("/v1/track", body(127))
    taken = await api.post("/v1/track", body(126))

    message = f"{spec.REASONS['too_deep']} The event was kept as INVALID and leads to nothing."
    assert (deep.status_code, deep.json()) == (400, refusal("too_deep", message))
    assert taken.content == OK
    assert [(event.name, event.problem) for [event] in map(attrgetter("events"), await api.taken())] == [
        ("A", "too_deep"),
        ("A", None),
    ]


async def test_texts_full_of_brackets_hide_no_levels(api: "Api") -> None:
    deep = b'["]",' * 200 + b"1" + b',"["]' * 200
    body = b'{"batch":[{"type":"track","userId":"u","event":"A","properties":{"x":%s}}]}' % deep

    answer = await api.post(body=body)

    assert [one["code"] for one in answer.json()["rejected"]] == ["too_deep"]


ODD = {
    "a number of 4,400 digits": (b"9" * 4_400, "number_too_long"),
    "a number beyond every float": (b"1e999", "number_not_finite"),
    "200 levels": (b"[" * 200 + b"]" * 200, "too_deep"),
    "900 levels": (b"[" * 900 + b"]" * 900, "too_deep"),
    "bytes that are no UTF-8": (b'"\xff\xfe"', "not_utf8"),
    "a half of an emoji in UTF-8": (b'"\xed\xa0\x80"', "not_utf8"),
}


@pytest.mark.parametrize("what", ODD)
async def test_an_odd_event_costs_itself_alone_and_can_be_found(api: "Api", what: str) -> None:
    value, problem = ODD[what]
    odd = (
        b'{"type":"track","userId":"u2","event":"B","messageId":"m-2","writeKey":"wk_of_the_call","properties":{"x":%s}}'
        % value
    )
    good = b'{"type":"track","userId":"u1","event":"A","messageId":"m-1"}'

    answer = await api.post(body=b'{"batch":[%s,%s,%s]}' % (good, odd, good))
    alone = await api.post("/v1/track", odd)

    rejected = [{"index": 1, "messageId": "m-2", "code": problem, "message": spec.REASONS[problem]}]
    assert (answer.status_code, answer.json()) == (200, {"success": True, "rejected": rejected})
    assert (alone.status_code, alone.json()["code"]) == (400, problem)
    kept = [event for request in await api.taken() for event in request.events]
    assert [(event.message_id, event.name, event.user_id, event.problem) for event in kept] == [
        ("m-1", "A", "u1", None),
        ("m-2", "B", "u2", problem),
        ("m-1", "A", "u1", None),
        ("m-2", "B", "u2", problem),
    ]
    assert kept[1].payload == {
        "type": "track",
        "messageId": "m-2",
        "timestamp": "2026-11-21T12:00:00.000Z",
        "receivedAt": "2026-11-21T12:00:00.000Z",
    }


def test_of_an_event_whose_head_is_as_bad_the_rest_of_its_head_is_kept() -> None:
    body = (
        b'{"batch":[{"type":"track","userId":"\xff","messageId":"\xff","event":["' + b"x" * 40_000 + b'"]}]}'
    )

    [made] = events_in(decode.read(body, "batch"))

    assert (made.type, made.name, made.user_id, made.problem) == ("track", None, None, "message_rejected")


async def test_half_of_an_emoji_in_an_id_makes_no_two_ids_one(api: "Api") -> None:
    body = (
        rb'{"batch":[{"type":"track","event":"A","userId":"u","messageId":"SUR\ud801"},'
        rb'{"type":"track","event":"A","userId":"u","messageId":"SUR\ud802"},'
        rb'{"type":"track","event":"A","userId":"\udc00u"},'
        rb'{"type":"track","event":"A","userId":"\ud83d\ude00"}]}'
    )

    answer = await api.post(body=body)

    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [
        (0, "id_not_string"),
        (1, "id_not_string"),
        (2, "id_not_string"),
    ]
    [request] = await api.taken()
    assert len({event.message_id for event in request.events}) == 4
    assert request.events[3].user_id == "\U0001f600"


async def test_a_byte_order_mark_is_passed_over(api: "Api") -> None:
    batch = b'\xef\xbb\xbf{"writeKey":"%s","batch":[{"type":"track","event":"A","userId":"u"}]}'

    assert (await api.post(body=batch % WRITE_KEY.encode(), authorization=None)).content == OK
    assert (await api.post("/v1/track", b'\xef\xbb\xbf{"event":"A","userId":"u"}')).content == OK


# -- what a batch says once ------------------------------------------------------------------------------------------


async def test_what_the_events_of_a_batch_share_counts_for_each_of_them(api: "Api") -> None:
    shared = {"device": "x" * 20_000}
    small, large = track(), track(messageId="m-2", properties={"x": "x" * 13_000})

    answer = await api.post(body={"batch": [small, large], "context": shared})
    none = await api.post(body={"batch": [small], "integrations": {"x": "x" * EVENT_BYTES}})

    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [(1, "message_rejected")]
    assert [one["code"] for one in none.json()["rejected"]] == ["message_rejected"]


async def test_what_the_events_of_a_batch_share_may_not_become_many_times_the_batch(api: "Api") -> None:
    shared, call = {"device": "x" * 30_000}, {"type": "track", "event": "A", "userId": "u"}

    many = await api.post(body={"batch": [call] * 300, "context": shared})
    few = await api.post(body={"batch": [call] * 250, "context": shared})

    assert (many.status_code, many.json()["code"]) == (400, "envelope_too_large")
    assert many.json()["message"] == (
        "`context` and `integrations` of the batch are part of each of its 300 events, which makes more than 8388608 "
        "bytes. Nothing of it was kept: send fewer events at once, or smaller ones of both."
    )
    assert few.content == OK
    assert [len(request.events) for request in await api.taken()] == [250]


# -- how long it takes -----------------------------------------------------------------------------------------------


def of_half_a_megabyte(inner: str) -> bytes:
    """A batch of one event that is nearly all this."""
    return f'{{"batch":[{{"type":"track","event":"E","userId":"u","properties":{{"x":{inner}}}}}]}}'.encode()


LONG = {
    "a text of brackets": of_half_a_megabyte(f'"{"[" * 511_900}"'),
    "many lists 100 deep, and NaN": of_half_a_megabyte(f"[{('[' * 100 + ']' * 100 + ',') * 2_540}NaN]"),
}


@pytest.mark.parametrize("what", LONG)
def test_no_body_takes_long(what: str) -> None:
    def seconds() -> float:
        start = time.process_time()
        assert decode.read(LONG[what], "batch").problems == {0: "message_rejected"}
        return time.process_time() - start

    # It was 300 ms and more, and is some 10: the best of several, on a machine that does other things.
    assert min(seconds() for _ in range(5)) < 0.1


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

    message = "The batch is empty. There was nothing to keep."
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

    message = "The batch has 2501 events, at most 2500 are taken. Nothing of it was kept."
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
    return list(spec.taken(events.encode(read.queued("src_1", NOW))))


@given(
    calls=st.lists(CALLS | NEARLY_PLAIN, min_size=1, max_size=4), kind=st.sampled_from(["batch", "import"])
)
def test_a_batch_is_read_the_same_however_closely_it_is_looked_at(calls: list[Any], kind: str) -> None:
    body = msgspec.json.encode({"batch": calls, "sentAt": "2026-11-21T11:59:00Z", "context": {"a": 1}})
    odd = b'{"x":NaN,' + body[1:]

    quickly, closely = decode.read(body, kind), decode.read(odd, kind)

    assert quickly.problems == closely.problems
    assert quickly.problems == {
        index: problem for index, call in enumerate(calls) if (problem := spec.problem_of(call)) is not None
    }
    assert quickly.envelope == closely.envelope
    queued = [read.queued("src_1", NOW) for read in (quickly, closely)]
    one, other = (
        list(spec.taken(events.encode(msgspec.structs.replace(request, id="req_" + "0" * 32))))
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

    assert (decode.write_key(body, "batch"), read.envelope["sentAt"], read.problems) == ("wk_1", "now", {})
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


@pytest.mark.parametrize("odd", [b'"\xff"', b"[" * 200 + b"]" * 200, b"NaN", rb'"\ud83d"', b"9" * 5_000])
def test_what_nobody_reads_of_a_batch_costs_its_events_nothing(odd: bytes) -> None:
    body = b'{"x":%s,"batch":[{"type":"track","event":"A","userId":"u"}]}' % odd

    read = decode.read(body, "batch")

    assert ([event.name for event in events_in(read)], read.problems) == (["A"], {})


@pytest.mark.parametrize(
    ("context", "code"),
    [
        (b'{"a":"\xff"}', "invalid_json"),
        (b'{"a":1e999}', "invalid_json"),
        (b'{"a":%s}' % (b"9" * 5_000), "invalid_json"),
        (b'{"a":%s}' % (b"[" * DEEPEST + b"]" * DEEPEST), "too_deep"),
    ],
)
def test_what_the_events_of_a_batch_share_has_to_be_readable(context: bytes, code: str) -> None:
    body = b'{"context":%s,"batch":[{"type":"track","event":"A","userId":"u"}]}' % context

    with pytest.raises(IngestError) as caught:
        decode.read(body, "batch")

    assert (caught.value.status, caught.value.code) == (400, code)


def test_a_large_event_written_with_blanks_counts_without_them() -> None:
    call = json.dumps(track(properties={"x": [1] * 13_000}), separators=(",    ", ":"))
    body = f'{{"batch":[{call}]}}'.encode()

    assert len(body) > EVENT_BYTES
    assert decode.read(body, "batch").problems == {}
