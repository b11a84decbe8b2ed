from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mappings import compile_trigger, idle_branches, impossible, may_both_match
from tests.mappings.fql.grammar import EVENTS, TRIGGERS

NEVER = [
    ('type = "trak"', 1),
    ("type = Track", 1),
    ('type = "identify " or type = "indentify"', 1),
    ("type = null", 1),
    ("type > 5", 1),
    ('match(type, "order*")', 1),
    ('not (type = "track" or type != "track")', 24),
    ('type = "track" and type = "identify"', 20),
    ('type = "page" and properties.x = 1 and type = "screen"', 40),
    ('event = "A" and event = "B"', 17),
    ('event = "A" and (event = "B" or event = "C")', 18),
    ('event = "X" and type = "identify"', 17),
    ('type = "page" and contains(event, "Order")', 19),
    ('type = "track" and event = null', 20),
    ('event = "A" and match(event, "B*")', 17),
    ('match(event, "A*") and match(event, "B*")', 24),
    ('contains(event, "Order") and !contains(event, "rde")', 30),
    ("event > 5", 1),
    ('properties.total > "abc"', 1),
    ('properties.total <= ""', 1),
    ('traits.age >= "18+"', 1),
    ('properties.date > "2024-01-01"', 1),
    ("properties.a > 5 and properties.a < 3", 22),
    ("properties.a > 5 and properties.a <= 5", 22),
    ("properties.a = 5 and properties.a != 5", 22),
    ("properties.a = 5 and properties.a = '5'", 22),
    ("properties.a = true and properties.a = false", 25),
    ("properties.a = null and properties.a > 1", 25),
    ("properties.a > 1 and (properties.a = 'x' or properties.a < 0)", 23),
    ("properties = 'abc'", 1),
    ("length(traits) > 1", 1),
    ("length(properties.l) < 0", 1),
    ("length(properties.l) = 1.5", 1),
    ("length(properties.l) > 2 and length(properties.l) < 3", 30),
    ("length(properties.x) = 3 and contains(properties.x, 'abcd')", 30),
    ("typeof(properties.x) = string and properties.x > 5", 35),
    ("typeof(properties.x) = list and typeof(properties.x) = object", 33),
    ("lowercase(properties.x) = a and lowercase(properties.x) = b", 33),
    ("lowercase(properties.x) = a and properties.x = 5", 33),
]

MAYBE = [
    'type = "track"',
    'type = "track" or type = "trak"',
    'type != "trak"',
    'contains(type, "a")',
    "lowercase(type) = track",
    'type = "track" and (event = "A" or event = "B")',
    'event = "A" or event = "B"',
    'event = "X" and type != "identify"',
    'event = null and type = "identify"',
    'not (event = "A" and event = "B")',
    "event = 5",
    "event = true",
    'match(event, "A*") and match(event, "AB*") and match(event, "*B")',
    'contains(event, "Order") and !contains(event, "Orders")',
    'properties.total > "100"',
    "properties.total != 'abc'",
    'not (properties.total > "abc")',
    'properties.date = "2024-01-01"',
    'match(properties.date, "2024-01*")',
    "properties.a > 5 and properties.a < 6",
    "properties.a >= 5 and properties.a <= 5",
    "properties.a > 5 or properties.a < 3",
    "properties.a > 9007199254740992 and properties.a < 9007199254740994",
    "properties.a != null and properties.a != 5",
    "properties.a > 5 and properties.b < 3",
    "properties.a[0] = 1 and properties.a[1] = 2",
    "userId = 5 and userId = '5'",
    "not (properties.a > 1 and !match(properties.a, 'A'))",
    "not (properties.a = null or !match(properties.a, 'A')) and match(properties.a, 'A*')",
    "properties = null",
    "typeof(properties) = object",
    "length(properties.l) = 0",
    "length(properties.l) > 2 and length(properties.l) < 4",
    "length(properties.x) = 4 and contains(properties.x, 'abcd')",
    "lowercase(properties.x) = a and properties.x = 'A'",
    "lowercase(properties.x) = a and properties.x != 'a'",
    "lowercase(properties.x) != null and match(properties.x, 'A*')",
    "not (not (properties.a > 5)) and not (properties.a > 7)",
    'type = "track" and (properties.a > 1 and properties.a < 0 or properties.b = 1)',
]


@pytest.mark.parametrize(("trigger", "column"), NEVER)
def test_a_trigger_that_no_event_can_fulfil_is_impossible_and_says_where(trigger: str, column: int) -> None:
    found = impossible(compile_trigger(trigger))

    assert found is not None
    assert (found.line, found.column) == (1, column)


@pytest.mark.parametrize("trigger", MAYBE)
def test_a_trigger_that_an_event_may_fulfil_is_not_impossible(trigger: str) -> None:
    assert impossible(compile_trigger(trigger)) is None


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        (
            'type = "trak"',
            (
                '`type = "trak"` never holds: a call is of another type (line 1, column 1). Did you mean `type = "track"`? '
                "There are: track, identify, page, screen, group, alias."
            ),
        ),
        (
            'event = "X"\nand type = "identify"',
            (
                'no event fulfils both `event = "X"` and `type = "identify"` (line 2, column 5). Only track calls have an '
                'event: write `type = "track"`, or leave `event` out.'
            ),
        ),
        (
            'properties.total > "abc"',
            (
                '`properties.total > "abc"` never holds: `>` compares numbers, and "abc" is none (line 1, column 1). Compare '
                "with a number, as in `properties.total > 100`; a text can be `=` or `!=` another."
            ),
        ),
        (
            'properties.date > "2024-01-01"',
            (
                '`properties.date > "2024-01-01"` never holds: `>` compares numbers, and "2024-01-01" is none (line 1, column '
                '1). Dates are texts, which have no order here. Ask for a part of one, as in `match(properties.date, "2024-01*")`, '
                "or let the event carry the time as a number, as in `properties.date > 1704067200`."
            ),
        ),
        (
            'event = "A" and event = "B"',
            (
                'no event fulfils both `event = "A"` and `event = "B"` (line 1, column 17). Where either will do, join them '
                "with `or`."
            ),
        ),
    ],
)
def test_what_is_said_of_an_impossible_trigger_offers_what_works(trigger: str, said: str) -> None:
    assert str(impossible(compile_trigger(trigger))) == said


