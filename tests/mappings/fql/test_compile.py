from collections import OrderedDict
from typing import Any

import pytest

from mappings import compile_trigger

MISSING: Any = object()


def holds(condition: str, value: Any) -> bool:
    return compile_trigger(condition).matches({} if value is MISSING else {"properties": {"x": value}})


@pytest.mark.parametrize(
    ("condition", "for_these", "not_for_these"),
    [
        ('properties.x = "5"', ["5"], [5, None, MISSING, ["5"], True]),
        ('properties.x != "5"', [5, None, MISSING, ["5"], True, "6"], ["5"]),
        ("properties.x = 5", [5, 5.0], ["5", 6, True, None, MISSING, [5]]),
        ("properties.x != 5", [6, 5.5], [5, 5.0, "6", None, MISSING, [6]]),
        ("properties.x = 1", [1, 1.0], [True, "1"]),
        ("properties.x = 9007199254740993", [9007199254740993], [9007199254740992]),
        ("properties.x = true", [True], [1, "true", False, MISSING]),
        ("properties.x != true", [1, "true", False, None, MISSING], [True]),
        ("properties.x = false", [False], [0, "false", None, MISSING]),
        ("properties.x = null", [None, MISSING], [0, "", False, [], {}, "null"]),
        ("properties.x != null", [0, "", False, [], {}], [None, MISSING]),
        ("properties.x < 5", [4, -1.5], [5, "4", True, None, MISSING]),
        ("properties.x <= 5", [5, 4], [6, "4"]),
        ("properties.x > 5", [6, 1e21], [5, "6"]),
        ('properties.x >= "5"', [5, 6], [4, "6"]),
        ('properties.x > "many"', [], [6, "n", None]),
        ('contains(properties.x, "b")', ["abc", "b"], ["B", ["b"], None, MISSING]),
        ('!contains(properties.x, "b")', ["ac", ""], ["abc", ["a"], None, MISSING, 5]),
        ('contains(properties.x, "")', ["", "a"], [5, MISSING]),
        ('match(properties.x, "ab")', ["ab"], ["abc", "xab", MISSING]),
        ('match(properties.x, "ab*")', ["ab", "abc"], ["xab", 5]),
        ('match(properties.x, "*ab")', ["ab", "xab"], ["abx"]),
        ('match(properties.x, "*ab*")', ["ab", "xabx"], ["axb"]),
        ('match(properties.x, "a*b")', ["ab", "axxb"], ["a", "b", "abx"]),
        ('match(properties.x, "aa*aa")', ["aaaa", "aaxaa"], ["aaa", "aa"]),
        ('match(properties.x, "a*b*c*d")', ["abcd", "a.b.c.d", "abbccd"], ["acbd", "abd"]),
        ('match(properties.x, "*a*a*")', ["aa", "xaxax"], ["a", "xax"]),
        ('match(properties.x, "*")', ["", "x"], [5, MISSING]),
        ('match(properties.x, "**")', ["", "x"], [5, MISSING]),
        ('!match(properties.x, "a*")', ["b"], ["a", 5, MISSING]),
        ("properties.x.0.k = 1", [[{"k": 1}], {"0": {"k": 1}}], [[{"k": 2}], [], "text", MISSING]),
        ("properties.x[0].k = 1", [[{"k": 1}], {"0": {"k": 1}}], [[{"k": 2}], [], "text", MISSING]),
        ("properties.x[1] = b", [["a", "b"], ["a", "b", "c"]], [["b"], "ab", {"b": 1}, MISSING]),
        ("properties.x[1][0] = b", [["a", ["b"]]], [["a", "b"], [["b"]], MISSING]),
        ("properties.x = 0", [0, 0.0, -0.0], [False, "0", "", None]),
        ("properties.x = 1e2", [100, 100.0], ["100", "1e2"]),
        ("properties.x = NaN", ["NaN"], [float("nan"), MISSING]),
        ("properties.x != 5", [6, float("nan")], [5, True, "5"]),
        ("properties.x < 5", [4], [float("nan")]),
        ("not properties.x = 5", [6, "5", MISSING], [5]),
        ("not (properties.x > 1 and properties.x < 5)", [1, 5, MISSING], [3]),
    ],
)
def test_a_condition_holds_for_some_values_and_not_for_others(
    condition: str, for_these: list[Any], not_for_these: list[Any]
) -> None:
    assert [value for value in for_these if not holds(condition, value)] == []
    assert [value for value in not_for_these if holds(condition, value)] == []


