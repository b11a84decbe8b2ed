"""A request in parts, by whom its events are about."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from hypothesis import given, strategies as st

from gateway import events, spec
from gateway.events import QueuedRequest
from gateway.ingest.split import LANES, by_person
from tests.factories import NOW

IDS = [f"person {number}" for number in range(12)]
ID = st.sampled_from(IDS) | st.none()


def request(*calls: Any, problems: dict[int, str] | None = None, at: datetime = NOW) -> QueuedRequest:
    raw = [msgspec.Raw(msgspec.json.encode(call)) for call in calls]
    return QueuedRequest("req_" + "0" * 32, "src_1", at, raw, problems or {})


def track(user: Any = None, device: Any = None, **more: Any) -> dict[str, Any]:
    named = {"userId": user, "anonymousId": device}
    return {
        "type": "track",
        "event": "Seen",
        **{name: one for name, one in named.items() if one is not None},
        **more,
    }


def test_two_people_of_two_lanes_are_two_parts_each_in_its_order() -> None:
    parts = by_person(request(track("a"), track("b"), track("a", event="Later")))

    assert [part.request.places for part in parts] == [[0, 2], [1]]
    assert [part.lanes.bit_count() for part in parts] == [1, 1]
    assert parts[0].lanes & parts[1].lanes == 0


def test_one_person_is_one_part_which_is_the_request_itself() -> None:
    whole = request(track("a", "device"), track("a"), track(device="device"))

    (part,) = by_person(whole)

    assert part.request is whole
    assert part.lanes.bit_count() == 2


def test_whoever_is_tied_by_others_stays_together() -> None:
    tied = {"type": "alias", "userId": "b", "previousId": "a"}

    (part,) = by_person(request(track("a"), track(device="c"), tied, track("b", "c")))

    assert part.request.places == []
    assert part.lanes == by_person(request(track("a", "b"), track("b", "c")))[0].lanes


def test_what_could_not_be_matched_side_by_side_is_one_part() -> None:
    (part,) = by_person(request(*(track(f"user {number}", f"device {number * 7}") for number in range(100))))

    assert part.request.places == []
    assert part.lanes == (1 << LANES) - 1


def test_people_of_one_id_are_as_many_parts_as_there_are_lanes() -> None:
    parts = by_person(request(*(track(f"user {number}") for number in range(200))))

    assert [part.lanes.bit_count() for part in parts] == [1] * LANES
    assert sorted(place for part in parts for place in part.request.places) == list(range(200))


def test_an_id_is_the_same_however_it_is_written() -> None:
    assert by_person(request(track(42)))[0].lanes == by_person(request(track("42")))[0].lanes
    assert len(by_person(request(track(42), track("42"), track(42.0)))) == 1


def test_nobodys_id_ties_nobody() -> None:
    parts = by_person(request(track("a", "undefined"), track("b", "undefined")))

    assert len(parts) == 2


def test_what_is_wrong_stays_with_its_event() -> None:
    parts = by_person(request(track("a"), track("b"), problems={1: "event_not_defined"}))

    assert [part.request.problems for part in parts] == [{}, {0: "event_not_defined"}]


@given(st.lists(st.tuples(ID, ID, ID), min_size=1, max_size=20))
def test_the_events_of_the_parts_are_those_of_the_request(calls: list[tuple[Any, Any, Any]]) -> None:
    whole = request(*(track(user, device, previousId=previous) for user, device, previous in calls))
    parts = by_person(whole)

    kept = [spec.taken(events.encode(part.request)) for part in parts]
    made = {one.id: one for request in kept for one in request}
    first = {one.id: one for one in spec.taken(events.encode(whole))}

    assert made == first
    assert (
        sum(part.lanes.bit_count() for part in parts)
        == reduce(or_, (part.lanes for part in parts)).bit_count()
    )
    assert all([one.id for one in request] == sorted(one.id for one in request) for request in kept)


@given(st.lists(st.tuples(ID, ID, ID), min_size=1, max_size=8), st.tuples(ID, ID, ID))
def test_a_later_request_that_names_an_id_has_a_lane_of_the_earlier_one(
    calls: list[tuple[Any, Any, Any]], after: tuple[Any, Any, Any]
) -> None:
    first = by_person(
        request(*(track(user, device, previousId=previous) for user, device, previous in calls))
    )
    (later,) = by_person(request(track(*after[:2], previousId=after[2])))

    for part in first:
        places = part.request.places or range(len(calls))
        named = {one for place in places for one in calls[place] if one is not None}
        if named & {one for one in after if one is not None}:
            assert part.lanes & later.lanes
    assert all(part.lanes < 1 << LANES for part in [*first, later])