@pytest.mark.parametrize(
    ("trigger", "columns"),
    [
        ('type = "track" or type = "trak"', [19]),
        (
            'type = "track" and (event = "A" or properties.total > "abc" or properties.x > "2024-01-01")',
            [36, 64],
        ),
        ('event = "A" and event = "B" or event = "C"', [17]),
        ('type = "track" or type = "page"', []),
        ('not (type = "track" or type = "trak")', []),
        ('type = "trak" or type = "pgae"', []),
        ('type = "track"', []),
    ],
)
def test_a_branch_that_no_event_can_fulfil_is_told_where_another_may_hold(
    trigger: str, columns: list[int]
) -> None:
    assert [idle.column for idle in idle_branches(compile_trigger(trigger))] == columns


def test_a_long_trigger_is_judged_in_bounds() -> None:
    terms = " or ".join(f"properties.a{place} = {place}" for place in range(150))

    assert impossible(compile_trigger(f'({terms}) and ({terms}) and type = "trak"')) is not None


def _of_an_sdk(event: dict[str, Any]) -> dict[str, Any]:
    """The event with what the Segment Spec says of every call."""
    for root in ("properties", "traits", "context"):
        if not isinstance(event.get(root), dict):
            event.pop(root, None)
    if event["type"] != "track":
        event.pop("event", None)
    elif not isinstance(event.get("event"), str):
        event["event"] = "A"
    return event


SPEC_EVENTS = st.builds(
    lambda event, kind: _of_an_sdk({**event, "type": kind}),
    EVENTS,
    st.sampled_from(["track", "identify", "page", "screen", "group", "alias"]),
)


OF_ONE_FIELD = st.sampled_from(
    [
        "properties.a = 'a'", "properties.a != 'A'", "properties.a = 5", "properties.a != 5", "properties.a > 1",
        "properties.a < 6", "properties.a <= 'x'", "properties.a = null", "properties.a = true", "properties.a != false",
        "length(properties.a) > 0", "length(properties.a) = 1", "length(properties.a) < 1", "lowercase(properties.a) = a",
        "lowercase(properties.a) != null", "typeof(properties.a) = string", "typeof(properties.a) != number",
        "match(properties.a, 'a')", "!match(properties.a, 'A')", "match(properties.a, 'a*')", "!match(properties.a, '*')",
        "contains(properties.a, 'a')", "!contains(properties.a, 'A')", "!contains(lowercase(properties.a), 'a')",
    ]
)  # fmt: skip
TERMS_OF_ONE_FIELD = st.recursive(
    OF_ONE_FIELD,
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({} and {})".format, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=500)
@given(TRIGGERS | TERMS_OF_ONE_FIELD, st.lists(SPEC_EVENTS, min_size=1, max_size=30))
def test_what_is_called_impossible_matches_no_event(trigger: str, events: list[dict[str, Any]]) -> None:
    compiled = compile_trigger(trigger)

    if impossible(compiled) is not None:
        assert [event for event in events if compiled.matches(event)] == []


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        ('event = "A"', 'type = "track" and event = "A"', True),
        ('event = "A"', "type = track", True),
        ('event = "A" or event = "B"', 'event = "B" or event = "C"', True),
        ('event = "A" and properties.x = 1', 'event = "A" and properties.y = 2', True),
        ('event = "A" and properties.total > 5', 'event = "A" and properties.total > 9', True),
        ('event = "A"', 'match(event, "A*")', True),
        ('event = "A"', 'event = "B"', False),
        ('event = "A"', 'type = "identify"', False),
        ('event = "A"', 'event != "A"', False),
        ('event = "A"', "not (event = A or event = B)", False),
        ('event = "A" and properties.x = 1', 'event = "A" and properties.x = 2', False),
        ('event = "A" and properties.total > 5', 'event = "A" and properties.total < 5', False),
        ('event = "A"', 'match(event, "B*")', False),
        ('type = "track"', 'type = "page" or type = "screen"', False),
    ],
)
def test_two_triggers_may_both_match_unless_they_contradict_each_other(
    first: str, second: str, may: bool
) -> None:
    one, other = compile_trigger(first), compile_trigger(second)

    assert may_both_match(one, other) is may
    assert may_both_match(other, one) is may


@given(
    TRIGGERS | TERMS_OF_ONE_FIELD,
    TRIGGERS | TERMS_OF_ONE_FIELD,
    st.lists(SPEC_EVENTS, min_size=1, max_size=30),
)
def test_triggers_that_both_match_an_event_are_never_said_to_contradict(
    first: str, second: str, events: list[dict[str, Any]]
) -> None:
    one, other = compile_trigger(first), compile_trigger(second)

    both = any(one.matches(event) and other.matches(event) for event in events)

    assert may_both_match(one, other) or not both
