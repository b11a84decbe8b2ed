"""What a forwarder sends on, to /v1/events: one event or many, with the same key, limits and answers as everywhere."""

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway import events, ids, spec
from gateway.ingest import decode
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BATCH_BYTES, EVENT_BYTES
from gateway.ingest.split import by_person
from tests.factories import NOW, WRITE_KEY, identify, source, track
from tests.gateway.ingest.test_endpoints import OK, basic, refusal

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

KEY = "hwk_" + "k" * 32
"""A write key as the API makes them: a path is told by it."""

GROUP = {"type": "group", "userId": "ann", "groupId": "g"}
ALIAS = {"type": "alias", "userId": "ann", "previousId": "p"}
AS_SEGMENT_SENDS_IT = {
    "anonymousId": "d6f1",
    "channel": "server",
    "context": {"library": {"name": "unknown", "version": "unknown"}},
    "event": "Order Placed",
    "integrations": {"All": False, "Webhooks": True},
    "messageId": "m-7",
    "originalTimestamp": "2026-11-21T11:00:00.000Z",
    "projectId": "p1",
    "properties": {},
    "receivedAt": "2026-11-21T11:00:05.000Z",
    "sentAt": "2026-11-21T11:00:03.000Z",
    "timestamp": "2026-11-21T11:00:02.000Z",
    "type": "track",
    "userId": "ann",
    "version": 2,
    "writeKey": "of Segment",
}


async def types(api: "Api") -> list[list[str]]:
    return [[event.type for event in request.events] for request in await api.taken()]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/", "//v1/events", "//v1//events//"])
async def test_one_event_of_any_type_is_taken_with_any_slashes(api: "Api", path: str) -> None:
    calls = [track(), identify(), GROUP, ALIAS, {"type": "page", "userId": "ann"}, AS_SEGMENT_SENDS_IT]

    answers = [await api.post(path, call) for call in calls]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, OK)] * len(calls)
    assert await types(api) == [["track"], ["identify"], ["group"], ["alias"], ["page"], ["track"]]


@pytest.mark.parametrize(
    "body", [[track(), identify(), ALIAS], {"batch": [track(), identify(), ALIAS], "sentAt": "now"}]
)
@pytest.mark.parametrize("packed", [False, True])
async def test_many_are_taken_in_their_order_as_a_list_or_a_batch(
    api: "Api", body: object, packed: bool
) -> None:
    content = msgspec.json.encode(body)

    answer = await api.post("/v1/events", gzip.compress(content) if packed else content)

    assert (answer.status_code, answer.content) == (200, OK)
    assert await types(api) == [["track", "identify", "alias"]]


async def test_the_key_may_be_in_the_body_of_what_is_no_list(api: "Api") -> None:
    one = await api.post("/v1/events", track(writeKey=WRITE_KEY), authorization=None)
    many = await api.post("/v1/events", {"batch": [track()], "writeKey": WRITE_KEY}, authorization=None)
    listed = await api.post("/v1/events", [track(writeKey=WRITE_KEY)], authorization=None)

    assert (one.content, many.content) == (OK, OK)
    message = "No write key was sent. Nothing was kept: use it as the user of Basic authentication, or as `writeKey`."
    assert (listed.status_code, listed.json()) == (401, refusal("no_write_key", message))
    assert [request.source_id for request in await api.taken()] == ["src_server"] * 2
    assert all(WRITE_KEY not in str(row) for row in api.world.on_disk("SELECT payload FROM jobs"))


