"""Events made of a trigger's own terms."""

import json
from pathlib import Path

import pytest

from mappings import TriggerError, compile_trigger, original

TRIGGERS = [
    case["query"]
    for case in json.loads(
        Path(__file__).parents[2].joinpath("conformance/fql.json").read_text(encoding="utf-8")
    )
]

# No value of the fields makes these anything else than what they are, or the terms exclude each other.
ONE_SIDED = frozenset(
    {
        'properties.price < "abc"',
        'contains(type, "zz") and type = "track"',
        'match(properties.plan, "Ho*") or properties.plan != "12" or !match(properties.plan, "H*")',
        'context.active = "Home Page" and !match(context.active, "Home Page*") or !match(context.x-id, "*")',
        'properties.x-id != null and !contains(name, "")',
        'match(traits.note, "日本*") or match(traits.title, "*p") or traits.city.price = "Zoë" or !contains(traits.plan, "ro")',
        'contains(traits.count, "") or (type = "page" and properties.plan = null) or traits.count != "Home Page"',
    }
)


def test_the_first_has_what_each_term_asks_for_and_the_others_differ_from_it() -> None:
    samples = original.trigger_samples('type = "track" and properties.total > 10')

    assert samples == (
        {"type": "track", "userId": "user-1", "properties": {"total": 10}},
        {"type": "track", "userId": "user-1", "properties": {"total": 11}},
        {"type": "track", "userId": "user-1", "properties": {"total": 9}},
        {"type": "track", "userId": "user-1", "properties": {"total": "10"}},
        {"type": "track", "userId": "user-1", "properties": {}},
        {"type": "track else", "userId": "user-1", "properties": {"total": 10}},
        {"type": "track else", "userId": "user-1", "properties": {"total": 11}},
        {"type": "track else", "userId": "user-1", "properties": {"total": 9}},
        {"type": "track else", "userId": "user-1", "properties": {"total": "10"}},
        {"type": "track else", "userId": "user-1", "properties": {}},
        {"userId": "user-1", "properties": {"total": 10}},
        {"userId": "user-1", "properties": {"total": 11}},
        {"userId": "user-1", "properties": {"total": 9}},
        {"userId": "user-1", "properties": {"total": "10"}},
        {"userId": "user-1", "properties": {}},
    )


def test_some_hold_and_some_break_each_recorded_trigger() -> None:
    one_sided = set()
    for trigger in TRIGGERS:
        try:
            compiled = compile_trigger(trigger)
        except TriggerError:
            assert original.trigger_samples(trigger) == ()
            continue
        if {compiled.matches(event) for event in original.trigger_samples(trigger)} != {True, False}:
            one_sided.add(trigger)

    assert one_sided <= ONE_SIDED


@pytest.mark.parametrize(
    ("trigger", "parted"),
    [
        (
            'type = "track" or event = "Order" and userId = "ann"',
            {"type": "track", "userId": "ann else", "event": "Order"},
        ),
        (
            "properties.active != true",
            {
                "type": "track",
                "userId": "user-1",
                "event": "Something Happened",
                "properties": {"active": True},
            },
        ),
        (
            'match(event, "Order")',
            {"type": "track", "userId": "user-1", "event": "?rder"},
        ),
        (
            'properties.tags[0] = "vip"',
            {
                "type": "track",
                "userId": "user-1",
                "event": "Something Happened",
                "properties": {"tags": ["vip"]},
            },
        ),
    ],
)
def test_an_event_shows_where_the_readings_part(trigger: str, parted: dict[str, object]) -> None:
    ours = compile_trigger(trigger)

    parting = [
        event
        for event in original.trigger_samples(trigger)
        if ours.matches(event) is not original.trigger_matches(trigger, event)
    ]

    assert parted in parting


def test_a_trigger_of_many_terms_gives_few_events() -> None:
    trigger = " and ".join(f'properties.p{number} = "v"' for number in range(50))

    samples = original.trigger_samples(trigger)

    assert len(samples) == 256
    assert samples[0]["properties"] == {f"p{number}": "v" for number in range(50)}
