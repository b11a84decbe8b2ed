from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest

from mappings import Template, TemplateError
from mappings.bounds import MOST_WORK
from mappings.template import _directive, _template, directive_template

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
        (r"{{ profile.traits.list | join: '\n' }}", "b\na\nc"),
        (r"Hi {{ x | default: 'it\'s you' }}", "Hi it's you"),
    ],
)
def test_renders_as_liquidjs_does(text: str, rendered: str) -> None:
    assert render(text) == rendered


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("Hello {{profile.user_id$}}!!", "unexpected '$'", 1),
        ("Hi {{profile.user_id", "the output is not closed", 1),
        ("Hi\n{{ 'it's' }}", "the output is not closed", 2),
        ("{% if true %}x", "{% if %} is not closed", 1),
        ("a\nb {% nope %}", "unexpected tag 'nope'", 2),
        ("\n\n{{ a b }}", "expected end of expression, found word", 3),
        ("{{ a 5 }}", "expected end of expression, found integer", 1),
        ("{{ a, b }}", "expected end of expression, found ','", 1),
        ("{{ a | }}", "expected word, found end of expression", 1),
        ("{{ | upcase }}", "expected a primitive expression, found pipe", 1),
        ("{{ }}", "expected a primitive expression, found end of expression", 1),
        ("{{{ a }}}", "unexpected '{'", 1),
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


def test_a_value_that_a_filter_cannot_work_with_is_refused_with_the_line() -> None:
    template = Template("a\n{% if true %}\n{{ 1 | divided_by: nope }}\n{% endif %}")

    with pytest.raises(TemplateError) as caught:
        template.render({})

    assert str(caught.value) == "the template cannot be rendered: divided_by: cannot divide by 0 (line 3)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ a }}" * 20, "the template renders more than 100000 bytes"),
        ("{{ umlauts }}", "the template renders more than 100000 bytes"),
        ("{{ umlauts | downcase }}", "the template renders more than 100000 bytes"),
        ("{{ a | downcase }}" * 20, "the template cannot be rendered: the template renders more than 100000 characters"),
    ],
)  # fmt: skip
def test_a_text_that_grows_too_long_is_refused(text: str, message: str) -> None:
    template = Template(text)

    with pytest.raises(TemplateError) as caught:
        template.render({"a": "a" * 6000, "umlauts": "ä" * 50_001})

    assert caught.value.message == message


@pytest.mark.parametrize("text", ["{{ a }}", "{{ a | append: '' }}"])
@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
        ("\udc4b\ud83d", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        ("whole \ud83d\udc4b", "whole \N{WAVING HAND SIGN}"),
        (["\ud83d"], "\N{REPLACEMENT CHARACTER}"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (10**400, "Infinity"),
        (-(10**4000), "-Infinity"),
        ("ä" * 50_000, "ä" * 50_000),
    ],
)
def test_what_json_should_not_hold_is_shown_in_a_form_that_can_be_sent(
    text: str, value: object, rendered: str
) -> None:
    assert render(text, a=value) == rendered


@pytest.mark.parametrize("scope", [OrderedDict(a="x"), MappingProxyType({"a": "x"})])
@pytest.mark.parametrize("text", ["{{ a }}", "{{ a | downcase }}"])
def test_the_scope_may_be_any_mapping(text: str, scope: Any) -> None:
    assert Template(text).render(scope) == "x"


def test_the_same_text_is_read_once_and_what_is_kept_is_bounded() -> None:
    text = "{{ read_once | upcase }}"
    Template(text)
    hits = _template.cache_info().hits

    template = Template(text)

    assert _template.cache_info().hits == hits + 1
    assert _template.cache_info().maxsize == _directive.cache_info().maxsize == 1024
    assert repr(template) == "Template('{{ read_once | upcase }}')"


def test_a_long_template_is_rendered_and_refused_like_a_short_one() -> None:
    text = "{% if a %}" + "x" * 3000

    assert Template(text + "{% endif %}").render({"a": True}) == "x" * 3000
    with pytest.raises(TemplateError) as caught:
        Template(text)

    assert str(caught.value) == "the template cannot be read: {% if %} is not closed (line 1)"


