from typing import Any

import pytest

from mappings import compile_trigger

EVENT: dict[str, Any] = {
    "type": "track",
    "event": "Order Placed",
    "properties": {"total": 12.5, "tags": ["a"], "cart": {"a": 1, "b": 2}, "note": None, "vip": True, "n": 3},
}


def reasons(trigger: str, event: Any = EVENT) -> list[str]:
    return [str(failure) for failure in compile_trigger(trigger).failed(event)]


def test_a_failure_names_the_term_its_place_and_what_the_event_has_there() -> None:
    trigger = compile_trigger('type = "track" and event = "Audience Entered"')

    failed = trigger.failed(EVENT)

    assert [(one.term, one.line, one.column, one.found) for one in failed] == [
        ('event = "Audience Entered"', 1, 20, 'event is "Order Placed"')
    ]
    assert (
        str(failed[0])
        == '`event = "Audience Entered"` does not hold: event is "Order Placed" (line 1, column 20)'
    )


def test_nothing_fails_when_the_event_matches() -> None:
    assert compile_trigger("type = track or event = x").failed(EVENT) == ()


@pytest.mark.parametrize(
    ("trigger", "found"),
    [
        ("name = x", "name is missing"),
        ("traits.a.b = x", "traits.a.b is missing"),
        ("properties.note.x != null", "properties.note.x is null"),
        ("properties.total > 100", "properties.total is 12.5"),
        ("properties.vip != true", "properties.vip is true"),
        ("properties.tags = a", "properties.tags is a list of 1 item"),
        ("properties.cart = null", "properties.cart is an object of 2 keys"),
        ("properties.tags[0] = b", 'properties.tags[0] is "a"'),
        ("properties.tags[1] = b", "properties.tags[1] is missing"),
        ('contains(event, "z")', 'event is "Order Placed"'),
        ('!match(event, "Order*")', 'event is "Order Placed"'),
        ('not (event = "Order Placed")', 'event is "Order Placed"'),
        ("length(properties.tags) >= 2", "length(properties.tags) is 1"),
        ("length(properties.n) > 2", "properties.n is 3"),
        ("length(properties.no) > 2", "length(properties.no) is 0"),
        ("lowercase(event) = x", 'lowercase(event) is "order placed"'),
        ("typeof(properties.n) = string", 'typeof(properties.n) is "number"'),
        ("!(type = track and event != x)", "what it negates holds"),
    ],
)
def test_what_the_event_has_there_is_said_in_a_few_words(trigger: str, found: str) -> None:
    (failure,) = compile_trigger(trigger).failed(EVENT)

    assert (failure.term, failure.found) == (trigger, found)


def test_of_terms_joined_with_and_the_first_that_fails_is_named() -> None:
    assert reasons("type = track and name = x and userId = y") == [
        "`name = x` does not hold: name is missing (line 1, column 18)"
    ]


def test_of_terms_joined_with_or_all_are_named() -> None:
    assert reasons("type = page\nor event = x and name = y\nor (userId = z)") == [
        '`type = page` does not hold: type is "track" (line 1, column 1)',
        '`event = x` does not hold: event is "Order Placed" (line 2, column 4)',
        "`userId = z` does not hold: userId is missing (line 3, column 5)",
    ]


def test_a_double_negation_names_what_is_inside() -> None:
    assert reasons("not (not (type = page or name = x))") == [
        '`type = page` does not hold: type is "track" (line 1, column 11)',
        "`name = x` does not hold: name is missing (line 1, column 26)",
    ]


def test_long_values_and_terms_are_cut_and_unprintable_characters_escaped() -> None:
    (failure,) = compile_trigger(f'event = "{"x" * 300}\n"').failed({"event": "\ud800\n" + "y" * 100})

    assert failure.term == f'event = "{"x" * 300}\n"'
    assert failure.found == rf'event is "\ud800\n{"y" * 57}…"'
    assert str(failure) == f'`event = "{"x" * 190}…` does not hold: {failure.found} (line 1, column 1)'


def test_numbers_of_any_size_can_be_shown() -> None:
    assert reasons("properties.n < 5", {"properties": {"n": 10**400}}) == [
        f"`properties.n < 5` does not hold: properties.n is 1{'0' * 58}… (line 1, column 1)"
    ]


@pytest.mark.parametrize(
    ("event", "found"), [(None, "null"), ("x", '"x"'), ([], "a list of 0 items"), (5, "5")]
)
def test_what_is_no_event_fails_as_a_whole(event: Any, found: str) -> None:
    assert reasons("not type = x", event) == [
        f"`not type = x` does not hold: the event is {found} (line 1, column 1)"
    ]


def test_the_more_terms_fail_the_farther_an_event_is_and_another_spelling_is_near() -> None:
    triggers = [
        'type = "track" and event = "Order Placed"',
        'type = "track" and event = "order-placed"',
        'type = "track" and event = "Order Shipped"',
        'event = "Order Shipped" and properties.vip = true',
        'event = "Order Shipped" and properties.vip = true or event = "Order placed"',
        'type = "identify" and event = "Order Placed"',
        'not (type = "track" and event = "Order Placed")',
    ]
    event = {"type": "track", "event": "Order Placed"}

    assert [compile_trigger(one).distance(event) for one in triggers] == [0, 1, 4, 8, 1, 12, 4]
