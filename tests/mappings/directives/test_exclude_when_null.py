from typing import Any

import pytest

from mappings import MappingError, compile_fields
from mappings.bounds import DEEPEST


def cleaned(value: Any) -> Any:
    return compile_fields({"k": {"@excludeWhenNull": {"@path": "$.v"}}})({"v": value})


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (None, {}),
        ("", {"k": ""}),
        ({"a": None, "b": {"c": None, "d": 0}}, {"k": {"b": {"d": 0}}}),
        ({"a": {"b": None}}, {"k": {"a": {}}}),
        ([None, {"a": None}], {"k": [None, {"a": None}]}),
        ({"z": 1, "a": {"y": 1}, "b": 1}, {"k": {"z": 1, "a": {"y": 1}, "b": 1}}),
    ],
)
def test_null_counts_as_missing_but_for_lists(value: Any, result: Any) -> None:
    assert cleaned(value) == result


def test_the_order_of_keys_is_kept_and_the_payload_not_touched() -> None:
    payload = {"z": None, "b": {"y": 1, "x": None}, "a": 1}

    assert list(cleaned(payload)["k"]) == ["b", "a"]
    assert payload == {"z": None, "b": {"y": 1, "x": None}, "a": 1}


def test_a_value_nested_too_deep_is_refused() -> None:
    value: Any = 1
    for _ in range(DEEPEST + 1):
        value = {"a": value}

    with pytest.raises(MappingError, match=r"^objects are nested deeper than 1000 levels$"):
        cleaned(value)
