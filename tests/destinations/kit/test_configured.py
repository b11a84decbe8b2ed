from typing import Any

import pytest

from destinations import kit


class Payload(kit.Fields):
    to: str | None = kit.field(label="To", description="Whom.")
    sender: str | None = kit.field(alias="from", label="From", description="Who.", setting="sender")
    ids: tuple[str, ...] = kit.field(
        (), label="Ids", description="Which.", mapping={"@path": "$.ids"}, ordinary=("$.context.ids",)
    )


class Settings(kit.Fields):
    sender: str | None = "ours"


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"@path": "$.properties.x"}, "$.properties.x"),
        ({"@path": "properties.x"}, "$.properties.x"),
        ({"@template": "{{properties.x}}-{{{ userId }}}"}, "$.properties.x, $.userId"),
        ({"@liquid": "{{ a }}"}, "{{ a }}"),
        ({"@literal": {"@path": "$.a"}}, "$.a"),
        ({"@arrayPath": ["$.a", {"id": {"@path": "$.b"}}]}, "$.a"),
        ({"@arrayPath": [{"@path": "$.a"}]}, "$.a"),
        ({"@if": {"exists": {"@path": "$.a"}, "then": {"@path": "$.b"}}}, "$.a, $.b"),
        ({"@transform": {"apply": {"a": {"@path": "$.b"}}, "mapping": {"@path": "$.a"}}}, "$.b"),
        ([{"@path": "$.a"}, {"b": {"@path": "$.b"}}], "$.a, $.b"),
    ],
)
def test_a_field_that_the_event_fills_is_configured(value: Any, where: str) -> None:
    assert kit.configured_fields(Payload, {"to": value}) == {"to": where}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"to": ""},
        {"to": None},
        {"to": "+12025550142"},
        {"to": {"@literal": ""}},
        {"to": {"@template": "text"}},
        {"to": []},
        {"ids": {"@path": "$.ids"}},
        {"ids": {"@excludeWhenNull": {"@path": "$.context.ids"}}},
        {"unknown": {"@path": "$.a"}},
        {"@path": "$.a"},
        "text",
        None,
    ],
)
def test_a_constant_and_what_is_ordinary_to_be_missing_are_left_out(fields: Any) -> None:
    assert kit.configured_fields(Payload, fields) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"@transform": {"apply": {"a": {"@path": "$.b"}}, "mapping": {"to": {"@path": "$.a"}}}},
        {"@merge": {"objects": [{"to": {"@path": "$.a"}}, {"@path": "$.b"}], "direction": "left"}},
        {"__segment_internal_directive": {"@transform": {"apply": {}}}, "to": {"@path": "$.a"}},
    ],
)
def test_fields_inside_of_one_directive_are_found(fields: Any) -> None:
    assert kit.configured_fields(Payload, fields) == {"to": "$.a"}


@pytest.mark.parametrize("value", [None, "", " ", [], [None, ""]])
def test_a_configured_field_that_finds_nothing_takes_no_setting(value: Any) -> None:
    payload = kit.payload_of(Payload, {"from": value}, Settings(), {"from": "$.a"})

    assert (payload.sender, payload.found_nothing) == (None, frozenset({"from"}))
    assert payload.nothing_at("from") == "`from` found nothing at $.a"


def test_a_field_that_is_left_out_takes_its_setting() -> None:
    payload = kit.payload_of(Payload, {}, Settings(), {"to": "$.a"})

    assert (payload.sender, payload.found_nothing) == ("ours", frozenset({"to"}))
    assert payload.nothing_at("from") is None
