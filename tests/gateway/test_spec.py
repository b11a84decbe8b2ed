"""From a client's JSON to an Event."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from gateway import events, spec
from gateway.events import Doubt, QueuedRequest
from tests.factories import NOW, event, track

TEN = {"originalTimestamp": "2026-11-21T10:00:00.000Z", "receivedAt": "2026-11-21T12:00:00.000Z"}


def test_an_event_is_its_payload_with_the_times_and_shared_objects_filled_in() -> None:
    made = event(track(properties={"total": 12.5}))

    assert made.payload == {
        "type": "track",
        "event": "Order Placed",
        "userId": "ann",
        "messageId": "m-1",
        "properties": {"total": 12.5},
        "context": {},
        "integrations": {},
        "timestamp": "2026-11-21T12:00:00.000Z",
        "originalTimestamp": "2026-11-21T12:00:00.000Z",
        "receivedAt": "2026-11-21T12:00:00.000Z",
    }
    assert (made.type, made.name, made.message_id, made.user_id) == ("track", "Order Placed", "m-1", "ann")
    assert (made.timestamp, made.received_at, made.problem) == (NOW, NOW, None)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (None, "bad_request"),
        ([], "bad_request"),
        ("track", "bad_request"),
        (track(type=None), "bad_request"),
        (track(type="delete"), "bad_request"),
        (track(type=["track"]), "bad_request"),
        (track(context=[]), "context_not_object"),
        (track(integrations="All"), "integrations_not_object"),
        (track(userId=None), "no_user_anon_id"),
        (track(userId=""), "no_user_anon_id"),
        (track(userId=["ann"]), "id_not_string"),
        (track(userId=True), "no_user_anon_id"),
        (track(anonymousId={}), "id_not_string"),
        (track(messageId=[]), "id_not_string"),
        (track(messageId="m" * 101), "message_id_too_long"),
        (track(userId="u" * 513), "id_too_long"),
        (track(anonymousId="a" * 513), "id_too_long"),
        (track(type="group", event=None, groupId="g" * 513), "id_too_long"),
        (track(type="alias", event=None, previousId="p" * 513), "id_too_long"),
        (track(event=None), "event_not_defined"),
        (track(event=""), "event_not_defined"),
        (track(event=7), "event_not_string"),
        (track(properties=[]), "properties_not_object"),
        (track(traits="none"), "traits_not_object"),
        (track(type="page", event=None, name=1), "name_not_string"),
        (track(type="screen", event=None, category=1), "category_not_string"),
        (track(type="group", event=None), "id_required"),
        (track(type="group", event=None, groupId=""), "id_required"),
        (track(type="alias", event=None), "id_required"),
        (track(type="alias", event=None, userId=None, anonymousId="a", previousId="b"), "id_required"),
    ],
)
def test_a_call_that_is_none_carries_its_reason(raw: Any, problem: str) -> None:
    made = spec.event_of(raw, received_at=NOW)

    assert made.problem == problem
    assert problem in spec.REASONS


@pytest.mark.parametrize(
    "raw",
    [
        track(),
        track(userId=None, anonymousId="a-1"),
        track(messageId="m" * 100),
        track(userId="u" * 512),
        track(type="identify", event=None),
        track(type="page", event=None),
        track(type="screen", event=None, name="Home", category="App"),
        track(type="group", event=None, groupId="g-1"),
        track(type="alias", event=None, previousId="a-1"),
    ],
)
def test_every_kind_of_call_is_taken(raw: dict[str, Any]) -> None:
    assert event(raw).problem is None


def test_null_means_absent() -> None:
    given = {**track(), "anonymousId": None, "context": None, "integrations": None, "properties": None}

    made = event(given)

    assert made.problem is None
    assert made.anonymous_id is None
    assert "anonymousId" not in made.payload
    assert made.payload["context"] == {}
    assert event({**track(), "userId": None, "anonymousId": None}).problem == "no_user_anon_id"


@pytest.mark.parametrize(
    ("given", "text"),
    [(7, "7"), (7.0, "7"), (7.5, "7.5"), (2**64, "18446744073709551616"), (1e21, "1e+21")],
)
def test_a_number_as_an_id_is_written_as_an_sdk_would(given: float, text: str) -> None:
    made = event(track(userId=given))

    assert (made.user_id, made.payload["userId"], made.problem) == (text, text, None)


@pytest.mark.parametrize(
    "came", ["undefined", " NULL ", 0, -1, True, False, "00000000-0000-0000-0000-000000000000"]
)
@pytest.mark.parametrize("name", ["userId", "anonymousId", "previousId", "groupId"])
def test_an_id_of_nobody_counts_as_absent_and_is_told(name: str, came: Any) -> None:
    made = event(track(userId="ann", anonymousId="a-1") | {name: came})

    assert (made.problem, name in made.payload) == (None, False)
    assert "undefined" not in (made.user_id, made.anonymous_id)
    assert made.doubts == (
        Doubt(
            "id_of_nobody",
            f"{name} came as {json.dumps(came)}, which is nobody's id: it counts as absent. "
            "Leave it out where it is not known.",
        ),
    )


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (track(userId="null"), "no_user_anon_id"),
        (track(userId=0, anonymousId="undefined"), "no_user_anon_id"),
        (track(type="alias", event=None, previousId="None"), "id_required"),
        (track(type="alias", event=None, userId="nil", previousId="a-1", anonymousId="a-1"), "id_required"),
        (track(type="group", event=None, groupId="(not set)"), "id_required"),
    ],
)
def test_an_event_that_needs_an_id_and_has_nobodys_is_none(raw: dict[str, Any], problem: str) -> None:
    made = event(raw)

    assert made.problem == problem
    assert {doubt.code for doubt in made.doubts} == {"id_of_nobody"}


def test_an_empty_optional_id_is_absent_without_a_word() -> None:
    made = event(track(userId="", anonymousId="a-1", groupId="", previousId=""))

    assert (made.problem, made.doubts, made.user_id, made.anonymous_id) == (None, (), None, "a-1")
    assert made.payload.keys() & {"userId", "groupId", "previousId"} == set()


def test_the_path_decides_over_the_body_what_it_is() -> None:
    made = event(track(type="identify"), kind="track")

    assert (made.type, made.payload["type"], made.problem) == ("track", "track", None)


def test_the_envelope_lies_under_the_events_own_context_and_integrations() -> None:
    raw = track(context={"ip": "1", "app": {"v": 1}}, integrations={"All": True})

    made = event(
        raw,
        envelope={
            "context": {"ip": "2", "os": "x", "app": {"w": 2}},
            "integrations": {"All": False, "A": True},
        },
    )

    assert made.payload["context"] == {"ip": "1", "os": "x", "app": {"v": 1}}
    assert made.payload["integrations"] == {"All": True, "A": True}


def test_an_envelope_of_the_wrong_shape_is_passed_over() -> None:
    made = event(track(), envelope={"context": "x", "integrations": [1], "sentAt": 5})

    assert (made.payload["context"], made.payload["integrations"], made.problem) == ({}, {}, None)


@pytest.mark.parametrize(
    ("given", "envelope", "timestamp", "original"),
    [
        ({}, {}, "12:00:00", "12:00:00"),
        ({"sentAt": "2026-11-21T11:00:00Z"}, {}, "12:00:00", "11:00:00"),
        ({"timestamp": "2026-11-21T10:00:00Z"}, {}, "10:00:00", "10:00:00"),
        ({"timestamp": "2026-11-21T10:00:00Z", "sentAt": "2026-11-21T10:00:30Z"}, {}, "11:59:30", "10:00:00"),
        ({"timestamp": "2026-11-21T10:00:00Z"}, {"sentAt": "2026-11-21T10:00:30Z"}, "11:59:30", "10:00:00"),
        (
            {"timestamp": "2026-11-21T10:00:00Z", "sentAt": "2026-11-21T10:00:10Z"},
            {"sentAt": "2026-11-21T10:00:30Z"},
            "11:59:50",
            "10:00:00",
        ),
        (
            {"originalTimestamp": "2026-11-21T10:00:00Z", "sentAt": "2026-11-21T10:00:30Z"},
            {},
            "11:59:30",
            "10:00:00",
        ),
        ({"timestamp": "2026-11-21T11:00:00+01:00"}, {}, "10:00:00", "10:00:00"),
        ({"timestamp": "2026-11-21T10:00:00"}, {}, "10:00:00", "10:00:00"),
        ({"timestamp": "2026-11-21T10:00:00Z", "sentAt": "soon"}, {}, "10:00:00", "10:00:00"),
        ({"timestamp": 1795255200000}, {}, "10:00:00", "10:00:00"),
        ({"timestamp": "2026-11-21T10:00:30Z", "sentAt": "2026-11-21T10:00:00Z"}, {}, "10:00:30", "10:00:30"),
    ],
)
def test_the_clients_clock_is_corrected(
    given: dict[str, Any], envelope: dict[str, Any], timestamp: str, original: str
) -> None:
    made = event(track(**given), envelope=envelope)

    assert made.payload["timestamp"] == f"2026-11-21T{timestamp}.000Z"
    assert made.payload["originalTimestamp"] == f"2026-11-21T{original}.000Z"
    assert made.payload["receivedAt"] == "2026-11-21T12:00:00.000Z"
    assert spec.iso(made.timestamp) == made.payload["timestamp"]


@pytest.mark.parametrize("given", [None, "", "m" * 101, [1]])
def test_an_event_without_a_usable_message_id_gets_one(given: Any) -> None:
    made = event(track() | {"messageId": given})

    assert re.fullmatch(r"heliograph-[0-9a-f-]{36}", made.message_id)
    assert made.payload["messageId"] == made.message_id


def test_what_the_client_must_not_say_is_left_out() -> None:
    raw = track(
        writeKey="wk_secret", _metadata={"bundled": []}, options={}, receivedAt="2000-01-01T00:00:00Z"
    )

    made = event(raw)

    assert "wk_secret" not in repr(made)
    assert made.payload.keys() & {"writeKey", "_metadata", "options"} == set()
    assert made.received_at == NOW


def test_a_null_character_is_left_out_of_ids_and_names_and_kept_in_values() -> None:
    made = event(
        track(userId="a\x00nn", messageId="m\x00-1", event="Order\x00 Placed", properties={"note": "a\x00b"})
    )

    assert (made.user_id, made.message_id, made.name) == ("ann", "m-1", "Order Placed")
    assert made.payload["properties"] == {"note": "a\x00b"}


REQUEST = QueuedRequest(
    id="req_019aa3f2b40000112233445566778899",
    source_id="src_1",
    received_at=NOW,
    calls=[track(), track(messageId=None), track(userId=None), "no event", track(properties={"n": None})],
    problems={2: "no_user_anon_id", 3: "bad_request", 4: "number_not_finite"},
    imported=True,
    envelope={"context": {"ip": "203.0.113.7"}, "sentAt": "2026-11-21T11:59:00Z", "integrations": None},
)


def in_full(payload: bytes) -> QueuedRequest:
    """The request that the queue kept, all of its calls read."""
    kept = events.decode(payload)
    return QueuedRequest(
        **msgspec.structs.asdict(kept) | {"calls": [msgspec.json.decode(call) for call in kept.calls]}
    )


def test_the_events_of_a_request_are_made_some_at_a_time() -> None:
    request = spec.taken(events.encode(REQUEST))

    assert request.part(1, 2, 10_000)[0] == list(request)[1:3]
    assert request.part(4, 100, 10_000)[0] == list(request)[4:]
    assert [len(request.part(0, 5, size)[0]) for size in (0, 400, 500, 10_000)] == [1, 2, 3, 5]


def test_a_request_survives_the_queue_and_its_events_are_the_same_whenever_they_are_made() -> None:
    payload = events.encode(REQUEST)

    assert in_full(payload) == REQUEST
    made = spec.taken(payload)
    assert made.source_id == "src_1"
    assert list(made) == list(made) == [spec.event_at(REQUEST, index) for index in range(5)]
    assert [spec.message_id_at(REQUEST, index) for index in range(5)] == [event.message_id for event in made]
    assert [(event.id, event.message_id, event.problem) for event in made] == [
        ("evt_019aa3f2b40000112233445566770000", "m-1", None),
        ("evt_019aa3f2b40000112233445566770001", "heliograph-019aa3f2-b400-0011-2233-445566770001", None),
        ("evt_019aa3f2b40000112233445566770002", "m-1", "no_user_anon_id"),
        (
            "evt_019aa3f2b40000112233445566770003",
            "heliograph-019aa3f2-b400-0011-2233-445566770003",
            "bad_request",
        ),
        ("evt_019aa3f2b40000112233445566770004", "m-1", "number_not_finite"),
    ]


def test_a_large_request_is_packed_on_its_way_and_a_small_one_goes_as_it_is() -> None:
    large = msgspec.structs.replace(REQUEST, calls=REQUEST.calls * 20)

    payload = events.encode(large)

    assert in_full(payload) == large
    assert len(payload) < len(msgspec.json.encode(large)) / 5
    assert events.encode(REQUEST) == msgspec.json.encode(REQUEST)


def test_the_events_of_a_request_are_what_each_of_its_calls_is() -> None:
    made = spec.event_at(REQUEST, 0)

    alone = event(track(), envelope=REQUEST.envelope, imported=True)
    assert made == replace(alone, id=made.id)
    assert made.payload["context"] == {"ip": "203.0.113.7"}


def test_a_call_may_wait_as_the_json_that_came() -> None:
    raw = msgspec.structs.replace(
        REQUEST, calls=[msgspec.Raw(msgspec.json.encode(call)) for call in REQUEST.calls]
    )

    assert events.encode(raw) == events.encode(REQUEST)


def test_of_an_event_that_can_not_be_kept_whole_its_head_is() -> None:
    made = spec.event_at(REQUEST, 4)

    assert made.payload == {
        "type": "track",
        "messageId": "m-1",
        "timestamp": "2026-11-21T12:00:00.000Z",
        "receivedAt": "2026-11-21T12:00:00.000Z",
    }
    assert (made.name, made.user_id) == ("Order Placed", "ann")


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_json: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)
_KEYS = (
    "type event userId anonymousId messageId groupId previousId name category context traits properties integrations "
    "timestamp originalTimestamp sentAt receivedAt writeKey"
)
_names = st.sampled_from(_KEYS.split())
_values = _json | st.sampled_from(
    ["track", "identify", "alias", "2026-11-21T10:00:00Z", "0001-01-01T00:00:00-14:00"]
)


@given(
    raw=_json | st.dictionaries(_names, _values),
    kind=st.sampled_from([None, "track", "alias"]),
    envelope=st.dictionaries(_names, _values),
)
def test_no_json_at_all_breaks_it(raw: Any, kind: str | None, envelope: dict[str, Any]) -> None:
    made = spec.event_of(raw, received_at=NOW, kind=kind, envelope=envelope)

    assert made.problem == spec.problem_of(raw, kind)
    assert msgspec.json.decode(msgspec.json.encode(made.payload)) == made.payload
    assert made.problem is None or made.problem in spec.REASONS
    assert len(made.message_id) <= 100


def test_traits_of_an_identify_that_stand_in_its_context_alone_count_as_its_own() -> None:
    raw = {
        "type": "identify",
        "userId": "u1",
        "traits": {"plan": "gold"},
        "context": {"traits": {"plan": "free", "phone": "+12025550142"}},
    }

    assert spec.event_of(raw, received_at=NOW).payload["traits"] == {"plan": "gold", "phone": "+12025550142"}
    track = raw | {"type": "track", "event": "A"}
    assert spec.event_of(track, received_at=NOW).payload["traits"] == {"plan": "gold"}
