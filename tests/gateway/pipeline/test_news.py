"""Which identifies of an audience say anything new."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gateway.events import Event
from gateway.people import Known, Trait
from gateway.pipeline.news import with_news
from tests.factories import NOW, event, identify, later

PERSONAS = {"computation_class": "audience", "computation_key": "vip"}


def said(value: Any, **more: Any) -> Event:
    return event(identify(traits={"vip": value}, context={"personas": PERSONAS}, **more))


def known(value: Any, *, by_server: bool = True, at: datetime = NOW) -> Known:
    return Known("per_1", ("ann",), {"vip": Trait(value, at, by_server)})


def is_marked(one: Event, before: Known | None, after: Known | None, *, by_server: bool = True) -> bool:
    marked = with_news(one, before, after, by_server=by_server)
    assert marked is one or marked.payload["context"]["personas"] == {**PERSONAS, "unchanged": True}
    assert "unchanged" not in str(one.payload)
    return marked is not one


STRANGER = Known("per_1", ("ann",))
PAGE = known(True, by_server=False)
CASES: dict[str, tuple[Event, Known | None, Known | None, bool]] = {
    "somebody new": (said(True), None, known(True), False),
    "somebody of whom it was not known": (said(True), STRANGER, known(True), False),
    "the same again": (said(True), known(True), known(True), True),
    "another": (said(True), known(False), known(True), False),
    "the same no again": (said(False), known(False), known(False), True),
    "a no of somebody new": (said(False), STRANGER, known(False), False),
    "a number that is as large as true": (said(1), known(True), known(1), False),
    "the same number, written otherwise": (said(1.0), known(1), known(1.0), True),
    "the same list": (said(["a"]), known(["a"]), known(["a"]), True),
    "one that is late": (said(True), known(False), known(False, at=later(60)), True),
    "what only a page said": (said(True), PAGE, known(True), False),
    "what does not fit what is kept of a person": (said(True), STRANGER, STRANGER, False),
}


@pytest.mark.parametrize("name", CASES)
def test_an_identify_that_changes_nothing_is_marked(name: str) -> None:
    one, before, after, marked = CASES[name]

    assert is_marked(one, before, after) is marked


def test_a_page_that_repeats_itself_is_marked_too() -> None:
    assert is_marked(said(True), PAGE, PAGE, by_server=False)


@pytest.mark.parametrize(
    "one",
    [
        event(identify(traits={"vip": True})),
        event(identify(traits={"other": True}, context={"personas": PERSONAS})),
        event(identify(traits={"vip": True}, context={"personas": [PERSONAS]})),
        event(identify(traits={"vip": True}, context={"personas": {"computation_key": ["vip"]}})),
        event({**identify(context={"personas": PERSONAS}), "type": "group", "groupId": "g"}),
        event(
            {"type": "track", "event": "Audience Entered", "userId": "ann", "context": {"personas": PERSONAS}}
        ),
    ],
)
def test_what_is_no_identify_of_a_computation_is_left_as_it_is(one: Event) -> None:
    assert with_news(one, known(True), known(True), by_server=True) is one


@given(st.booleans() | st.integers(0, 2) | st.sampled_from(["true", "", None]))
def test_a_mark_that_came_with_it_counts_for_nothing(came: Any) -> None:
    personas = {**PERSONAS, "unchanged": came}
    one = event(identify(traits={"vip": True}, context={"personas": personas}))

    new = with_news(one, STRANGER, known(True), by_server=True)
    old = with_news(one, known(True), known(True), by_server=True)

    assert new.payload["context"]["personas"] == PERSONAS
    assert old.payload["context"]["personas"] == {**PERSONAS, "unchanged": True}
