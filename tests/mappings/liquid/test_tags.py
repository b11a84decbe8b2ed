from typing import Any

import pytest

from mappings import Template, TemplateError

SCOPE: dict[str, Any] = {
    "name": "Ada",
    "i": 42,
    "f": 2.0,
    "list": ["b", "a", "C", "b"],
    "object": {"a": 1, "b": "two"},
    "items": [{"name": "Tea", "qty": 2}, {"name": "Cake", "qty": 1}],
    "nested": [[1, 2], [3]],
    "none": None,
    "empty_list": [],
    "yes": True,
}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{% if none %}a{% elsif i == 42 %}b{% else %}c{% endif %}", "b"),
        ("{% if none %}a{% elsif nope %}b{% else %}c{% endif %}", "c"),
        ("{% unless none %}a{% else %}b{% endunless %}", "a"),
        ("{% unless yes %}a{% elsif i %}b{% else %}c{% endunless %}", "b"),
        ("{% case i %}{% when 1 %}a{% when 41, 42 %}b{% else %}c{% endcase %}", "b"),
        ("{% case name %} junk {% when 'x' or 'Ada' %}a{% endcase %}", "a"),
        ("{% case f %}{% when 2 %}a{% endcase %}", "a"),
        ("{% case i %}{% when '42' %}a{% else %}b{% endcase %}", "b"),
        ("{% case i %}{% when '42' %}a{% else %}b{% else %}c{% endcase %}", "b"),
        ("{% case name | upcase %}{% when 'ADA' %}a{% endcase %}", "a"),
        ("{% case nope %}{% when nil %}a{% endcase %}", "a"),
        ("{% case i %}{% when 42 %}a{% when 42 %}b{% else %}c{% endcase %}", "ab"),
        ("{% case i %}{% endcase %}", ""),
        ("{% assign a = 1 | plus: 2 | times: 3 %}{{ a }}", "9"),
        ("{% assign big = list.size > 3 %}{{ big }}", "true"),
        ("{% assign name = 'Bo' %}{{ name }}", "Bo"),
        ("{% capture a %}<{{ name }}>{% endcapture %}{{ a }}{{ a | size }}", "<Ada>5"),
        ("{% capture 'a' %}x{% endcapture %}{{ a }}", "x"),
        ("{% echo name | upcase %}", "ADA"),
        ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}", "aba"),
        ("{% cycle 'x': 1, 2 %}{% cycle 'y': 1, 2 %}{% cycle 'x': 1, 2 %}", "112"),
        ("{% cycle f, i %}{% cycle f, i %}", "242"),
        ("{% increment c %}{% increment c %}{{ c }}{% decrement c %}", "0121"),
        ("{% decrement c %}{% decrement c %}", "-1-2"),
        ("{% assign c = 5 %}{% increment c %}{{ c }}", "05"),
        ("{% comment %}{{ x }}{% if don't %}{% endcomment %}a", "a"),
        ("{%- comment -%} x {%- endcomment -%} a", "a"),
        ("{% raw %}{{ x }}{% if %}{% endraw %}", "{{ x }}{% if %}"),
        ("{% # don't %}a{%- # b -%} c", "ac"),
        ("{% liquid\n assign a = 5\n # don't\n if a > 3\n echo a\n endif\n %}!", "5!"),
        ("{% liquid\ncomment\nfoo\nendcomment\nfor x in list limit: 2\necho x\nendfor %}", "ba"),
        ("{% liquid %}a", "a"),
        ("a{% break %}b", "a"),
        ("a {{- ' b ' -}} c", "a b c"),
        ("a\n\n{%- if yes -%}\n b \n{%- endif -%}\n\nc", "abc"),
        ("{% if yes %}  {% endif %}|", "  |"),
        ("{%if yes%}{{name}}{%endif%}", "Ada"),
        ("{% for x in list %}{{ x }}{% endfor %}", "baCb"),
        ("{% for x in list limit: 2 %}{{ x }}{% endfor %}", "ba"),
        ("{% for x in list offset: 1, limit: 2 %}{{ x }}{% endfor %}", "aC"),
        ("{% for x in list reversed limit: 2 %}{{ x }}{% endfor %}", "ab"),
        ("{% for x in list limit: 0 %}{{ x }}{% else %}none{% endfor %}", ""),
        ("{% for x in list limit: -1 %}{{ x }}{% endfor %}", "baC"),
        ("{% for x in list limit: nope %}{{ x }}{% endfor %}", "baCb"),
        ("{% for x in list limit: '2' %}{{ x }}{% endfor %}", "ba"),
        ("{% for x in empty_list %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% for x in nope %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% for x in i %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% for x in name %}[{{ x }}]{% endfor %}", "[Ada]"),
        ("{% for x in object %}{{ x[0] }}={{ x[1] }};{% endfor %}", "a=1;b=two;"),
        ("{% for x in object %}{{ x }};{% endfor %}", "a1;btwo;"),
        ("{% for x in (1..3) %}{{ x }}{% endfor %}", "123"),
        ("{% for x in (3..1) %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% for x in (1..list.size) %}{{ x }}{% endfor %}", "1234"),
        ("{% for x in (1..'3') %}{{ x }}{% endfor %}", "123"),
        ("{% for x in (nope..2) %}{{ x }}{% endfor %}", ""),
        ("{% for x in nested %}{% for y in x %}{{ y }}.{% endfor %};{% endfor %}", "1.2.;3.;"),
        ("{% for x in list %}{{ forloop.index }}{{ forloop.index0 }}{{ forloop.rindex }}{{ forloop.rindex0 }} {% endfor %}", "1043 2132 3221 4310 "),
        ("{% for x in list %}{{ forloop.length }}{{ forloop.name }}{% break %}{% endfor %}", "4x-list"),
        ("{% for x in list %}{{ x }}{% unless forloop.last %}, {% endunless %}{% endfor %}", "b, a, C, b"),
        ("{% for x in list %}{% if x == 'C' %}{% break %}{% endif %}{{ x }}{% endfor %}!", "ba!"),
        ("{% for x in list %}{% if x == 'a' %}{% continue %}{% endif %}{{ x }}{% endfor %}", "bCb"),
        ("{% for x in list limit: 1 %}{{ x }}{% endfor %}-{% for x in list offset: continue %}{{ x }}{% endfor %}", "b-aCb"),
        ("{% for i in list %}{{ i }}{% endfor %}{{ i }}", "baCb42"),
        ("{% for x in list %}{% assign last = x %}{% endfor %}{{ last }}", "b"),
        ("{% for x in items %}{{ forloop.index }}. {{ x.qty }} {{ x.name }}\n{% endfor %}", "1. 2 Tea\n2. 1 Cake\n"),
        ("{% tablerow x in list cols: 3 %}{{ x }}{% endtablerow %}", '<tr class="row1"><td class="col1">b</td><td class="col2">a</td><td class="col3">C</td></tr><tr class="row2"><td class="col1">b</td></tr>'),
        ("{% tablerow x in list cols: 2 limit: 2 %}{{ tablerowloop.row }}{{ tablerowloop.col }}{{ tablerowloop.col0 }}{{ tablerowloop.col_first }}{{ tablerowloop.col_last }}{% endtablerow %}", '<tr class="row1"><td class="col1">110truefalse</td><td class="col2">121falsetrue</td></tr>'),
        ("{% for x in list %}{% for x in nested %}{% break %}{% endfor %}{{ x }}{% break %}{% endfor %}[{{ x }}]", "b[]"),
        ("{% for x in list %}{% if x == 'a' %}{% capture y %}{% break %}{% endcapture %}{% endif %}{{ x }}{% endfor %}[{{ x }}{{ y }}]", "b[]"),
        ("{% tablerow x in empty_list %}{{ x }}{% endtablerow %}", ""),
    ],
)  # fmt: skip
def test_a_tag_does_what_it_does_in_liquidjs(text: str, rendered: str) -> None:
    assert Template(text).render(SCOPE) == rendered


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("{% if yes %}x", "{% if %} is not closed", 1),
        ("a\n{% for x in list %}\n{% if yes %}\nx{% endfor %}", "unexpected tag 'endfor'", 4),
        ("\n{% for x in list %}x", "{% for %} is not closed", 2),
        ("{% capture a %}x", "{% capture %} is not closed", 1),
        ("{% case i %}{% when 1 %}x", "{% case %} is not closed", 1),
        ("{% case i %}{{ i }}{% endcase %}", "expected tag 'endcase', found '{{'", 1),
        ("{% raw %}x", "{% raw %} is not closed", 1),
        ("\n\n{% comment %}x", "{% comment %} is not closed", 3),
        ("{% liquid\n if yes\n echo 'x' %}", "{% if %} is not closed", 2),
        ("{% liquid\n comment\n echo 'x' %}", "{% comment %} is not closed", 2),
        ("{% endif %}", "unexpected tag 'endif'", 1),
        ("{% if yes %}a{% else %}b{% else %}c{% endif %}", "unexpected tag 'else'", 1),
        ("{% if yes %}a{% else %}b{% elsif yes %}c{% endif %}", "unexpected tag 'elsif'", 1),
        ("{% if yes %}a{% else if no %}b{% endif %}", "expected content, found expression", 1),
        ("{% if %}x{% endif %}", "missing expression", 1),
        ("{% if yes == %}x{% endif %}", "expected a primitive expression, found end of expression", 1),
        ("{% if a = b %}x{% endif %}", "expected end of expression, found '='", 1),
        ("{% if a == b == c %}x{% endif %}", "expected end of expression, found '=='", 1),
        ("{% if (a or b) and c %}x{% endif %}", "expected '..', found or", 1),
        ("{% for x of list %}x{% endfor %}", "expected in, found word", 1),
        ("{% for x in list | sort %}x{% endfor %}", "expected 'reversed', 'offset' or 'limit'", 1),
        ("{% assign a.b = 5 %}", "expected an identifier, found a path with multiple segments", 1),
        ("{% assign a 5 %}", "expected '=', found integer", 1),
        ("{% cycle %}", "missing expression", 1),
        ("{% 'x' %}", "missing tag name", 1),
        ("{% nope %}", "unexpected tag 'nope'", 1),
        ("\n{% if yes", "the tag is not closed", 2),
    ],
)
def test_a_tag_that_cannot_be_read_is_refused_with_its_line(text: str, message: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(text)

    assert str(caught.value) == f"the template cannot be read: {message} (line {line})"


@pytest.mark.parametrize("tag", ["include", "render", "layout", "block", "ifchanged", "doc"])
def test_there_are_no_tags_that_read_other_templates_and_none_of_other_engines(tag: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(f"{{% {tag} 'x' %}}{{% end{tag} %}}")

    assert str(caught.value) == f"the template cannot be read: unexpected tag '{tag}' (line 1)"


def test_blank_control_is_kept_in_raw_text_too() -> None:
    assert Template("a {%- raw -%} {{ x }} {%- endraw -%} b").render({}) == "a{{ x }}b"
