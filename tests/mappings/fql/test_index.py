from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mappings import Trigger, TriggerIndex, compile_trigger
from mappings.fql.index import MOST_SLOTS
from tests.mappings.fql.grammar import DATA, EVENTS, TRIGGERS

SOME = [
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
NAMES: st.SearchStrategy[Any] = st.sampled_from(["track", "A", "other"]) | DATA


def filled(*triggers: str) -> TriggerIndex[int]:
    index: TriggerIndex[int] = TriggerIndex()
    for key, trigger in enumerate(triggers):
        index.add(key, compile_trigger(trigger))
    return index


def test_finds_by_type_and_name_with_a_list_for_what_cannot_be_indexed() -> None:
    index = filled(*SOME)

    assert index.candidates({"type": "track", "event": "A"}) == [0, 1, 3, 5, 6, 8]
    assert index.candidates({"type": "track", "event": "B"}) == [1, 2, 3, 5, 6, 8]
    assert index.candidates({"type": "page"}) == [4, 5, 6, 8]
    assert index.candidates({"type": "group", "event": "B"}) == [2, 5, 6, 8]
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


def test_a_trigger_that_comes_after_a_look_is_found_by_the_next_one() -> None:
    index = filled('type = "track"')
    event = {"type": "page", "event": "New"}
    assert index.matching(event) == []

    index.add(1, compile_trigger('event = "New"'))
    index.add(2, compile_trigger('type = "page" and event = "New"'))
    index.add(3, compile_trigger("userId = null"))

    assert index.matching(event) == [1, 2, 3]
    index.remove(1)
    assert index.matching(event) == [2, 3]


def test_what_was_removed_is_gone_and_leaves_nothing_behind() -> None:
    index = filled(*SOME)
    event = {"type": "track", "event": "A", "properties": {"x": 1}}
    assert index.matching(event) == [0, 1, 3, 8]

    for key in range(len(SOME)):
        index.remove(key)
    index.remove("unknown")  # type: ignore[arg-type]  # removing what is not there is no error

    assert len(index) == 0
    assert index._slots == {}
    assert index.candidates(event) == []


@pytest.mark.parametrize("event", [None, "text", [], 5, {}.keys()])
def test_what_is_no_event_finds_nothing(event: Any) -> None:
    index = filled(*SOME)

    assert (index.candidates(event), index.matching(event)) == ([], [])


@pytest.mark.parametrize("odd", [["track"], {"track": 1}, 5, True, 1.5, None, "\ud800", "\x00"])
def test_an_odd_type_or_name_counts_as_any_other(odd: Any) -> None:
    index = filled(*SOME)

    assert index.candidates({"type": odd, "event": odd}) == [5, 6, 8]
    assert index.candidates({"type": "track", "event": odd}) == [3, 5, 6, 8]
    assert index.candidates({"type": odd, "event": "B"}) == [2, 5, 6, 8]


def test_names_that_only_events_hold_are_not_kept() -> None:
    index = filled('type = "track" and event = "A"', 'event = "B"', "properties.x = 1")

    for number in range(1000):
        index.matching({"type": "track", "event": f"Event {number}"})
        index.matching({"type": f"type {number}", "event": f"Event {number}"})

    assert index._views.keys() == {"track", None}
    assert [names.keys() for names in index._views.values()] == [{None}, {None}]


def test_triggers_for_any_event_are_kept_once_however_many_names_there_are() -> None:
    anything, named = compile_trigger("properties.x = 1"), 150
    index = filled(*(f'event = "{number}"' for number in range(named)))
    for key in range(1000):
        index.add(named + key, anything)

    for number in range(named):
        assert index.candidates({"type": "track", "event": str(number)}) == [
            number,
            *range(named, named + 1000),
        ]

    assert {len(views) for names in index._views.values() for views in names.values()} == {2}


def test_a_trigger_of_very_many_types_and_names_is_found_by_its_types() -> None:
    types = " or ".join(f"type = t{number}" for number in range(40))
    names = " or ".join(f"event = n{number}" for number in range(40))
    index = filled(f"({types}) and ({names})")

    assert MOST_SLOTS < 40 * 40
    assert index.candidates({"type": "t39", "event": "other"}) == [0]
    assert index.matching({"type": "t39", "event": "other"}) == []
    assert index.matching({"type": "t39", "event": "n39"}) == [0]
    assert index.candidates({"type": "other", "event": "n39"}) == []


class AnIndexUnderChange(RuleBasedStateMachine):
    """Triggers come and go in any order, and now and then an event asks: trying them all finds the same."""

    def __init__(self) -> None:
        super().__init__()
        self.index: TriggerIndex[int] = TriggerIndex()
        self.all: dict[int, Trigger] = {}

    @rule(key=st.integers(0, 9), text=st.sampled_from(SOME) | TRIGGERS)
    def add(self, key: int, text: str) -> None:
        trigger = compile_trigger(text)
        self.index.add(key, trigger)
        self.all.pop(key, None)
        self.all[key] = trigger

    @rule(key=st.integers(0, 9))
    def remove(self, key: int) -> None:
        self.index.remove(key)
        self.all.pop(key, None)

    @rule(event=EVENTS)
    def look(self, event: Any) -> None:
        matching = [key for key, trigger in self.all.items() if trigger.matches(event)]

        assert self.index.matching(event) == matching
        assert [key for key in self.all if key in self.index.candidates(event)] == self.index.candidates(
            event
        )
        assert set(matching) <= set(self.index.candidates(event))

    @rule(kind=NAMES, name=NAMES)
    def look_by_name(self, kind: Any, name: Any) -> None:
        self.look({"type": kind, "event": name})

    @invariant()
    def keeps_what_triggers_name_and_nothing_else(self) -> None:
        assert len(self.index) == len(self.all)
        assert self.index._views.keys() <= self.index._slots.keys() | {None}
        for kind, names in self.index._views.items():
            slots = (self.index._slots.get(one, {}) for one in (kind, None))
            assert names.keys() <= {None}.union(*slots)


TestAnIndexUnderChange = AnIndexUnderChange.TestCase
TestAnIndexUnderChange.settings = settings(max_examples=150, stateful_step_count=30)
