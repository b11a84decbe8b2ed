"""Triggers made up by hypothesis: compiled ones against an obvious interpreter of their tree, and any text at all."""

import fnmatch
import operator as operators
from typing import Any

from hypothesis import given, settings, strategies as st

from mappings import Trigger, TriggerError, compile_trigger
from mappings.fql.parser import parse
from mappings.fql.tree import All, Comparison, Condition, Either, Not, Operand, Search
from mappings.text import number_text
from tests.mappings.fql.grammar import ANY_TEXT, EVENTS, NO_EVENTS, TRIGGERS

ORDERS = {"<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge}
WORDS = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    list: "array",
    dict: "object",
}


def look(event: Any, operand: Operand) -> Any:
    value = event
    for key in operand.keys:
        if isinstance(value, list) and key in {"0", "1"}:
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    match operand.function and operand.function.name:
        case "length":
            return 0 if value is None else len(value) if type(value) in {str, list} else None
        case "lowercase":
            return value.lower() if type(value) is str else None
        case "typeof":
            return WORDS[type(value)]
    return value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equals(value: Any, wanted: Any, *, plain: bool, root: str) -> bool:
    if is_number(wanted):
        return (is_number(value) and value == wanted) or (plain and value == number_text(wanted))
    if isinstance(wanted, bool):
        return value is wanted or (plain and root != "userId" and value == str(wanted).lower())
    return value is None if wanted is None else type(value) is str and value == wanted


def interpret(condition: Condition, event: Any) -> bool:
    match condition:
        case All(conditions):
            return all(interpret(one, event) for one in conditions)
        case Either(conditions):
            return any(interpret(one, event) for one in conditions)
        case Not(inner):
            return not interpret(inner, event)
        case Search():
            return found(condition, look(event, condition.operand))
        case Comparison():
            return compared(condition, look(event, condition.operand))


def found(search: Search, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if search.function == "match":
        return fnmatch.fnmatchcase(value, search.text) is not search.negated
    return (search.text in value) is not search.negated


def compared(comparison: Comparison, value: Any) -> bool:
    operand, operator = comparison.operand, comparison.operator
    wanted: Any = comparison.value
    plain = operand.function is None and operand.keys[0] in {"type", "event", "name", "userId"}
    if operator == "=":
        return equals(value, wanted, plain=plain, root=operand.keys[0])
    if operator == "!=":
        comparable = plain or not is_number(wanted) or is_number(value)
        return comparable and not equals(value, wanted, plain=plain, root=operand.keys[0])
    return is_number(wanted) and is_number(value) and ORDERS[operator](value, wanted)


def place_in(text: str, line: int, column: int) -> int:
    """Where in a text a line and column are; fails when they are not in it."""
    lines = text.split("\n")
    assert 1 <= line <= len(lines)
    assert 1 <= column <= len(lines[line - 1]) + 1
    return sum(len(one) + 1 for one in lines[: line - 1]) + column - 1


@settings(max_examples=1000)
@given(TRIGGERS, EVENTS)
def test_a_compiled_trigger_matches_what_the_interpreter_matches(text: str, event: Any) -> None:
    matches = compile_trigger(text).matches(event)

    assert matches is interpret(parse(text), event)


@settings(max_examples=500)
@given(TRIGGERS, EVENTS)
def test_an_event_that_matches_has_a_type_and_a_name_that_the_trigger_can_match(
    text: str, event: Any
) -> None:
    trigger = compile_trigger(text)

    matches = trigger.matches(event)

    assert not matches or trigger.types is None or event.get("type") in trigger.types
    assert not matches or trigger.names is None or event.get("event") in trigger.names


@settings(max_examples=1000)
@given(TRIGGERS, EVENTS)
def test_terms_fail_exactly_where_the_trigger_does_not_match(text: str, event: Any) -> None:
    trigger = compile_trigger(text)

    failed = trigger.failed(event)

    assert (failed == ()) is trigger.matches(event)
    for failure in failed:
        at = place_in(text, failure.line, failure.column)
        assert text[at : at + len(failure.term)] == failure.term
        assert str(failure).isprintable()


@settings(max_examples=1000)
@given(TRIGGERS, EVENTS)
def test_an_event_is_no_distance_away_exactly_where_the_trigger_matches(text: str, event: Any) -> None:
    trigger = compile_trigger(text)

    assert (trigger.distance(event) == 0) is trigger.matches(event)


@settings(max_examples=300)
@given(TRIGGERS, NO_EVENTS)
def test_what_is_no_event_never_matches_and_that_is_what_fails(text: str, event: Any) -> None:
    trigger = compile_trigger(text)

    assert trigger.matches(event) is False
    assert [(failure.term, failure.line, failure.column) for failure in trigger.failed(event)] == [
        (text, 1, 1)
    ]


@settings(max_examples=300)
@given(TRIGGERS, st.lists(EVENTS, min_size=2, max_size=5))
def test_what_a_trigger_matches_does_not_depend_on_what_came_before(text: str, events: list[Any]) -> None:
    trigger = compile_trigger(text)

    matches = [trigger.matches(event) for event in events]

    assert matches == [compile_trigger(text).matches(event) for event in events]


@settings(max_examples=1000)
@given(ANY_TEXT, EVENTS)
def test_any_text_is_a_trigger_or_refused_with_a_place_in_it(text: str, event: Any) -> None:
    found: Trigger | TriggerError
    try:
        found = compile_trigger(text)
    except TriggerError as error:
        found = error

    if isinstance(found, TriggerError):
        place_in(text, found.line, found.column)
        assert str(found).isprintable()
    else:
        assert found.matches(event) in {True, False}
