import copy
from collections import OrderedDict
from typing import Any

import pytest

from mappings import (
    UNDEFINED,
    MappingError,
    Problem,
    compile_batch,
    compile_fields,
    doubtful_fields,
    failing_field,
    misspelt_words,
    validate_fields,
)
from mappings.check import DEEPEST, MOST_CHARACTERS, MOST_VALUES


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    assert isinstance(value, dict)
    return value


def refusal(fields: object) -> MappingError:
    with pytest.raises(MappingError) as caught:
        compile_fields(fields)
    return caught.value


def test_says_everything_that_is_wrong_at_once_each_with_its_path() -> None:
    fields = {"body": {"@nope": "x"}, "to": [1, {"@path": 5}], "from": {"@if": []}}

    error = refusal(fields)

    assert error.problems == (
        Problem("/body", "/body has an invalid directive: @nope."),
        Problem("/to/1/@path", "@path: expected string, got number"),
        Problem("/from/@if", "/from/@if should be an object but it is an array."),
    )
    assert str(error) == " ".join(problem.message for problem in error.problems)


def test_an_unknown_directive_in_a_list_is_refused_with_its_place() -> None:
    fields = {"k": ["x", {"@nope": 1}]}

    error = refusal(fields)

    assert error.problems == (Problem("/k/1", "@nope is not a valid directive, got undefined"),)
    assert validate_fields(fields) == []


def test_two_directives_in_one_object_are_refused() -> None:
    error = refusal({"k": {"@path": "$.a", "@template": "b"}})

    assert error.problems == (Problem("/k", "/k should only have one @-prefixed key but it has 2 keys."),)


@pytest.mark.parametrize("fields", ["text", ["a"], None, 5, True])
def test_fields_that_are_no_object_are_refused(fields: object) -> None:
    assert [problem.path for problem in refusal(fields).problems] == ["/"]
    assert len(validate_fields(fields)) == 1


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), UNDEFINED])
def test_values_that_json_cannot_hold_are_refused(value: object) -> None:
    problems = refusal({"k": value}).problems

    assert [problem.path for problem in problems] == ["/k"]
    assert problems[0].message.startswith("/k should be a JSON value but it is a")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "should be a JSON value but it is nan."),
        (float("-inf"), "should be a JSON value but it is -inf."),
        ("x\ud800", "has half a character in it (a lone surrogate)."),
    ],
)
def test_constants_that_no_request_can_carry_are_refused(value: object, says: str) -> None:
    assert refusal({"k": [value]}).problems == (Problem("/k/0", f"/k/0 {says}"),)
    assert [problem.message for problem in validate_fields({"k": value})] == [f"/k {says}"]


def test_a_key_with_half_a_character_is_refused() -> None:
    assert refusal({"k": {"\udfff": 1}}).problems == (
        Problem("/k", "/k has a key with half a character in it (a lone surrogate)."),
    )


def test_keys_that_are_no_text_are_refused() -> None:
    assert refusal({"k": {1: "x"}}).problems == (
        Problem("/k", "/k should have text as its keys but one is a number."),
    )


def test_a_mapping_as_deep_as_allowed_works() -> None:
    fields = nested(DEEPEST - 1)

    assert compile_fields(fields)({}) == fields


def test_a_deeper_mapping_is_refused_with_the_place() -> None:
    path = "/" + "/".join("a" * DEEPEST)

    assert refusal(nested(DEEPEST)).problems == (Problem(path, f"{path} is nested deeper than 50 levels."),)
    assert len(validate_fields(nested(1000))) == 1


def test_a_mapping_that_holds_itself_is_refused() -> None:
    fields: dict[str, Any] = {}
    fields.update({str(number): fields for number in range(10)})

    assert Problem("/", "/ should have no more than 2000 values but it has more.") in refusal(fields).problems


