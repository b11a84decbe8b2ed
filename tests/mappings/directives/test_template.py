from typing import Any

import pytest

from mappings import MappingError, compile_fields


def render(template: Any, **payload: Any) -> Any:
    return compile_fields({"k": {"@template": template}})(payload)["k"]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{a}}", "X"),
        ("[{{ a }}][{{{a}}}]", "[X][X]"),
        ("{{nope}}{{nope.nope}}{{null}}", ""),
        ("{{}}", "{{}}"),
        ("{{ }}", "[object Object]"),
        ("{{{ }}}", "[object Object]"),
        ("{{{}}}", "}"),
        ("{{a} {a}} {{{a}} {{a}}}", "{{a} {a}}  X}"),
        ("{{{{a}}}}", "}"),
        ("{{ {{{a}}}", "{{ X"),
        ("{{{a}}{{{a}}}", "X"),
        ("{{$.a}}", ""),
        ("{{list}} {{list.1}}", "1,2 2"),
        ("'\"\\\n\t{}%s", "'\"\\\n\t{}%s"),
    ],
)
def test_braces_are_read_as_the_original_reads_them(template: str, text: str) -> None:
    assert render(template, a="X", null=None, list=[1, 2]) == text
    assert render({"@path": "$.t"}, t=template, a="X", null=None, list=[1, 2]) == text


@pytest.mark.parametrize("braces", ["{{a}}", "{{{a}}}"])
def test_inserted_text_is_not_read_again(braces: str) -> None:
    assert render(braces, a="{{b}}{{{b}}}", b="pulled in") == "{{b}}{{{b}}}"


def test_a_template_that_is_no_text_fails() -> None:
    with pytest.raises(MappingError, match=r"^@template: expected string, got array$"):
        render({"@path": "$.t"}, t=[])
