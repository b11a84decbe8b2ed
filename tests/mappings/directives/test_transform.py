from typing import Any

import pytest

from mappings import UNDEFINED, MappingError, compile_fields


def transformed(apply: Any, mapping: Any, **payload: Any) -> Any:
    return compile_fields({"@transform": {"apply": apply, "mapping": mapping}})(payload)


def test_the_mapping_sees_what_was_applied_and_not_the_payload() -> None:
    mapping = {"out": {"@path": "$.a"}, "hidden": {"@path": "$.x"}, "text": {"@template": "{{a}}{{x}}"}}

    assert transformed({"a": {"@path": "$.x"}}, mapping, x=1) == {"out": 1, "text": "1"}


@pytest.mark.parametrize(
    ("applied", "result"),
    [
        ([1, 2], {"second": 2, "whole": [1, 2]}),
        ("text", {"whole": "text"}),
        (None, {"second": None, "whole": None}),
        (5, {"whole": 5}),
    ],
)
def test_anything_can_be_applied(applied: Any, result: Any) -> None:
    mapping = {"second": {"@path": "$.1"}, "whole": {"@path": "$."}}

    assert transformed({"@path": "$.v"}, mapping, v=applied) == result


def test_a_mapping_that_finds_nothing_gives_nothing() -> None:
    assert transformed({"@path": "$.nope"}, {"@path": "$.x"}, x=1) is UNDEFINED


def test_what_would_double_again_and_again_is_refused() -> None:
    doubled: Any = {"@path": "$.v"}
    for _ in range(22):
        twice = {"v": [{"@path": "$.v"}, {"@path": "$.v"}]}
        doubled = {
            "@transform": {
                "apply": {"v": doubled},
                "mapping": {"@transform": {"apply": twice, "mapping": {"@path": "$.v"}}},
            }
        }
    compiled = compile_fields({"k": doubled})

    with pytest.raises(
        MappingError, match=r"^the mapping makes or goes through more than 4000000 characters of one event$"
    ):
        compiled({"v": "x"})


def test_texts_that_would_double_again_and_again_are_refused() -> None:
    text: Any = {"@path": "$.v"}
    for _ in range(11):
        text = {"@transform": {"apply": {"v": text}, "mapping": {"@template": "{{v}}" * 4}}}
    compiled = compile_fields({"k": text})

    with pytest.raises(
        MappingError, match=r"^the mapping makes or goes through more than 4000000 characters of one event$"
    ):
        compiled({"v": "x"})
