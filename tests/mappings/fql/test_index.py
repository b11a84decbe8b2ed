from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mappings import TriggerIndex, compile_trigger

TRIGGERS = [
    'type = "track" and event = "A"',
    'type = "track" and (event = "A" or event = "B")',
    'event = "B"',
    'type = "identify" or type = "track" and event = "A"',
    'type = "page"',
    'type != "track"',
    "event = 5",
    'type = "a" and type = "b"',
    "properties.x = 1",
]
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    ["track", "identify", "page", "A", "B", "5", 5, None, ["A"], {}]
)
EVENTS = st.fixed_dictionaries(
    {}, optional={"type": VALUES, "event": VALUES, "properties": st.just({"x": 1})}
)


def filled(*triggers: str) -> TriggerIndex[int]:
    index: TriggerIndex[int] = TriggerIndex()
    for key, trigger in enumerate(triggers):
        index.add(key, compile_trigger(trigger))
    return index


def test_finds_by_type_and_name_with_a_list_for_what_cannot_be_indexed() -> None:
    index = filled(*TRIGGERS)

    assert index.candidates({"type": "track", "event": "A"}) == [0, 1, 3, 5, 6, 8]
    assert index.candidates({"type": "track", "event": "B"}) == [1, 2, 3, 5, 6, 8]
    assert index.candidates({"type": "page"}) == [4, 5, 6, 8]
    assert index.candidates({}) == [5, 6, 8]


def test_keeps_the_order_in_which_triggers_were_added() -> None:
    index = filled("properties.x = 1", 'type = "track"', 'event = "A"', 'type = "track" and event = "A"')

    assert index.matching({"type": "track", "event": "A", "properties": {"x": 1}}) == [0, 1, 2, 3]


def test_adding_under_a_known_key_replaces_the_trigger() -> None:
    index = filled('type = "track"', 'type = "page"')

    index.add(0, compile_trigger('type = "page"'))

    assert index.candidates({"type": "track"}) == []
    assert index.candidates({"type": "page"}) == [1, 0]
    assert len(index) == 2


def test_what_was_removed_is_gone_and_leaves_nothing_behind() -> None:
    index = filled(*TRIGGERS)

    for key in range(len(TRIGGERS)):
        index.remove(key)
    index.remove("unknown")  # type: ignore[arg-type]  # removing what is not there is no error

    assert len(index) == 0
    assert index.candidates({"type": "track", "event": "A", "properties": {"x": 1}}) == []
    assert index._slots == {}


@pytest.mark.parametrize("event", [None, "text", [], 5])
def test_what_is_no_event_finds_nothing(event: Any) -> None:
    assert filled(*TRIGGERS).candidates(event) == []


@settings(max_examples=300, deadline=None)
@given(EVENTS, st.sets(st.integers(0, len(TRIGGERS) - 1)))
def test_matches_exactly_what_trying_every_trigger_matches(event: Any, removed: set[int]) -> None:
    index = filled(*TRIGGERS)
    for key in removed:
        index.remove(key)

    matching = index.matching(event)

    kept = [key for key in range(len(TRIGGERS)) if key not in removed]
    assert matching == [key for key in kept if compile_trigger(TRIGGERS[key]).matches(event)]
    assert set(matching) <= set(index.candidates(event))