@pytest.mark.parametrize(
    ("text", "payload", "rendered"),
    [
        ("plain", {}, "plain"),
        ("", {}, ""),
        ("Hi {{ traits.name | default: 'friend' }}", {"traits": {"name": "Ada"}}, "Hi Ada"),
        ("{{ a }}", {"a": [1, "b"]}, "1b"),
        ("{{ a | split: ',' | first | upcase | nope }}", {"a": "x,y"}, "X"),
        (
            "{{ a | size }}{{ a | join }}{{ a | compact | first }}{{ a | where: 'x' | json }}",
            {"a": [2, 1]},
            "22 12[]",
        ),
        ("{% if n > 5 %}big{% elsif n %}small{% endif %}", {"n": 3}, "small"),
        ("{% assign x = n | plus: 1 %}{% capture y %}<{{ x }}>{% endcapture %}{{ y }}", {"n": 3}, "<4>"),
        ("{% comment %}{% for %}{% endcomment %}{% raw %}{{ a | sort }}{% endraw %}", {}, "{{ a | sort }}"),
        ("{% # for %}{% liquid\n echo 'a'\n %}{% cycle 1, 2 %}{% increment n %}", {}, "a10"),
        ("[{{ a }}{{ length }}{{ size }}]", None, "[]"),
        ("[{{ a }}{{ length }}{{ size }}]", 5, "[]"),
        ("[{{ a }}{{ length }}{{ size }}]", "text", "[]"),
        ("[{{ a }}{{ length }}{{ size }}]", [{"a": 1}], "[]"),
        ("[{{ a | upcase }}]", True, "[]"),
        ("\ud83d{{ a }}", {}, "\N{REPLACEMENT CHARACTER}"),
        ("é" * 1000, {}, "é" * 1000),
    ],
)
def test_the_directive_renders_over_a_payload_of_any_type(text: str, payload: object, rendered: str) -> None:
    assert directive_template(text)(payload, [MOST_WORK]) == rendered


def test_the_directive_takes_no_more_than_1000_characters() -> None:
    with pytest.raises(TemplateError) as caught:
        directive_template("x" * 1001)

    assert str(caught.value) == "liquid template values are limited to 1000 characters"


@pytest.mark.parametrize("tag", ["block", "case", "for", "include", "layout", "render", "tablerow"])
def test_the_directive_refuses_these_tags(tag: str) -> None:
    with pytest.raises(TemplateError) as caught:
        directive_template(f"{{% {tag} x in y %}}{{% end{tag} %}}")

    assert str(caught.value) == f'tag "{tag}" is disabled, line:1, col:1'


@pytest.mark.parametrize(
    "filter_",
    [
        "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp", "group_by",
        "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp", "reverse", "sort",
        "sort_natural", "type", "uniq", "where_exp",
    ],
)  # fmt: skip
def test_the_directive_refuses_these_filters(filter_: str) -> None:
    with pytest.raises(TemplateError) as caught:
        directive_template(f"{{{{ a | {filter_}: 1 }}}}")

    assert str(caught.value) == f'filter "{filter_}" is disabled, line:1, col:1'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x\n  {% if true %}{% for x in a %}{% endfor %}{% endif %}",
            'tag "for" is disabled, line:2, col:16',
        ),
        ("{% if false %}{% for x in a %}{% endfor %}{% endif %}", 'tag "for" is disabled, line:1, col:15'),
        (
            "{% capture c %}{% case x %}{% endcase %}{% endcapture %}",
            'tag "case" is disabled, line:1, col:16',
        ),
        ("{% liquid\n for x in a\n echo x\n endfor %}", 'tag "for" is disabled, line:2, col:2'),
        (
            "{% if true %}\n {{ a | upcase | sort | map: 1 }}{% endif %}",
            'filter "sort" is disabled, line:2, col:2',
        ),
        ("{% assign z = a | sort %}", 'filter "sort" is disabled, line:1, col:1'),
        ("{% echo a | sort %}", 'filter "sort" is disabled, line:1, col:1'),
        ("{% unless a | sort %}{% endunless %}", 'filter "sort" is disabled, line:1, col:1'),
        ("{% if false %}{{ a | sort }}{% endif %}", 'filter "sort" is disabled, line:1, col:15'),
        ("{% if a %}{% elsif a | uniq %}{% endif %}", 'filter "uniq" is disabled, line:1, col:11'),
        ("{% liquid\n echo 1\n   assign q = a | sort %}", 'filter "sort" is disabled, line:3, col:4'),
    ],
)
def test_the_directive_refuses_them_wherever_they_are(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        directive_template(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% nosuchtag %}", "unexpected tag 'nosuchtag'"),
        ("{{ a", "the output is not closed"),
        ("{% if a %}x", "{% if %} is not closed"),
    ],
)
def test_the_directive_refuses_text_that_is_no_template(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        directive_template(text)

    assert str(caught.value) == f"the template cannot be read: {message} (line 1)"


def test_the_directive_refuses_to_render_what_takes_too_much() -> None:
    render = directive_template("{{ a | replace: 'a', a | replace: 'a', a }}")

    with pytest.raises(TemplateError) as caught:
        render({"a": "a" * 1000}, [MOST_WORK])

    assert str(caught.value) == ("the template cannot be rendered: a value grows longer than 100000 (line 1)")


def test_a_template_may_use_what_the_directive_may_not() -> None:
    text = "{% for x in a %}{{ x }}{% endfor %}{{ a | sort }}"

    assert Template(text).render({"a": [2, 1]}) == "2112"
