from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mappings import Template, TemplateError
from mappings.liquid.bounds import ITEM, MOST_WORK, Work

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TOO_MUCH_WORK = "the template takes too much work"
TOO_LONG = "a value grows longer than 100000"
TOO_MANY_TURNS = "loops take more than 5000 turns"
TOO_MUCH_OUTPUT = "the template renders more than 100000 characters"
TOO_DEEP = "a value is nested deeper than 100 levels"


def scope() -> dict[str, Any]:
    itself: list[Any] = []
    itself.append(itself)
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    return {
        "a": "a" * 1000,
        "big": "x" * 100_000,
        "list": list(range(300)),
        "numbers": list(range(100_000)),
        "object": {str(i): i for i in range(20_000)},
        "items": [{"a": i, "b": f"t{i}"} for i in range(5000)],
        "tags": "<" * 50_000 + "<script" * 5000,
        "half": "a" * 25_000 + "b" + "a" * 25_000,
        "digits": "1" * 100_000 + "x",
        "when": "2024-12-25T08:00:00Z",
        "itself": itself,
        "deep": deep,
    }


def loop(body: str) -> str:
    return f"{{% for i in (1..5000) %}}{body}{{% endfor %}}"


DOUBLED = "{% assign l = list %}" + "{% assign l = l | push: l %}" * 60


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 60, TOO_LONG),
        ("{% assign l = list %}" + "{% assign l = l | concat: l %}" * 16, TOO_MUCH_WORK),
        ("{{ a | replace: 'a', a | replace: 'a', a }}", TOO_LONG),
        ("{{ big | replace: '', a }}", TOO_LONG),
        ("{{ big | append: 'x' }}", TOO_LONG),
        ("{{ (1..1000000000) | join: ',' }}", TOO_LONG),
        ("{{ (1..99999999999999999999999) | size }}", TOO_LONG),
        ("{% assign r = (1..100000000) %}{{ r }}", TOO_LONG),
        ("{% for i in (1..100000000) %}x{% endfor %}", TOO_LONG),
        ("{{ when | date: '" + "%999d" * 3900 + "' }}", TOO_LONG),
        ("{% for i in (1..5001) %}x{% endfor %}", TOO_MANY_TURNS),
        ("{% for i in (1..80) %}{% for j in (1..80) %}{% endfor %}{% endfor %}", TOO_MANY_TURNS),
        ("{% tablerow i in (1..5001) %}{% endtablerow %}", TOO_MUCH_OUTPUT),
        ("{{ numbers | where_exp: 'x', 'x' }}", TOO_MANY_TURNS),
        ("{{ big | upcase }}{{ a | upcase }}", TOO_MUCH_OUTPUT),
        ("{% for i in list %}" + "{{ a }}" * 50 + "{% endfor %}", TOO_MUCH_OUTPUT),
        (loop("{% capture x %}{{ x }}{{ a }}{% endcapture %}"), TOO_MUCH_WORK),
        (loop("{% if i == 1 and i == 2 or i == 3 %}{% endif %}" * 50), TOO_MUCH_WORK),
        (loop("{% comment %}{% endcomment %}" * 100), TOO_MUCH_WORK),
        (loop("{{ a" + ".b" * 500 + " }}"), TOO_MUCH_WORK),
        (loop("{% assign x = a" + " | nope" * 200 + " %}"), TOO_MUCH_WORK),
        (loop("{% assign x = when | date: '" + "%c" * 30 + "' %}"), TOO_MUCH_WORK),
        (loop("{{ numbers }}"), TOO_MUCH_WORK),
        (loop("{% for x in object limit: 1 %}{% endfor %}"), TOO_MUCH_WORK),
        (loop("{% if numbers == numbers %}{% endif %}"), TOO_MUCH_WORK),
        (loop("{% if numbers contains 'x' %}{% endif %}"), TOO_MUCH_WORK),
        (loop("{% if big contains half %}{% endif %}"), TOO_MUCH_WORK),
        (loop("{% cycle numbers, big %}"), TOO_MUCH_WORK),
        (loop("{% assign x = big | upcase %}"), TOO_MUCH_WORK),
        (loop("{% assign x = tags | strip_html %}"), TOO_MUCH_WORK),
        (loop("{% assign x = half | remove_last: half %}"), TOO_MUCH_WORK),
        (loop("{% assign x = big | strip: 'x' %}"), TOO_MUCH_WORK),
        (loop("{% assign x = items | map: 'b' | sort_natural | uniq | join %}"), TOO_MUCH_WORK),
        ("{{ numbers | join: a }}", TOO_MUCH_WORK),
        ("{{ numbers | sort_natural | size }}", TOO_MUCH_WORK),
        ("{{ itself | size }}{{ itself }}", TOO_DEEP),
        ("{{ itself | json }}", TOO_DEEP),
        ("{% if itself == itself %}{% endif %}", TOO_DEEP),
        ("{{ deep | uniq | size }}", TOO_DEEP),
        (DOUBLED + "{{ l }}", TOO_MUCH_WORK),
        (DOUBLED + "{{ l | json }}", TOO_MUCH_WORK),
        (DOUBLED + "{{ l | uniq | size }}", TOO_MUCH_WORK),
        (DOUBLED + "{% if l == l %}{% endif %}", TOO_MUCH_WORK),
    ],
)
def test_a_rendering_that_takes_too_much_is_refused(text: str, message: str) -> None:
    template = Template(text)

    with pytest.raises(TemplateError) as caught:
        template.render(scope())

    assert str(caught.value) == f"the template cannot be rendered: {message} (line 1)"


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        (loop("."), "." * 5000),
        (loop("{% break %}"), ""),
        ("{% for i in (1..100000) %}{% break %}{% endfor %}", ""),
        (loop("{% if digits < 5 %}x{% endif %}"), ""),
        (
            "{% for i in (1..100) %}{% for x in items limit: 10 %}{{ x.a }}{% endfor %}{% endfor %}",
            "0123456789" * 100,
        ),
        ("{{ numbers | size }}{{ numbers.last }}{{ big | size }}", "10000099999100000"),
        ("{{ big }}", "x" * 100_000),
        ("{% increment c %}" * 3, "012"),
    ],
)
def test_what_takes_little_is_rendered_however_large_the_event(text: str, rendered: str) -> None:
    assert Template(text).render(scope()) == rendered


