from typing import Any

import pytest

from mappings import Template, TemplateError

SCOPE: dict[str, Any] = {
    "list": ["b", "a", None, [1, 2]],
    "letters": ["b", "a", "C", "b"],
    "numbers": [3, 1, 2.5, 10],
    "items": [
        {"name": "Tea", "price": 3.5, "qty": 2, "ok": True, "of": {"kind": "drink"}},
        {"name": "cake", "price": 10, "qty": 1, "ok": False},
        {"name": "Bread", "price": None, "qty": 1},
        {"name": "apple", "qty": 3, "ok": "yes"},
    ],
    "twice": [1, "1", 1, 1.0, True, None, None],
    "same": [{"a": 1}, {"a": 1}, [2], [2]],
    "object": {"k": "v", "f": 3.0, "none": None},
    "none": None,
    "no": False,
    "text": "abc",
}


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("list | join: '-'", "b-a--1,2"),
        ("letters | join", "b a C b"),
        ("letters | join: none", "b a C b"),
        ("letters | join: ', '", "b, a, C, b"),
        (r"letters | join: '\n'", "b\na\nC\nb"),
        ("text | join: '-'", "abc"),
        ("none | join: '-'", ""),
        ("list | size", "4"),
        ("text | size", "3"),
        ("42 | size", "0"),
        ("letters | first", "b"),
        ("letters | last", "b"),
        ("text | first", "a"),
        ("none | first", ""),
        ("letters | slice: 1, 2 | json", '["a","C"]'),
        ("text | slice: 1", "b"),
        ("text | slice: -2, 2", "bc"),
        ("text | slice: 1, 100", "bc"),
        ("text | slice: '1'", "b"),
        ("text | slice: -5, 3", ""),
        ("text | slice: 5", ""),
        ("text | slice: 0, -1", ""),
        ("12345 | slice: -2, 2", "45"),
        ("letters | reverse | json", '["b","C","a","b"]'),
        ("letters | concat: numbers | size", "8"),
        ("none | concat: letters | size", "4"),
        ("letters | push: 'x' | last", "x"),
        ("letters | unshift: 'x' | first", "x"),
        ("letters | pop | size", "3"),
        ("letters | shift | first", "a"),
        ("list | compact | size", "3"),
        ("items | map: 'name' | join: ', '", "Tea, cake, Bread, apple"),
        ("items | map: 'of.kind' | json", '["drink",null,null,null]'),
        ("text | map: 'name' | size", "1"),
        ("numbers | sum", "16.5"),
        ("items | sum: 'qty'", "7"),
        ("'1,2,x' | split: ',' | sum", "3"),
        ("numbers | sort | json", "[1,2.5,3,10]"),
        ("letters | sort | json", '["C","a","b","b"]'),
        ("letters | sort_natural | json", '["a","b","b","C"]'),
        ("items | sort: 'name' | map: 'name' | first", "Bread"),
        ("items | sort_natural: 'name' | map: 'name' | join: ' '", "apple Bread cake Tea"),
        ("items | sort: 'price' | map: 'price' | json", "[3.5,10,null,null]"),
        ("letters | uniq | json", '["b","a","C"]'),
        ("twice | uniq | json", '[1,"1",true,null]'),
        ("items | where: 'ok' | map: 'name' | join", "Tea apple"),
        ("items | where: 'ok', true | map: 'name' | join", "Tea"),
        ("items | where: 'qty', 1 | map: 'name' | join", "cake Bread"),
        ("items | where: 'qty', '1' | size", "0"),
        ("items | where: 'price', nil | map: 'name' | join", "Bread apple"),
        ("items | reject: 'ok' | map: 'name' | join", "cake Bread"),
        ("items | find: 'qty', 3 | map: 'name'", "apple"),
        ("items | find: 'qty', 9", ""),
        ("items | find_index: 'name', 'cake'", "1"),
        ("items | find_index: 'name', 'nope'", ""),
        ("items | has: 'name', 'cake'", "true"),
        ("items | has: 'name', 'nope'", "false"),
        ("items | group_by: 'qty' | map: 'name' | json", "[2,1,3]"),
        ("items | group_by: 'qty' | map: 'items.size' | json", "[1,2,1]"),
        ("(1..3)", "123"),
        ("(1..3) | join: ','", "1,2,3"),
        ("(1..3) | reverse | json", "[3,2,1]"),
        ("nope | default: 'd'", "d"),
        ("no | default: 'd'", "d"),
        ("no | default: 'd', allow_false: true", "false"),
        ("no | default: 'd', allow_false: nope", "d"),
        ("0 | default: 'd'", "0"),
        ("'' | default: 'd'", "d"),
        ("' ' | default: 'd'", " "),
        ("object | default: 'd'", "[object Object]"),
        ("nope | default: none | default: 'x'", "x"),
        ("nope | default: 'a', 'b'", "a"),
        ("object | json", '{"k":"v","f":3,"none":null}'),
        ("numbers | json: 2", "[\n  3,\n  1,\n  2.5,\n  10\n]"),
        ("'é\"' | json", '"é\\""'),
        ("none | json", "null"),
        ("nope | json", ""),
        ("object | inspect", '{"k":"v","f":3,"none":null}'),
        ("text | raw", "abc"),
        ("items | where_exp: 'x', 'x.qty > 1 and x.ok' | map: 'name' | join", "Tea apple"),
        ("items | reject_exp: 'x', 'x.qty > 1' | map: 'name' | join", "cake Bread"),
        ("items | find_exp: 'x', 'x.qty == 1' | map: 'name'", "cake"),
        ("items | find_index_exp: 'x', 'x.qty == 1'", "1"),
        ("items | has_exp: 'x', 'x.qty == 9'", "false"),
        ("items | group_by_exp: 'x', 'x.name | slice: 0 | upcase' | map: 'name' | join", "T C B A"),
    ],
)
def test_a_filter_of_lists_does_what_it_does_in_liquidjs(output: str, rendered: str) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered


def test_uniq_keeps_one_of_what_looks_the_same() -> None:
    assert Template("{{ same | uniq | json }}").render(SCOPE) == '[{"a":1},[2]]'


def test_the_scope_is_not_touched() -> None:
    scope = {"a": ["b", "a"]}

    Template("{% assign a = a | sort | push: 'c' %}{% assign c = 1 %}{{ a }}").render(scope)

    assert scope == {"a": ["b", "a"]}


@pytest.mark.parametrize("arguments", ["'x', 5", "5, 'x.a'"])
def test_a_filter_without_its_expression_says_what_it_expects(arguments: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(f"{{{{ items | where_exp: {arguments} }}}}").render({"items": [1]})

    message = "the template cannot be rendered: expected the name of the item and an expression"
    assert caught.value.message == message