def test_a_mapping_with_as_many_values_as_allowed_works_and_with_more_is_refused() -> None:
    fields = {str(number): number for number in range(MOST_VALUES - 1)}

    assert compile_fields(fields)({}) == fields
    assert refusal(fields | {"one more": 1}).problems == (
        Problem("/", "/ should have no more than 2000 values but it has more."),
    )


TOO_LONG = Problem("/", "/ should have no more than 100000 characters but it has more.")


def test_a_mapping_with_as_many_characters_as_allowed_works_and_with_more_is_refused() -> None:
    text = "x" * (MOST_CHARACTERS - 1)

    assert compile_fields({"k": text})({}) == {"k": text}
    assert refusal({"k": text + "x"}).problems == (TOO_LONG,)


@pytest.mark.parametrize(
    "value",
    [
        {"@path": "$." + "a." * 500_000},
        {"@template": "{{a}}" * 200_000},
        {"@liquid": "x" * 1_000_000},
        {"@replace": {"value": "x" * 1_000_000, "pattern": "x"}},
        {"x" * 1_000_000: 1},
        ["x" * 600_000, "y" * 600_000],
    ],
)
def test_a_mapping_of_a_million_characters_is_refused_wherever_they_are(value: object) -> None:
    assert TOO_LONG in refusal({"k": value}).problems


@pytest.mark.parametrize(
    ("piece", "shown"),
    [("{{", "{{"), ("}}", "}}"), ("{{a}", "{{a}"), ("['", "['"), ("[1", "[1"), ("{{a}}", ""), ("{{{a}}", "")],
)
def test_thousands_of_braces_and_brackets_are_read_like_a_few(piece: str, shown: str) -> None:
    fields = {"text": {"@template": piece * 8_000}, "path": {"@path": piece * 8_000}}

    assert compile_fields(fields)({}) == {"text": shown * 8_000}


def test_many_long_templates_and_paths_give_what_few_would() -> None:
    fields = {f"k{i}": {"@template": f"{{{{a.b.c{i}}}}}-{{{{a.l[1].d}}}}"} for i in range(400)}
    fields |= {f"p{i}": {"@path": f"$.a.b.c{i}"} for i in range(400)}
    payload = {"a": {"b": {"c7": "seven"}, "l": [0, {"d": 1}]}}

    result = compile_fields(fields)(payload)

    expected = {f"k{i}": "-1" for i in range(400)} | {"k7": "seven-1", "p7": "seven"}
    assert result == expected


def test_conditions_and_shapes_nest_as_deep_as_allowed() -> None:
    shaped: Any = {"@path": "$.x"}
    decided: Any = "end"
    for _ in range(12):
        shaped = {"@arrayPath": ["$.", {"v": shaped}]}
        decided = {"@if": {"exists": {"@path": "$.nope"}, "then": 1, "else": decided}}
    expected: Any = 1
    for _ in range(12):
        expected = [{"v": expected}]

    assert compile_fields({"a": shaped, "b": decided})({"x": 1}) == {"a": expected, "b": "end"}


def test_the_result_is_new_each_time() -> None:
    compiled = compile_fields({"list": [1, {"a": []}], "object": {"b": {}}})
    first = compiled({})
    first["list"][1]["a"].append("changed")
    first["object"]["b"]["changed"] = True

    assert compiled({}) == {"list": [1, {"a": []}], "object": {"b": {}}}


def test_neither_the_fields_nor_the_payload_are_touched() -> None:
    fields = {"a": {"@path": "$.x"}, "b": [{"@arrayPath": ["$.x", {"c": {"@path": "$.d"}}]}]}
    payload = {"x": {"d": [1, {"e": None}]}}
    before = copy.deepcopy((fields, payload))

    compile_fields(fields)(payload)

    assert (fields, payload) == before


