from typing import Any

import pytest

from mappings import Template

SCOPE: dict[str, Any] = {
    "s": "a b&<c>'\"",
    "n": 3.0,
    "yes": True,
    "no": False,
    "list": ["b", "a", None, [1, 2]],
    "twice": [1, "1", 1, {"a": 1}, {"a": 1}],
    "object": {"k": "v"},
    "none": None,
    "when": "2024-12-25T08:09:05.123Z",
}


@pytest.mark.parametrize(
    ("output", "rendered"),
    [
        ("yes | append: 'x'", "truex"),
        ("n | append: n", "33"),
        ("n | prepend: yes", "true3"),
        ("list | append: 'x'", "ba12x"),
        ("object | append: 'x'", "[object Object]x"),
        ("none | append: 'x'", "x"),
        ("yes | upcase", "TRUE"),
        ("list | join: '-'", "b-a--1,2"),
        ("s | join", "a b&<c>'\""),
        ("list | size", "4"),
        ("twice | uniq | size", "3"),
        ("(1..3)", "123"),
        ("(1..3) | join: ','", "1,2,3"),
        ("s | escape", "a b&amp;&lt;c&gt;&#39;&#34;"),
        ("s | replace: 'b', n", "a 3&<c>'\""),
        ("'a,b,,c,,' | split: ',' | size", "4"),
        ("'ab' | split: '' | join: '-'", "a-b"),
        ("7 | divided_by: 2", "3.5"),
        ("8 | divided_by: 2", "4"),
        ("n | times: 2", "6"),
        ("'3' | plus: 1", "4"),
        ("nope | plus: 1", "1"),
        ("2.5 | round", "3"),
        ("-2.5 | round", "-3"),
        ("1.005 | round: 2", "1.01"),
        ("1234.5678 | round: -2", "1200"),
        ("2.5 | round: 999999", "2.5"),
        ("'1e300' | round: 2", "1e+300"),
        ("nope | default: 'd'", "d"),
        ("no | default: 'd'", "d"),
        ("no | default: 'd', allow_false: true", "false"),
        ("0 | default: 'd'", "0"),
        ("'' | default: 'd'", "d"),
        ("object | default: 'd'", "[object Object]"),
        ("object | json", '{"k":"v"}'),
        ("nope | json", ""),
        ("when | date: '%Y-%m-%dT%H:%M:%S.%L %q %s %%'", "2024-12-25T08:09:05.123 th 1735114145 %"),
        ("when | date", "Wednesday, December 25, 2024 at 8:09 am +0000"),
        ("'2024-12-25T08:00:00+02:00' | date: '%H'", "06"),
        ("'2024-12-22' | date: '%-d%q'", "22nd"),
        ("'2024-12-13' | date: '%d%q %N'", "13th 000000000"),
        ("1700000000 | date: '%Y-%m-%d %H:%M'", "2023-11-14 22:13"),
        ("'1700000000' | date: '%Y'", "2023"),
        ("'Dec 25 2024' | date: '%d'", "25"),
        ("'abc' | date: '%Y'", "abc"),
        ("none | date: '%Y'", ""),
        ("'now' | date: '%Y' | size", "4"),
        ("s | no_such_filter: 1, 2", "a b&<c>'\""),
    ],
)
def test_a_filter_does_what_it_does_in_liquidjs(output: str, rendered: str) -> None:
    assert Template(f"{{{{ {output} }}}}").render(SCOPE) == rendered