@pytest.mark.parametrize(
    ("condition", "field", "for_these", "not_for_these"),
    [
        ("event = 5", "event", ["5", 5, 5.0], ["5.0", True, None]),
        ("userId != 5", "userId", ["6", None, True], ["5", 5]),
        ("name = 1", "name", ["1", 1, 1.0], [True, "1.0", None]),
        ("name != 0", "name", ["", False, None, 1], ["0", 0]),
        ("name = 2.50", "name", ["2.5", 2.5], ["2.50"]),
        ("name = true", "name", ["true", True], [1, "yes", None]),
        ("event != true", "event", [1, "yes", None], ["true", True]),
        ("userId = true", "userId", [True], ["true"]),
        ("event = null", "event", [None], ["null", ""]),
        ("type > 5", "type", [6], ["6"]),
        ('contains(type, "ra")', "type", ["track"], ["page"]),
    ],
)
def test_fields_that_are_texts_by_nature_take_numbers_and_words_as_well(
    condition: str, field: str, for_these: list[Any], not_for_these: list[Any]
) -> None:
    matches = compile_trigger(condition).matches

    assert [value for value in for_these if not matches({field: value})] == []
    assert [value for value in not_for_these if matches({field: value})] == []


@pytest.mark.parametrize("event", [None, "text", 5, [], ["type"], True, object()])
@pytest.mark.parametrize(
    "trigger",
    [
        'type != "track"',
        'not properties.x > "many"',
        "context.a.b.c.d.e.f.g.h.i.j = null",
        'typeof(name) = "null"',
        "not (not traits = null)",
    ],
)
def test_what_is_no_event_matches_nothing(trigger: str, event: Any) -> None:
    assert compile_trigger(trigger).matches(event) is False


@pytest.mark.parametrize(
    ("trigger", "event", "matches"),
    [
        ('type = "identify" or event = "A"', {"type": "identify"}, True),
        ('event = "A" or type = "identify"', {"type": "identify"}, True),
        ('event != "A" and type = "identify"', {"type": "identify"}, True),
        ('event = "A" or type = "identify"', {"event": "B"}, False),
        ("event = null and type = null", {}, True),
        ("event = null and type = null", {"type": None, "event": ["A"]}, False),
    ],
)
def test_a_type_or_name_may_be_missing(trigger: str, event: Any, *, matches: bool) -> None:
    compiled = compile_trigger(trigger)

    assert [compiled.matches(event), compiled.matches(event)] == [matches, matches]


def test_an_event_of_a_kind_of_dict_matches_as_well() -> None:
    event = OrderedDict(type="track", properties=OrderedDict(a=OrderedDict(b=[1])))

    assert compile_trigger("type = track and properties.a.b.0 = 1").matches(event) is True


def test_a_path_of_many_names_and_a_trigger_of_many_conditions_work() -> None:
    event: dict[str, Any] = {"x": 1}
    for _ in range(300):
        event = {"a": event}
    deep = f"properties.{'a.' * 300}x = 1"
    wide = " or ".join(f"properties.p{number} = {number}" for number in range(400))

    assert compile_trigger(deep).matches({"properties": event}) is True
    assert compile_trigger(wide).matches({"properties": {"p399": 399}}) is True


def test_whole_numbers_keep_all_their_digits_and_events_may_hold_greater_ones() -> None:
    trigger = compile_trigger(f"properties.x > {'9' * 300}")

    assert trigger.matches({"properties": {"x": 10**300}}) is True
    assert trigger.matches({"properties": {"x": 10**300 - 1}}) is False
    assert trigger.matches({"properties": {"x": 10**5000}}) is True


def test_a_pattern_of_many_stars_takes_one_pass() -> None:
    trigger = compile_trigger(f'match(name, "{"a*" * 2000}b")')

    assert trigger.matches({"name": "a" * 50_000}) is False


def test_a_trigger_keeps_its_text_and_shows_no_function() -> None:
    trigger = compile_trigger("type = track")

    assert trigger.text == "type = track"
    assert repr(trigger) == "Trigger(text='type = track', types=frozenset({'track'}), names=None)"