@pytest.mark.parametrize(
    "directive",
    [
        {"@flatten": {"value": {"@path": "$."}, "separator": "."}},
        {"@json": {"mode": "encode", "value": {"@path": "$."}}},
        {"@excludeWhenNull": {"@path": "$."}},
        {"@transform": {"apply": {"@path": "$."}, "mapping": {"@template": "{{a}}"}}},
        {"@merge": {"objects": [{"@path": "$."}], "direction": "left"}},
        {"@template": "{{ }}{{1}}{{a.1}}"},
        {"@liquid": "{{ a }}{{ a | json }}"},
    ],
)
def test_a_payload_with_keys_that_are_no_text_raises_nothing_else(directive: Any) -> None:
    payload = {1: {2: 3, None: 4}, "a": {1: {True: 5}}}

    assert compile_fields({"k": directive})(payload).keys() == {"k"}


FLATTENED = {"@flatten": {"value": {"@path": "$.a"}, "separator": "."}}
LIQUID = '{{ a | split: "" | join: "," | split: "," | join: "-" | upcase }}'


@pytest.mark.parametrize(
    ("values", "payload"),
    [
        ([{"@template": "{{a}}" * 45}] * 20, {"a": "x" * 30_000}),
        ([{"@template": "{{a}}" * 60}] * 20, {"a": "x" * 30_000}),
        ([{"@arrayPath": ["$.l", {str(number): number for number in range(500)}]}], {"l": [0] * 2_000}),
        ([FLATTENED] * 300, {"a": {str(number): number for number in range(2_000)}}),
        ([{"@json": {"mode": "encode", "value": {"@path": "$.a"}}}] * 300, {"a": ["x" * 10] * 1_000}),
        ([{"@json": {"mode": "decode", "value": {"@path": "$.a"}}}] * 300, {"a": "[" + "1," * 5_000 + "1]"}),
        (
            [{"@replace": {"value": {"@path": "$.a"}, "pattern": "é", "ignorecase": True}}] * 300,
            {"a": "é" * 9_000},
        ),
        ([{"@path": {"@path": "$.a"}}] * 300, {"a": "b." * 5_000}),
        ([{"@template": {"@path": "$.a"}}] * 300, {"a": "{{b}}" * 2_000}),
        ([{"@liquid": f"{LIQUID}{number}"} for number in range(300)], {"a": "x" * 10_000}),
        (
            [{"@excludeWhenNull": {"@path": "$.a"}}] * 300,
            {"a": {str(number): number for number in range(2_000)}},
        ),
        (
            [{"@merge": {"objects": [{"@path": "$.a"}], "direction": "left"}}] * 300,
            {"a": dict.fromkeys(map(str, range(2_000)))},
        ),
    ],
)
def test_all_directives_of_a_mapping_share_what_one_event_may_cost(values: list[Any], payload: Any) -> None:
    fields = {str(number): value for number, value in enumerate(values)}

    with pytest.raises(MappingError) as caught:
        compile_fields(fields)(payload)

    message = "the mapping makes or goes through more than 4000000 characters of one event"
    assert str(caught.value) == message
    assert compile_fields({"k": values[0]})({"a": "x"}) is not None


def test_the_field_that_fails_can_be_asked_for() -> None:
    fields = {"a": 1, "b": {"@path": {"@path": "$.p"}}, "c": {"@path": {"@path": "$.p"}}}

    assert failing_field(fields, {"p": 5}) == "b"
    assert failing_field(fields, {"p": "x"}) is None
    assert failing_field({"@path": {"@path": "$.p"}}, {"p": 5}) is None


def test_a_part_that_means_nothing_is_doubted_with_its_place_and_what_there_is() -> None:
    replace = {"value": "x", "pattern": "x", "ignoreCase": True, "replacment": "y"}
    known = "pattern, replacement, value, ignorecase, global, pattern2, replacement2"

    assert doubtful_fields({"k": [{"@replace": replace}]}) == [
        Problem("/k/0/@replace/ignoreCase", f"`ignoreCase` means nothing here. There are: {known}."),
        Problem("/k/0/@replace/replacment", f"`replacment` means nothing here. There are: {known}."),
    ]
    assert doubtful_fields({"k": {"@replace": {"value": "x", "pattern": "x"}}}) == []
    assert doubtful_fields("no object") == []


