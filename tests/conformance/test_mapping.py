"""The recorded mappings: what the original made of a payload, and what we make of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from mappings import UNDEFINED, MappingError, Template, TemplateError, compile_batch, compile_fields, original

CASES = json.loads(Path(__file__).with_name("mapping.json").read_text(encoding="utf-8"))
PLAIN = [case for case in CASES if "quirk" not in case]
QUIRKS = [case for case in CASES if "quirk" in case]

# Where the original does something odd, we do something better: the outcome of each such case here.
BETTER: dict[str, dict[str, Any]] = {
    "map-m010": {"expect": {"k": "dotted"}},
    "map-m016": {"expect": {}},
    "map-m017": {"expect": {}},
    "map-m018": {"expect": {}},
    "map-m020": {"expect": {}},
    "map-m021": {"expect": {}},
    "map-m022": {"expect": {}},
    "map-m037": {"expect": {}},
    "map-m062": {"expect": {"k": "{{b}}"}},
    "map-m067": {"expect": {"k": "9007199254740993"}},
    "map-m091": {"expect": {"k": "no"}},
    "map-m100": {"expect": {"k": False, "z": 1}},
    "map-m101": {"expect": {"k": 0, "z": 1}},
    "map-m103": {"expect": {"k": "t"}},
    "map-m138": {"expect": {"k": "a[$&]c"}},
    "map-m139": {"expect": {"k": "5 $$"}},
    "map-m174": {"expect": {"k": {"x": 1}}},
    "map-m175": {"expect": {"k": {"z": 1}}},
    "map-m176": {"expect": {"k": {"z": 1}}},
    "map-m195": {"expect": {"k": {".a": 1}}},
    "map-m203": {"expect": {"k": '{"2":4,"10":2,"b":1,"a":3}'}},
    "map-m215": {"expect": {"k": "1", "z": 1}},
    "map-m275": {"error": "/ should be an object but it is a string."},
    "map-m276": {"error": "/ should be an object but it is an array."},
    "map-g013": {"expect": {"f1": {"q.meta": -0.25, "w.e": "a-b-c"}, "f2": ""}},
    "map-g051": {"expect": {"f0": {}, "f1": "-[object Object]/ end", "f2": []}},
    "map-g060": {"expect": {"f1": "/\N{PARTY POPPER} party"}},
    "map-g136": {
        "expect": {
            "f1": {
                "active": False,
                "id": [{"naïve": "alpha", "first name": None, "tags": -1, "items": -0.25}],
                "x-id": None,
            }
        }
    },
    "map-g182": {"expect": {"f0": True, "f2": '{"y":["\N{PARTY POPPER} party",1]}'}},
}

# Plain Liquid, which templates know. The others show what `@liquid` forbids: some tags, more than 1000 characters.
LIQUID = [
    case
    for case in CASES
    if "@liquid" in json.dumps(case["mapping"])
    and case.get("error_kind") != "liquid-disabled"
    and len(case["mapping"]["k"]["@liquid"]) <= 1000
]

IN_OUR_WORDS = {
    "map-m256": "the template cannot be read: unexpected tag 'nosuchtag' (line 1)",
    "map-m257": "the template cannot be read: the output is not closed (line 1)",
    "map-m258": "the template cannot be read: {% if %} is not closed (line 1)",
}


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    try:
        if "batch" in case:
            return {"expect": compile_batch(case["mapping"])(case["batch"])}
        value = compile_fields(case["mapping"])(case["payload"])
    except MappingError as error:
        return {"error": str(error)}
    return {"expect_undefined": True} if value is UNDEFINED else {"expect": value}


def _recorded(case: dict[str, Any]) -> dict[str, Any]:
    """The recorded outcome; what the original's template engine says of bad syntax, we say in our own words."""
    if case.get("error_kind") == "liquid-syntax":
        return {"error": IN_OUR_WORDS[case["id"]]}
    return {key: case[key] for key in ("expect", "expect_undefined", "error") if key in case}


def as_json(value: object) -> str:
    """JSON text in which 1 and 1.0 are the same and true is neither."""
    return json.dumps(value, sort_keys=True).replace(".0,", ",").replace(".0}", "}").replace(".0]", "]")


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case["id"])
def test_gives_what_the_original_gives(case: dict[str, Any]) -> None:
    assert as_json(outcome(case)) == as_json(_recorded(case))


@pytest.mark.parametrize("case", QUIRKS, ids=lambda case: f"{case['id']}-{case['quirk']}")
def test_does_better_where_the_original_is_odd(case: dict[str, Any]) -> None:
    assert as_json(outcome(case)) == as_json(BETTER[case["id"]])


def test_every_recorded_case_is_run() -> None:
    assert (len(CASES), len(PLAIN), len(QUIRKS)) == (470, 441, 29)
    assert {case["id"] for case in QUIRKS} == BETTER.keys()


@pytest.mark.parametrize("case", LIQUID, ids=lambda case: case["id"])
def test_templates_do_as_recorded(case: dict[str, Any]) -> None:
    text = case["mapping"]["k"]["@liquid"]

    if "error" in case:
        with pytest.raises(TemplateError):
            Template(text)
    else:
        assert Template(text).render(case["payload"]) == case["expect"]["k"]


def test_every_recorded_liquid_case_is_run_but_for_what_is_forbidden_there() -> None:
    assert len(LIQUID) == 29


ONE_PAYLOAD = [case for case in CASES if "payload" in case]


def _read_as_the_original(case: dict[str, Any]) -> dict[str, Any]:
    try:
        value = original.apply_fields(case["mapping"], case["payload"])
    except MappingError as error:
        return {"error": str(error)}
    return {"expect_undefined": True} if value is UNDEFINED else {"expect": value}


@pytest.mark.parametrize("case", ONE_PAYLOAD, ids=lambda case: case["id"])
def test_the_reading_of_the_original_gives_what_it_gave(case: dict[str, Any]) -> None:
    assert as_json(_read_as_the_original(case)) == as_json(_recorded(case))


def test_the_recorded_batches_alone_are_not_read_as_the_original() -> None:
    assert len(CASES) - len(ONE_PAYLOAD) == 6
