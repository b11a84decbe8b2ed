from typing import Any

import pytest

from mappings import MappingError, compile_fields


def replaced(value: Any, **parts: Any) -> Any:
    return compile_fields({"k": {"@replace": {"value": {"@path": "$.v"}, **parts}}})({"v": value})["k"]


@pytest.mark.parametrize(
    ("value", "pattern", "replacement", "text"),
    [
        ("a.b.c", ".", "/", "a/b/c"),
        ("1+1", "1+1", r"\1$&", r"\1$&"),
        ("aaa", "aa", "b", "ba"),
        (1e21, "+", "", "1e21"),
        (3.0, "3", "three", "three"),
        (True, "t", "T", "True"),
        ([], "a", "b", ""),
        (None, "a", "b", ""),
    ],
)
def test_replaces_what_the_pattern_says_letter_by_letter(
    value: Any, pattern: str, replacement: str, text: str
) -> None:
    assert replaced(value, pattern=pattern, replacement=replacement) == text


# As JavaScript compares characters: one upper-case letter, and ASCII letters with ASCII ones alone.
@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [
        ("aAbA", "a", "..b."),
        ("éÉ", "É", ".."),
        ("a\N{LATIN SMALL LETTER LONG S}ß", "S", "a\N{LATIN SMALL LETTER LONG S}ß"),
        ("\N{KELVIN SIGN}Kk", "k", "\N{KELVIN SIGN}.."),
        ("\N{LATIN SMALL LETTER DOTLESS I}İiI", "i", "\N{LATIN SMALL LETTER DOTLESS I}İ.."),
        ("ẞß", "ß", "ẞ."),
        ("µμΜ", "μ", "..."),
        ("Σ\N{GREEK SMALL LETTER SIGMA}ς", "Σ", "..."),
        ("xaXA", "XA", ".."),
    ],
)
def test_in_any_case_letters_are_the_same_as_in_javascript(value: str, pattern: str, text: str) -> None:
    assert replaced(value, pattern=pattern, replacement=".", ignorecase=True) == text


def test_only_the_first_is_replaced_when_asked() -> None:
    assert replaced("aA", pattern="A", replacement="b", **{"global": False}) == "ab"
    assert replaced("aA", pattern="A", replacement="b", ignorecase=True, **{"global": False}) == "bA"
    many = replaced("a" * 200_000, pattern="a", replacement="0123456789", **{"global": False})
    assert many == "0123456789" + "a" * 199_999


def test_the_second_pattern_sees_what_the_first_has_left() -> None:
    assert (
        replaced("xyz", pattern="x", replacement="y", pattern2="Y", replacement2="z", ignorecase=True)
        == "zzz"
    )


@pytest.mark.parametrize("nothing", [None, "", 5, True])
def test_an_empty_second_pattern_is_none(nothing: Any) -> None:
    assert replaced("a", pattern="x", pattern2=nothing, replacement2="z") == "a"


def test_an_empty_constant_gives_nothing() -> None:
    assert compile_fields({"k": {"@replace": {"value": "", "pattern": "a"}}, "z": 1})({}) == {"z": 1}


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        (
            {"pattern2": "x" * 11},
            "/k/@replace/pattern2",
            '@replace requires a "pattern" less than 10 characters',
        ),
        (
            {"replacement2": "x" * 11},
            "/k/@replace/replacement2",
            '@replace requires a "replacement" less than 10 characters',
        ),
    ],
)
def test_a_second_pattern_that_cannot_be_is_refused(parts: Any, path: str, message: str) -> None:
    with pytest.raises(MappingError) as caught:
        replaced("a", pattern="a", **parts)

    assert [(problem.path, problem.message) for problem in caught.value.problems] == [(path, message)]


@pytest.mark.parametrize(
    ("ignorecase", "message"),
    [
        (False, "what @replace gives is longer than 1000000 characters"),
        (True, "the mapping makes or goes through more than 4000000 characters of one event"),
    ],
)
def test_a_text_that_would_grow_without_end_is_refused(ignorecase: bool, message: str) -> None:
    value: Any = {"@path": "$.v"}
    for _ in range(7):
        parts = {"pattern": "a", "replacement": "a" * 10, "ignorecase": ignorecase}
        value = {"@replace": {"value": value, **parts}}
    compiled = compile_fields({"k": value})

    with pytest.raises(MappingError) as caught:
        compiled({"v": "a"})

    assert str(caught.value) == message