def test_a_long_message_with_every_kind_of_tag_takes_a_small_part_of_the_work_allowed() -> None:
    template = Template(
        "{% assign names = items | map: 'b' | sort_natural | uniq | join: ', ' | truncate: 100 %}{{ names }}"
        "{% for item in items %}{% if item.a > 10 and item.b contains 't' %}{{ forloop.index }}. "
        "{{ item.b | upcase | append: '!' }} costs {{ item.a | times: 1.2 | round: 2 }} on "
        "{{ when | date: '%B %-d, %Y' }}{% else %}-{% endif %}{% unless forloop.last %}, {% endunless %}{% endfor %}"
    )
    items = [{"a": i, "b": f"t{i}"} for i in range(100)]

    assert len(template.render({"items": items, "when": "2024-12-25"})) == 3852


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ a" * 5000, "the output is not closed"),
        ("{{" * 10_000, "the output is not closed"),
        ("{%" * 10_000, "the tag is not closed"),
        ("{{ '" + "x" * 19_000, "the output is not closed"),
        ("{{ '" * 5000, "the output is not closed"),
        ("{{" + " " * 19_998, "the output is not closed"),
        ("{%" + " " * 19_998, "the tag is not closed"),
        ("{% raw %}" * 2000, "{% raw %} is not closed"),
        ("{% comment %}" * 1500, "{% comment %} is not closed"),
        ("{% if a %}" * 1000 + "{% endif %}" * 900, "block nesting limit reached"),
        ("{% for i in a %}" * 1200, "block nesting limit reached"),
        ("{% liquid " + "\nif a" * 3900 + "%}", "block nesting limit reached"),
        ("{{ a" + "[" * 9000 + " }}", "brackets are nested deeper than 20 levels"),
        ("{{ " + "a[" * 6000 + "a" + "]" * 6000 + "}}", "brackets are nested deeper than 20 levels"),
        ("{{ " + "(" * 19_000 + "}}", "brackets are nested deeper than 20 levels"),
        ("{{ " + "9" * 19_000 + "}}", "a number has more than 400 digits"),
        ("{{ a[" + "9" * 19_000 + "] }}", "a number has more than 400 digits"),
        ("{% if a" + "==a" * 6600 + " %}x{% endif %}", "expected end of expression, found '=='"),
        ("{% if a %}" + "{% else %}" * 1900 + "{% endif %}", "unexpected tag 'else'"),
    ],
)
def test_a_template_made_to_take_long_to_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(text[:20_000])

    assert caught.value.message == f"the template cannot be read: {message}"


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{{ a" + " | upcase" * 2000 + " }}", "X"),
        ("{{ a" + "|x" * 9900 + "}}", "x"),
        ("{{ a" + ".b" * 9900 + "}}", ""),
        ("{{ a" + "[0]" * 6600 + "}}", ""),
        ("{{ a | f: " + "1," * 9900 + "1 }}", "x"),
        ("{% if a" + " and a" * 3300 + " %}y{% endif %}", "y"),
        ("{% if " + "not " * 4900 + "a %}y{% endif %}", "y"),
        ("{% if b %}" + "{% elsif b %}" * 1500 + "{% endif %}", ""),
        ("{{a}}" * 4000, "x" * 4000),
        ("{% liquid\n" + "echo a\n" * 2800 + "%}", "x" * 2800),
        ("{{ a |" + " " * 19_000 + "upcase }}", "X"),
        ("{ " * 10_000, "{ " * 10_000),
        ("%}" * 10_000, "%}" * 10_000),
        ("{% cycle " + "'a'," * 4900 + "'b' %}", "a"),
    ],
)
def test_a_long_template_is_read_as_any_other(text: str, rendered: str) -> None:
    scope = {"a": "x"} if "[0]" not in text else {}

    assert Template(text).render(scope) == rendered


PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "-", " ", "\n", "if ", "endif", "for x in a", "endfor", "else", "case a", "when 1",
     "endcase", "assign z = ", "capture z", "endcapture", "raw", "endraw", "comment", "endcomment", "liquid", "echo ",
     "cycle ", "a", "s", "nope", "'x'", '"', "\\", " | ", ": ", ", ", ".", "..", "(", ")", "[", "]", " == ", " < ",
     " and ", "not ", "contains ", "nil", "empty", "0", "-1.5", "upcase", "default", "date", "sort", "split", "json",
     "size", "plus", "times", "é", "👋", "\ud800", "\x00", "$"]
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_the_text_nothing_but_a_template_error_is_raised(text: str) -> None:
    with suppress(TemplateError):
        rendered = Template(text).render({"a": [1, None, {"s": "x"}], "s": "text \ud800"})

        assert len(rendered.encode()) <= 100_000


def test_work_is_counted_down_to_nothing() -> None:
    work = Work(NOW)

    work.spend(MOST_WORK)

    assert work.left == 0
    with pytest.raises(Exception, match=f"^{TOO_MUCH_WORK}$"):
        work.spend(1)


@pytest.mark.parametrize(
    ("value", "cost"),
    [
        ("abc", ITEM + 3),
        (5, ITEM),
        ([1, "abc"], 5 * ITEM + 3),
        ({"key": None}, 3 * ITEM + 3),
        (range(4), 9 * ITEM),
        ([[[]]], 5 * ITEM),
    ],
)
def test_going_through_a_value_costs_what_is_in_it(value: object, cost: int) -> None:
    work = Work(NOW)

    work.spend_on(value)

    assert MOST_WORK - work.left == cost
