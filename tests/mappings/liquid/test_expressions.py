from typing import Any

import pytest

from mappings import Template, TemplateError

SCOPE: dict[str, Any] = {
    "n": 7,
    "f": 2.0,
    "zero": 0,
    "age": "20",
    "word": "abc",
    "none": None,
    "yes": True,
    "no": False,
    "empty_text": "",
    "blanks": "  ",
    "list": ["a", "b", 1],
    "empty_list": [],
    "object": {"a": 1, "size": 9},
    "empty_object": {},
    "emoji": "👋 you",
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("zero", True),
        ("empty_text", True),
        ("empty_list", True),
        ("none", False),
        ("nope.x", False),
        ("no", False),
        ("not no", True),
        ("not not no", False),
        ("not no and no", False),
        ("not yes or yes", True),
        ("not n == 7", False),
        ("not word contains 'z'", True),
        ("true or false and false", True),
        ("false and false or true", False),
        ("n == 7 and f == 2 and yes", True),
        ("age == 20", False),
        ("age > 18", True),
        ("age <= 18", False),
        ("nope > 5", False),
        ("nope < 5", False),
        ("none < 5", True),
        ("empty_text < 5", True),
        ("word > 5", False),
        ("word < 5", False),
        ("'b' > 'a'", True),
        ("'10' < '9'", True),
        ("yes > no", True),
        ("1 == true", False),
        ("nope == nil", True),
        ("none != nil", False),
        ("word contains 'b'", True),
        ("'a1' contains 1", True),
        ("word contains nope", False),
        ("list contains 'b'", True),
        ("list contains true", False),
        ("list contains '1'", False),
        ("object contains 'a'", False),
        ("n contains 7", False),
        ("empty_text == empty", True),
        ("empty_list == empty", True),
        ("empty_object == empty", True),
        ("none == empty", False),
        ("blanks == empty", False),
        ("blanks == blank", True),
        ("none == blank", True),
        ("no == blank", True),
        ("nope == blank", True),
        ("zero == blank", False),
        ("word != blank", True),
        ("blank == empty_list", True),
        ("list | size", True),
        ("nope | default: false", False),
        ("list.size == 3", True),
    ],
)
def test_a_condition_holds_as_in_liquidjs_or_better(condition: str, holds: bool) -> None:
    text = f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}"

    assert Template(text).render(SCOPE) == ("yes" if holds else "no")


@pytest.mark.parametrize(
    "condition", ["list < 1", "1 < list", "object >= object", "nope >= nope", "list > 'a'"]
)
def test_lists_objects_and_what_is_missing_are_in_no_order(condition: str) -> None:
    assert Template(f"{{% unless {condition} %}}no{{% endunless %}}").render(SCOPE) == "no"


@pytest.mark.parametrize(
    "condition", ["none == nope", "n <> 8", "empty == empty", "'a' == 'a'", "list == list"]
)
def test_what_is_the_same_is_equal(condition: str) -> None:
    assert Template(f"{{% if {condition} %}}yes{{% endif %}}").render(SCOPE) == "yes"


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("n > 1", "true"),
        ("not yes", "false"),
        ("word contains 'z' or no", "false"),
        ("n > 1 | append: '!'", "true!"),
        ("empty", ""),
        ("blank", ""),
        ("nil", ""),
        ("none", ""),
        ("f", "2"),
        ("yes", "true"),
        ("list", "ab1"),
        ("object", "[object Object]"),
        ("list.first", "a"),
        ("list.last", "1"),
        ("list.size", "3"),
        ("list[0]", "a"),
        ("list[-1]", "1"),
        ("list[-4]", ""),
        ("list[9]", ""),
        ("list.1", "b"),
        ("list['1']", "b"),
        ("list['-1']", ""),
        ("list[f]", "1"),
        ("list[zero]", "a"),
        ("list['size']", "3"),
        ("empty_list.first", ""),
        ("word.size", "3"),
        ("word[0]", "a"),
        ("word[-1]", ""),
        ("word.first", ""),
        ("n.size", ""),
        ("object.size", "9"),
        ("empty_object.size", "0"),
        ("object.first", ""),
        ("object['a']", "1"),
        ("object[word]", ""),
        ("object[none]", ""),
        ("['object'].a", "1"),
        ("[nope].a", ""),
        ("now", ""),
        ("today", ""),
        (r"'it\'s'", "it's"),
        (r'"a\"b\n\t\\"', 'a"b\n\t\\'),
        (r"'\u263a\x\101'", "☺xA"),
        ("'a}}b'", "a}}b"),
        ("'{{ x }}'", "{{ x }}"),
        ("-1.50", "-1.5"),
        ("1.0", "1"),
        ("\nn\n", "7"),
    ],
)
def test_an_output_shows_what_it_shows_in_liquidjs(output: str, rendered: str) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered


@pytest.mark.parametrize(
    "name", ["limit", "offset", "in", "reversed", "cols", "if", "for", "with", "as", "tags"]
)
def test_a_word_of_a_tag_may_be_the_name_of_a_variable(name: str) -> None:
    scope = {name: "x", "a": {name: "y", "empty": "z"}}

    assert Template(f"{{{{ {name} }}}}{{{{ a.{name} | upcase }}}}{{{{ a.empty }}}}").render(scope) == "xYz"


def test_a_pair_of_halves_is_one_character() -> None:
    assert Template(r"{{ '\ud83d\udc4b' }}").render({}) == "👋"


@pytest.mark.parametrize(
    "expression",
    [
        '"a" | append:',
        '"a" | append: ',
        '"a" | append',
        '"a" | append: "b",',
        '"a" | replace: "a",, "b"',
        '"a" | append: , "b"',
        '"a" | append: | upcase',
        '"a" | upcase:',
        "5 | plus",
        'a | where_exp: "x"',
        "a | default: allow_false: true",
        'a | default: "x", allow_false:',
    ],
)
def test_a_filter_that_lacks_an_argument_is_refused(expression: str) -> None:
    for text in (f"{{{{ {expression} }}}}", f"{{% assign x = {expression} %}}"):
        with pytest.raises(TemplateError, match="cannot be read"):
            Template(text)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ('"a" | append: "b"', "ab"),
        ('"a" | append: nope', "a"),
        ('"a" | append: "b" | upcase', "AB"),
        ('"ab" | remove: "b"', "a"),
        ('"ab" | replace: "a"', "b"),
        ('false | default: "x", allow_false: true', "false"),
        ('"abc" | truncate', "abc"),
    ],
)
def test_a_filter_with_its_arguments_is_read(expression: str, shown: str) -> None:
    assert Template(f"{{{{ {expression} }}}}").render({}) == shown