@pytest.mark.parametrize(
    ("field", "path", "said"),
    [
        ({"@case": {"operator": "UPPER", "value": "x"}}, "/k/@case/operator", 'write "upper".'),
        ({"@case": {"operator": "Lower", "value": "x"}}, "/k/@case/operator", 'write "lower".'),
        ({"@case": {"operator": "title", "value": "x"}}, "/k/@case/operator", "there are: lower, upper."),
        ({"@json": {"mode": "ENCODE", "value": {"@path": "$.a"}}}, "/k/@json/mode", 'write "encode".'),
        ({"@json": {"mode": "Decode", "value": {"@path": "$.a"}}}, "/k/@json/mode", 'write "decode".'),
        ({"@merge": {"direction": "RIGHT", "objects": [{}]}}, "/k/@merge/direction", 'write "right".'),
        (
            [{"@if": {"exists": "a", "then": {"@case": {"operator": "UPPER", "value": "x"}}}}],
            "/k/0/@if/then/@case/operator",
            'write "upper".',
        ),
    ],
)
def test_a_misspelt_word_of_a_directive_is_told_and_still_runs(field: Any, path: str, said: str) -> None:
    [problem] = misspelt_words({"k": field})

    assert (problem.path, problem.message.partition(": ")[2]) == (path, said)
    assert validate_fields({"k": field}) == []
    compile_fields({"k": field})


def test_the_words_as_they_are_written_are_not_told() -> None:
    fields = {
        "a": {"@case": {"operator": "upper", "value": "x"}},
        "b": {"@json": {"mode": "encode", "value": {"@path": "$.a"}}},
        "c": {"@merge": {"direction": "left", "objects": [{}]}},
        "d": {"@literal": {"operator": "UPPER"}},
    }

    assert misspelt_words(fields) == []


def test_the_place_of_a_problem_is_a_json_pointer() -> None:
    problems = refusal({"a/b": {"~": {"": {"@nope": 1}}}}).problems

    assert [problem.path for problem in problems] == ["/a~1b/~0/"]


def test_changing_the_fields_afterwards_changes_nothing() -> None:
    fields: dict[str, Any] = {"a": [1], "b": {"@path": "$.x"}}
    compiled = compile_fields(fields)

    fields["a"].append(2)
    fields["b"]["@path"] = "$.y"

    assert compiled({"x": "x", "y": "y"}) == {"a": [1], "b": "x"}


def test_the_fields_keep_their_order() -> None:
    fields = {"z": 1, "b": {"@path": "$.b"}, "a": {"@path": "$.nope"}, "10": 2, "2": {"@path": "$.b"}}

    assert list(compile_fields(fields)({"b": 0})) == ["z", "b", "10", "2"]


def test_a_payload_of_a_kind_of_dict_does_as_well() -> None:
    compiled = compile_fields({"a": {"@path": "$.x.y"}, "b": {"@template": "{{x.y}}"}})

    assert compiled(OrderedDict(x=OrderedDict(y=1))) == {"a": 1, "b": "1"}


@pytest.mark.parametrize(
    ("payload", "kind"), [([], "array"), ("x", "string"), (None, "null"), (5, "number"), (True, "boolean")]
)
def test_a_payload_that_is_no_object_is_refused(payload: object, kind: str) -> None:
    with pytest.raises(MappingError, match=f"^data must be an object, got {kind}$") as caught:
        compile_fields({"a": 1})(payload)

    assert caught.value.problems == ()


def test_odd_constants_come_through_as_they_are() -> None:
    fields = {
        "quotes": "'\"\\\n{}{{x}}",
        "long": "x" * 5000,
        "big": 10**400,
        "negative": -5,
        "__import__('os')": "'); import os; ('",
        "\N{SNOWMAN}": "\N{SNOWMAN}",
    }

    assert compile_fields(fields)({}) == fields


