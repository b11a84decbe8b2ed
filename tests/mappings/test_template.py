from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest

from mappings import Template, TemplateError
from mappings.template import _reader

PROFILE = {
    "user_id": "jane",
    "traits": {
        "vip": True, "list": ["b", "a", "c"], "tier": "gold", "n": 21, "when": "2024-12-25T08:00:00Z",
        "first name": "Spaced", "o": {"p": "q"}, "f": 3.0, "none": None, "age": "20",
    },
}  # fmt: skip


def render(text: str, **scope: Any) -> str:
    return Template(text).render({"profile": PROFILE, **scope})


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("no braces", "no braces"),
        ("", ""),
        ("{{profile.user_id | upcase}}", "JANE"),
        ("{% if profile.traits.vip %}VIP{% else %}std{% endif %}", "VIP"),
        ("{% for x in profile.traits.list %}{{x}};{% endfor %}", "b;a;c;"),
        ('{% case profile.traits.tier %}{% when "gold" %}G{% else %}O{% endcase %}', "G"),
        ('{{ profile.traits.list | sort | join: "," }}', "a,b,c"),
        ("{{profile.user_id | nope}}", "jane"),
        ("[{{nothing.here}}]", "[]"),
        ("{% assign t = profile.traits.n | times: 2 %}{{t}}", "42"),
        ('{{ profile.traits.when | date: "%d/%m/%Y" }}', "25/12/2024"),
        ('a {{- " b " -}} c', "a b c"),
        ('{{ profile.traits["first name"] }}', "Spaced"),
        ("{{ profile.traits['first name'] }}", "Spaced"),
        ("{{ profile.traits.list.size }}{{ profile.traits.list.first }}", "3b"),
        ("{{ profile.traits.list[1] }}{{ profile.traits.list.2 }}{{ profile.traits.list[9] }}", "ac"),
        (
            "{{profile.traits.f}} {{profile.traits.list}} {{profile.traits.o}} {{profile.traits.vip}}",
            "3 bac [object Object] true",
        ),
        ("Hi {{profile.traits.none | default: \"Person\"}}{{ x | default: '!' }}", "Hi Person!"),
        ("{% if profile.traits.missing > 5 %}y{% else %}n{% endif %}", "n"),
        ("{% if profile.traits.age > 18 %}y{% else %}n{% endif %}", "y"),
        ("{% if profile.traits.tier > 18 or profile.traits.n contains 2 %}y{% else %}n{% endif %}", "n"),
        ("{% unless profile.traits.age <= 18 %}y{% endunless %}", "y"),
        ("{% if profile.traits.nope %}{% elsif profile.traits.age >= 20 %}y{% endif %}", "y"),
        ('{% if "b" > "a" and not profile.traits.none %}y{% endif %}', "y"),
        ("{% if true %}  {% endif %}|", "  |"),
        ("{{ now }}{{ today }}", ""),
        ("{s} {{ 's' }} }}", "{s} s }}"),
        ("{% raw %}{{ x }}{% endraw %}{% comment %}{{ y }}{% endcomment %}", "{{ x }}"),
    ],
)
def test_renders_as_liquidjs_does(text: str, rendered: str) -> None:
    assert render(text) == rendered


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("Hello {{profile.user_id$}}!!", "unexpected '$'", 1),
        ("Hi {{profile.user_id", "expected '}}', found end of file", 1),
        ("{% if true %}x", "expected tag endif, found end of expression", 1),
        ("a\nb {% nope %}", "unexpected tag 'nope'", 2),
        ("{% include 'x' %}", "unexpected tag 'include'", 1),
        ("{% render 'x' %}", "unexpected tag 'render'", 1),
        ("{% layout 'x' %}", "unexpected tag 'layout'", 1),
        ("\n\n{{ a b }}", "expected end of expression, found word", 3),
        ("{{{ a }}}", "unexpected '{'", 1),
        ("{{ a" * 5000, "expected '}}', found end of file", 1),
        ("{{" + " " * 15_000, "more than 200 blanks in a row", 1),
    ],
)
def test_text_that_is_no_template_is_refused(text: str, message: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(text)

    assert caught.value.message == f"the template cannot be read: {message}"
    assert str(caught.value) == f"{caught.value.message} (line {line})"


def test_a_template_that_is_too_long_is_refused() -> None:
    with pytest.raises(TemplateError, match=r"^the template has more than 20000 characters$"):
        Template("x" * 20_001)


@pytest.mark.parametrize(
    "text",
    [
        "{{ a | replace: 'a', a | replace: 'a', a }}",
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{% for i in (1..4000) %}{% for j in (1..4000) %}{% endfor %}{% endfor %}",
        "{% for i in list %}" + "{{ a }}" * 50 + "{% endfor %}",
        "{{ (1..1000000000) | join: ',' }}",
        "{{ (1..99999999999999999999999) | size }}",
        "{% assign r = (1..100000000) %}{{ r }}",
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 60,
        "{% capture b %}" + "{{a}}" * 90 + "{% endcapture %}{% assign l = b | split: 'z' %}" + "{% assign l = l | concat: l %}" * 16 + "{{ l }}",
        "{% capture b %}" + "{{a}}" * 90 + "{% endcapture %}{% assign l = b | split: 'z' %}" + "{% assign l = l | concat: l %}" * 12 + "{{ l | join }}",
        "{{ a }}" * 101,
        "{{ a | upcase }}" * 101,
        "{{ loop }}",
        "{{ loop | json }}",
        "{{ 1 | divided_by: 0 }}",
        "{% cycle 'a' %}{{ 'now' | date: a }}{{ a | truncate: list }}",
    ],
)  # fmt: skip
def test_a_template_that_takes_too_much_or_cannot_be_worked_out_is_refused_when_rendered(text: str) -> None:
    loop: list[Any] = []
    loop.append(loop)
    template = Template(text)

    with pytest.raises(TemplateError):
        template.render({"a": "a" * 1000, "list": list(range(300)), "loop": loop})


def test_numbers_do_not_grow_without_end() -> None:
    text = "{% assign x = 9 %}{% for i in (1..40) %}{% assign x = x | times: x %}{% endfor %}{{ x }}"

    assert render(text) == "Infinity"


@pytest.mark.parametrize("scope", [OrderedDict(a="x"), MappingProxyType({"a": "x"})])
@pytest.mark.parametrize("text", ["{{ a }}", "{{ a | downcase }}"])
def test_the_scope_may_be_any_mapping(text: str, scope: Any) -> None:
    assert Template(text).render(scope) == "x"


def test_the_scope_is_not_touched() -> None:
    scope = {"a": ["b", "a"]}

    Template("{% assign a = a | sort %}{% assign c = 1 %}{{ a }}").render(scope)

    assert scope == {"a": ["b", "a"]}


def test_the_same_text_is_read_once_and_what_is_kept_is_bounded() -> None:
    text = "{{ read_once | upcase }}"
    Template(text)
    hits = _reader.cache_info().hits

    template = Template(text)

    assert _reader.cache_info().hits == hits + 1
    assert _reader.cache_info().maxsize == 1024
    assert repr(template) == "Template('{{ read_once | upcase }}')"