async def test_one_bad_event_alone_is_a_400_and_among_others_is_named(api: "Api") -> None:
    bad = {"type": "delete", "userId": "ann"}

    alone = await api.post("/v1/events", bad)
    among = await api.post("/v1/events", [track(), bad])
    strict = await api.post("/v1/events", [track(), bad], x_strict_mode="1")

    reason = spec.REASONS["bad_request"]
    kept = f"{reason} The event was kept as INVALID and leads to nothing."
    assert (alone.status_code, alone.json()) == (400, refusal("bad_request", kept))
    assert (among.status_code, among.json()["success"]) == (200, True)
    assert [(one["index"], one["code"], one["message"]) for one in among.json()["rejected"]] == [
        (1, "bad_request", reason)
    ]
    assert (strict.status_code, strict.json()["code"]) == (400, "events_rejected")
    assert [[event.problem for event in request.events] for request in await api.taken()] == [
        ["bad_request"],
        [None, "bad_request"],
        [None, "bad_request"],
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"[", 400, "invalid_json"),
        (b'"track"', 400, "invalid_json"),
        (b"[]", 400, "empty_batch"),
        (b'{"batch":[]}', 400, "empty_batch"),
        (b"{}", 400, "bad_request"),
        (b'{"batch":{}}', 400, "bad_request"),
        (b"[" + b'{"type":"page","userId":"u"},' * 2_500 + b"{}]", 400, "batch_too_long"),
        (b'{"type":"track","userId":"u","event":"' + b"x" * EVENT_BYTES + b'"}', 400, "message_rejected"),
        (b"[" * 10_000 + b"]" * 10_000, 400, "invalid_json"),
        (b" " * (BATCH_BYTES + 1), 400, "request_too_large"),
    ],
)
async def test_its_limits_and_refusals_are_those_of_the_others(
    api: "Api", body: bytes, status: int, code: str
) -> None:
    answer = await api.post("/v1/events", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert all(event.problem for request in await api.taken() for event in request.events)


@pytest.mark.parametrize("kind", [7, None, "batch", "import", "events", "", ["track"]])
async def test_a_type_that_is_none_is_bad_whatever_paths_there_are(api: "Api", kind: Any) -> None:
    answer = await api.post("/v1/events", {"userId": "u", "event": "A", "type": kind})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert await types(api) == [["unknown"]]


async def test_an_event_may_have_a_field_named_batch(api: "Api") -> None:
    answer = await api.post("/v1/events", track(batch=[{"type": "track", "userId": "eve", "event": "X"}]))

    assert answer.content == OK
    assert [event.user_id for request in await api.taken() for event in request.events] == ["ann"]


async def test_the_integrations_of_a_forwarder_lead_nowhere_and_are_kept_aside(api: "Api") -> None:
    alike = {"batch": [track()], "integrations": {"All": False}}
    for path, body in (
        ("/v1/events", AS_SEGMENT_SENDS_IT),
        ("/v1/events", alike),
        ("/v1/batch", alike),
        ("/v1/events", track()),
    ):
        await api.post(path, body)

    kept = [event.payload for request in await api.taken() for event in request.events]
    assert [(one["integrations"], one.get("forwardedIntegrations")) for one in kept] == [
        ({}, {"All": False, "Webhooks": True}),
        ({}, {"All": False}),
        ({"All": False}, None),
        ({}, None),
    ]


async def test_the_time_of_a_forwarded_event_is_the_first_collectors_however_late_it_comes(
    api: "Api",
) -> None:
    api.world.clock.advance(4 * 3600)
    late = api.world.clock.now()
    undated = {name: value for name, value in AS_SEGMENT_SENDS_IT.items() if name != "timestamp"}
    for call in (
        AS_SEGMENT_SENDS_IT,
        undated,
        track(timestamp=None),
        track(timestamp="soon"),
        track(timestamp="2027-01-01T00:00:00Z"),
    ):
        await api.post("/v1/events", call)

    at = datetime(2026, 11, 21, 11, tzinfo=UTC)
    future = datetime(2027, 1, 1, tzinfo=UTC)
    kept = [event for request in await api.taken() for event in request.events]
    assert [(event.timestamp, event.occurred_at, event.latest) for event in kept] == [
        (at + timedelta(seconds=2),) * 3,
        (at,) * 3,
        (late,) * 3,
        (late, datetime(1970, 1, 1, tzinfo=UTC), late),
        (future, late, late),
    ]
    assert [event.payload["originalTimestamp"] for event in kept[:2]] == ["2026-11-21T11:00:00.000Z"] * 2
    assert [doubt.code for doubt in kept[3].doubts] == ["timestamp_not_read"]


async def test_only_the_answer_of_a_browser_source_is_for_a_page_here_too(api: "Api") -> None:
    page = await api.post(
        "/v1/events", track(), authorization=basic("wk_of_the_page"), origin="https://a.example"
    )
    server = await api.post("/v1/events", track(), origin="https://a.example")
    preflight = await api.client.options("http://heliograph/v1/events/src_server")

    assert page.headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in server.headers
    assert (preflight.status_code, preflight.headers["allow"]) == (204, "POST, OPTIONS")
    assert "signature" not in preflight.headers["access-control-allow-headers"]


async def test_the_other_methods_are_refused_and_nothing_lies_below(api: "Api") -> None:
    answers = [
        await api.client.request(method, f"http://heliograph/v1/events{below}")
        for method, below in (("GET", ""), ("PUT", "/src_server"), ("POST", "/src_server/more"))
    ]

    assert [answer.status_code for answer in answers] == [405, 405, 404]


async def test_parts_of_what_was_forwarded_are_forwarded_too() -> None:
    calls = [track(userId=f"u{number}", integrations={"All": False}) for number in range(20)]
    request = decode.read(msgspec.json.encode(calls), "events").queued("src_1", NOW)

    parts = [events.decode(events.encode(part.request)) for part in by_person(request)]

    assert len(parts) > 1
    found = [spec.event_at(part, at) for part in parts for at in range(len(part.calls))]
    assert sorted(event.user_id or "" for event in found) == sorted(call["userId"] for call in calls)
    assert all(event.payload["integrations"] == {} for event in found)


# -- a key in the path ------------------------------------------------------------------------------------------------


async def test_a_key_in_the_path_opens_only_a_source_that_allows_it(
    api: "Api", capsys: Any, caplog: Any
) -> None:
    await api.world.configure(
        source(id="src_path", name="path", write_key_hash=ids.digest(KEY), path_key_allowed=True),
        source(id="src_header", name="header", write_key_hash=ids.digest(f"{KEY}2")),
    )

    allowed = await api.post(f"/v1/events/{KEY}", track(), authorization=None)
    slashes = await api.post(f"//v1/events//{KEY}/", [track()], authorization=basic("wk_nobodys"))
    refused = await api.post(f"/v1/events/{KEY}2", track(), authorization=basic(WRITE_KEY))
    unknown = await api.post(f"/v1/events/{KEY}3", track())
    elsewhere = await api.post(f"/v1/batch/{KEY}", {"batch": [track()]}, authorization=None)

    assert (allowed.content, slashes.content) == (OK, OK)
    assert [(answer.status_code, answer.json()["code"]) for answer in (refused, unknown, elsewhere)] == [
        (403, "path_key_not_allowed"),
        (401, "unknown_write_key"),
        (404, "not_found"),
    ]
    assert [request.source_id for request in await api.taken()] == ["src_path"] * 2
    written = "".join(answer.text for answer in (refused, unknown, elsewhere)) + caplog.text
    written += "".join(capsys.readouterr()) + str(api.world.on_disk("SELECT * FROM jobs"))
    assert KEY not in written


async def test_a_bug_under_a_key_in_the_path_does_not_log_it(
    api: "Api", monkeypatch: pytest.MonkeyPatch, capsys: Any, caplog: Any
) -> None:
    await api.world.configure(
        source(id="src_path", name="path", write_key_hash=ids.digest(KEY), path_key_allowed=True)
    )

    async def write(_change: Any, **_how: Any) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(api.world.store, "write", write)
    answer = await api.post(f"/v1/events/{KEY}", track(), authorization=None)

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert KEY not in answer.text + caplog.text + "".join(capsys.readouterr())


# -- any body ---------------------------------------------------------------------------------------------------------

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "batch", "userId", "event", "messageId", "integrations", "timestamp", "writeKey"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def read_or_refused(body: bytes) -> decode.Body | IngestError:
    try:
        return decode.read(body, "events")
    except IngestError as error:
        return error


@given(_VALUES)
def test_whatever_comes_is_read_as_at_the_other_paths_or_refused_by_name(value: Any) -> None:
    body = json.dumps(value).encode()
    read = read_or_refused(body)
    if isinstance(read, IngestError):
        assert (read.status, read.code in {"invalid_json", "bad_request", "empty_batch"}) == (400, True)
        return
    request = read.queued("src_1", NOW)
    found = [
        spec.event_at(msgspec.json.decode(msgspec.json.encode(request), type=type(request)), at)
        for at in range(len(request.calls))
    ]

    calls = value if isinstance(value, list) else [value] if read.single else value["batch"]
    alone = [spec.problem_of(call) for call in calls]
    assert [event.problem for event in found] == alone
    assert all("writeKey" not in event.payload for event in found)
    assert all(not event.payload["integrations"] for event in found)


@given(st.binary(max_size=60))
def test_bytes_that_are_anything_are_taken_or_refused_by_name(body: bytes) -> None:
    read = read_or_refused(body)

    assert isinstance(read, decode.Body) or read.status == 400
    try:
        decode.write_key(body, "events")
    except IngestError:
        assert isinstance(read, IngestError)


async def test_many_at_once_are_each_kept_once(api: "Api") -> None:
    bodies = [[track(messageId=f"m-{at}-{n}") for n in range(3)] for at in range(20)]

    answers = await asyncio.gather(*(api.post("/v1/events", body) for body in bodies))

    assert {answer.content for answer in answers} == {OK}
    kept = [event.message_id for request in await api.taken() for event in request.events]
    assert sorted(kept) == sorted(call["messageId"] for body in bodies for call in body)
