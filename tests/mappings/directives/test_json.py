from typing import Any

import pytest

from mappings import UNDEFINED, MappingError, compile_fields


def worked_out(mode: str, value: Any) -> Any:
    return compile_fields({"@json": {"mode": mode, "value": {"@path": "$.v"}}})({"v": value})


@pytest.mark.parametrize("value", [{"a": 1}, [1], 5, True, None])
def test_decoding_passes_on_what_is_no_text(value: Any) -> None:
    assert worked_out("decode", value) == value


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "007", "[1,]", "{'a':1}", "1" * 5000, "\ufeff1"]
)
def test_decoding_passes_on_a_text_that_is_no_json(text: str) -> None:
    assert worked_out("decode", text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' {"a": [1.0, null]} ', {"a": [1.0, None]}),
        ("12345678901234567890", 12345678901234567890),
        ("[1e400, -1e400]", [None, None]),
        ('"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
    ],
)
def test_decoding_reads_json(text: str, value: Any) -> None:
    assert worked_out("decode", text) == value


def test_decoding_takes_as_many_levels_as_an_event_may_have() -> None:
    deepest: Any = []
    for _ in range(99):
        deepest = [deepest]

    assert worked_out("decode", "[" * 100 + "]" * 100) == deepest


@pytest.mark.parametrize("levels", [101, 600, 100_000])
def test_decoding_more_levels_is_refused_whoever_calls(levels: int) -> None:
    with pytest.raises(MappingError, match=r"^@json decodes no more than 100 levels of objects and lists$"):
        worked_out("decode", '{"a":' * levels + "1" + "}" * levels)


@pytest.mark.parametrize("half", ["\\ud800", "\ud800"])
def test_half_a_character_in_a_decoded_text_is_marked_since_nothing_can_send_it(half: str) -> None:
    assert worked_out("decode", f'{{"a{half}": ["x{half}"]}}') == {"a\ufffd": ["x\ufffd"]}


def test_encoding_nothing_gives_nothing() -> None:
    assert compile_fields({"@json": {"mode": "Encode", "value": {"@path": "$.nope"}}})({}) is UNDEFINED


@pytest.mark.parametrize("value", [None, False, 0, ""])
def test_an_empty_constant_is_refused(value: Any) -> None:
    with pytest.raises(MappingError, match=r'^@json requires a "value" key$') as caught:
        compile_fields({"k": {"@json": {"mode": "encode", "value": value}}})

    assert [problem.path for problem in caught.value.problems] == ["/k/@json"]