def test_a_long_path_and_a_long_template_work_like_short_ones() -> None:
    payload: dict[str, Any] = {"x": 1}
    for _ in range(30):
        payload = {"a": payload}
    fields = {"deep": {"@path": "a." * 30 + "x"}, "long": {"@template": f"{{{{{'a.' * 30}x}}}}" * 100}}

    assert compile_fields(fields)(payload) == {"deep": 1, "long": "1" * 100}


def test_what_an_outer_field_has_read_is_not_taken_from_a_branch_that_was_not_run() -> None:
    fields = {
        "a": {"@if": {"exists": {"@path": "$.nope"}, "then": {"@path": "$.x.y"}, "else": 1}},
        "b": {"@path": "$.x.y"},
    }

    assert compile_fields(fields)({"x": {"y": 2}}) == {"a": 1, "b": 2}


def test_a_root_directive_takes_the_other_fields_with_it() -> None:
    fields = {"__segment_internal_directive": {"@literal": {"a": 1}}, "out": {"@path": "$.x"}}

    assert compile_fields(fields)({"x": 2}) == {"a": 1, "mapping": {"out": 2}}


def test_a_batch_gives_one_result_for_each_payload_of_any_type() -> None:
    compiled = compile_batch({"@path": "$.x"})

    assert compiled([{"x": 1}, {}, None, "text", [5]]) == [1, None, None, None, None]


def test_a_batch_that_is_no_list_is_refused() -> None:
    with pytest.raises(MappingError, match=r"^data must be an array, got object$"):
        compile_batch({"a": 1})({"a": 1})


def test_undefined_is_falsy_and_says_its_name() -> None:
    assert not UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"
    assert copy.deepcopy(UNDEFINED) is UNDEFINED


# What the original's validator says of these was observed.
@pytest.mark.parametrize(
    ("fields", "messages"),
    [
        (
            {"@merge": {"objects": {"@path": "$.a"}, "direction": "left"}},
            ["/@merge/objects should be an array but it is an object."],
        ),
        ({"@arrayPath": {"@path": "$.a"}}, ["/@arrayPath should be an array but it is an object."]),
        (
            {"@path": "a", "@template": "b", "_metadata": 1, "x": 1},
            ["/ should only have one @-prefixed key but it has 2 keys."],
        ),
        ({"@if": {"exists": 1, "extra": {"@nope": 1}}}, ["/@if/extra has an invalid directive: @nope."]),
        ({"@literal": {"a": {"@nope": 1}}}, []),
        ({"@excludeWhenNull": {"a": {"@nope": 1}}}, []),
        ({"@literal": {"@nope": 1}}, ["/@literal has an invalid directive: @nope."]),
        ({"a": [{"@path": 5}]}, []),
    ],
)
def test_the_validator_says_what_the_originals_says(fields: Any, messages: list[str]) -> None:
    assert [problem.message for problem in validate_fields(fields)] == messages


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"a": [{"@path": 5}]}, "@path: expected string, got number"),
        ({"a": [{"@template": None}]}, "@template: expected string, got null"),
        ({"@literal": {"a": {"@nope": 1}}}, "@nope is not a valid directive, got undefined"),
    ],
)
def test_what_the_original_finds_when_an_event_comes_is_refused_in_its_words(
    fields: Any, message: str
) -> None:
    assert str(refusal(fields)) == message


def test_no_more_problems_are_told_than_a_person_could_read() -> None:
    fields = {"k" * 90_000: {str(number): {"@nope": 1} for number in range(1_000)}}

    problems = refusal(fields).problems

    assert problems == (Problem("/", "/ has more problems than these."),)
    assert len(refusal({str(number): {"@nope": 1} for number in range(1_000)}).problems) == 1_000
