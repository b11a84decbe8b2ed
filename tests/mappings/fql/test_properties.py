"""Triggers made up by hypothesis: compiled ones against an obvious interpreter of their tree, and any text at all."""

import fnmatch
import operator as operators
from typing import Any

from hypothesis import given, settings, strategies as st

from mappings import TriggerError, compile_trigger
from mappings.fql.parser import All, Comparison, Condition, Either, Not, Search, parse
from mappings.text import number_text

FIELDS = st.sampled_from(
    ["type", "event", "name", "userId", "properties.a", "properties.a.b", "traits.l.0", "context"]
)
VALUES = st.sampled_from(['"track"', "track", "'A'", "5", "-2.5", "true", "false", "null", '""', '"5"'])
NUMBERS = st.sampled_from(["5", "-2.5", '"5"', '"x"'])
PATTERNS = st.sampled_from(["A", "A*", "*A", "*", "t*k", "*r*c*", ""])
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, FIELDS, st.sampled_from(["=", "!="]), VALUES),
    st.builds("{} {} {}".format, FIELDS, st.sampled_from(["<", "<=", ">", ">="]), NUMBERS),
    st.builds(
        '{}({}, "{}")'.format,
        st.sampled_from(["contains", "!contains"]),
        FIELDS,
        st.sampled_from(["A", "", "r"]),
    ),
    st.builds('{}({}, "{}")'.format, st.sampled_from(["match", "!match"]), FIELDS, PATTERNS),
)
TRIGGERS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("({})".format, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)
DATA = st.sampled_from(
    ["track", "A", "", "5", 5, 5.0, -2.5, 7, True, False, None, [], ["A", 5], {}, {"b": 5}, {"b": "A"}]
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": DATA,
        "event": DATA,
        "name": DATA,
        "userId": DATA,
        "properties": DATA | st.fixed_dictionaries({"a": DATA}),
        "traits": DATA | st.fixed_dictionaries({"l": DATA}),
        "context": DATA,
    },
)
SYMBOLS = st.sampled_from(
    ["type", "event", "properties.", "a", ".", "=", "!=", "!", "<", ">", "(", ")", ",", '"', "'", "\\", " ", "\n", "5", "-",
     "and", "or", "not", "contains", "match", "null", "[", "]", "*", "\N{SNOWMAN}", "\x00"]
)  # fmt: skip


ORDERS = {"<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge}


def look(event: Any, keys: tuple[str, ...]) -> Any:
    value = event
    for key in keys:
        if isinstance(value, list) and key == "0":
            value = value[0] if value else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
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
            return found(condition, look(event, condition.field))
        case Comparison():
            return compared(condition, look(event, condition.field))


def found(search: Search, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if search.function == "match":
        return fnmatch.fnmatchcase(value, search.text) is not search.negated
    return (search.text in value) is not search.negated


def compared(comparison: Comparison, value: Any) -> bool:
    root, operator, wanted = comparison.field[0], comparison.operator, comparison.value
    plain = root in {"type", "event", "name", "userId"}
    if operator == "=":
        return equals(value, wanted, plain=plain, root=root)
    if operator == "!=":
        comparable = plain or not is_number(wanted) or is_number(value)
        return comparable and not equals(value, wanted, plain=plain, root=root)
    return wanted != "x" and is_number(value) and ORDERS[operator](value, float(str(wanted)))


@settings(max_examples=500, deadline=None)
@given(TRIGGERS, EVENTS)
def test_a_compiled_trigger_matches_what_the_interpreter_matches(text: str, event: Any) -> None:
    trigger = compile_trigger(text)

    matches = trigger.matches(event)

    assert matches is interpret(parse(text), event)
    assert not matches or trigger.types is None or event.get("type") in trigger.types
    assert not matches or trigger.names is None or event.get("event") in trigger.names


@settings(max_examples=500, deadline=None)
@given(st.lists(SYMBOLS, max_size=14).map("".join) | st.text(max_size=30), EVENTS)
def test_any_text_is_a_trigger_or_refused_with_a_place_in_it(text: str, event: Any) -> None:
    try:
        trigger = compile_trigger(text)
    except TriggerError as error:
        lines = text.split("\n")
        place = (error.line - 1, error.column - 1)
        in_the_text = place[0] < len(lines) and place[1] <= len(lines[place[0]])
    else:
        in_the_text = trigger.matches(event) in {True, False}

    assert in_the_text
