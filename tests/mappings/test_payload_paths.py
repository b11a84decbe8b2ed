"""What an event holds is offered as fields and triggers write it: each path leads to what it was made from."""

import json
from typing import Any

import pytest

from mappings import UNDEFINED, by_rank, compile_trigger, paths_of
from mappings.paths import get, parse
from mappings.payload_paths import DEEPEST, MOST_PATHS

ORDER: dict[str, Any] = {
    "type": "track",
    "properties": {
        "total": 12.5,
        "paid": True,
        "coupon": None,
        "products": [{"sku": "A-1"}, {"sku": "A-2", "gift": True}],
        "tags": [],
        "first name": "Ann",
        "$price": 3,
        "x.y": 4,
        "0": 5,
        "it's": 6,
        "back\\slash": 7,
        "größe": 8,
    },
}


def test_each_value_has_a_path_that_says_what_it_is() -> None:
    assert paths_of(ORDER) == {
        "$.type": "string",
        "$.properties": "object",
        "$.properties.total": "number",
        "$.properties.paid": "boolean",
        "$.properties.coupon": "null",
        "$.properties.products": "list",
        "$.properties.products[0]": "object",
        "$.properties.products[0].sku": "string",
        "$.properties.tags": "list",
        "$.properties['first name']": "string",
        "$.properties['$price']": "number",
        "$.properties['x.y']": "number",
        "$.properties['0']": "number",
        '$.properties["it\'s"]': "number",
        "$.properties['back\\slash']": "number",
        "$.properties['größe']": "number",
    }


@pytest.mark.parametrize("path", paths_of(ORDER))
def test_a_field_follows_the_path_to_a_value(path: str) -> None:
    assert get(ORDER, parse(path)) is not UNDEFINED


@pytest.mark.parametrize(
    "path", [path for path, kind in paths_of(ORDER).items() if kind in {"string", "number"}]
)
def test_a_trigger_takes_the_path_without_its_beginning(path: str) -> None:
    value = json.dumps(get(ORDER, parse(path)))

    assert compile_trigger(f"{path.removeprefix('$.')} = {value}").matches(ORDER)


def test_what_no_path_leads_to_is_left_out() -> None:
    assert paths_of({"properties": {'it\'s "quoted"': 1}}) == {"$.properties": "object"}
    assert paths_of({"$odd": 1, "two words": 2}) == {}


def test_no_more_is_walked_than_is_of_use() -> None:
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(DEEPEST + 5):
        inner["a"] = {}
        inner = inner["a"]

    assert list(paths_of(deep))[-1] == "$" + ".a" * DEEPEST
    assert len(paths_of({"properties": {f"id{number}": 1 for number in range(MOST_PATHS)}})) == MOST_PATHS
    assert paths_of(["no event"]) == {}
    assert paths_of("no event") == {}


def test_what_the_client_said_of_the_event_itself_comes_first() -> None:
    paths = [
        "$.context.ip",
        "$.anonymousId",
        "$.traits.plan",
        "$.properties.total",
        "$.properties",
        "$.userId",
    ]

    assert sorted(paths, key=by_rank) == [
        "$.properties",
        "$.properties.total",
        "$.traits.plan",
        "$.anonymousId",
        "$.context.ip",
        "$.userId",
    ]
