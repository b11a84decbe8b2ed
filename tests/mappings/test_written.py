"""Who wrote a text decides whether it is a template: the mapping, or an event."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from mappings import TemplateError, Written, compile_fields, rendered
from mappings.written import joined

SCOPE = {"profile": {"traits": {"name": "Ada", "pin": "1234", "vip": True}}}
DATA = {"@path": "$.x"}
PIN = "{{ profile.traits.pin }}"


def said(value: Any, event: dict[str, Any] | None = None) -> str:
    return rendered(compile_fields({"it": value})(event or {})["it"], SCOPE)


@pytest.mark.parametrize(
    "value",
    [
        "Hi {{ profile.traits.name }}",
        {"@literal": "Hi {{ profile.traits.name }}"},
        {"@excludeWhenNull": "Hi {{ profile.traits.name }}"},
        {"@if": {"exists": "a", "then": "Hi {{ profile.traits.name }}"}},
        {"@if": {"exists": None, "then": "no", "else": {"@literal": "Hi {{ profile.traits.name }}"}}},
        {"@case": {"operator": "lower", "value": "Hi {{ profile.traits.name }}"}},
        {
            "@replace": {
                "value": "Ho {{ profile.traits.name }}",
                "pattern": "o",
                "replacement": "i",
                "global": False,
            }
        },
        {
            "@replace": {
                "value": "Hi [[ profile.traits.name ]]",
                "pattern": "[[",
                "replacement": "{{",
                "pattern2": "]]",
                "replacement2": "}}",
            }
        },
        {"@json": {"mode": "decode", "value": '"Hi {{ profile.traits.name }}"'}},
        {"@template": {"@literal": "Hi {% if profile.traits.vip %}Ada{% endif %}"}},
        {"@template": "Hi {% if profile.traits.vip %}Ada{% endif %}"},
        {"@template": "{% if profile.traits.vip %}Hi {% endif %}{{ x }}"},
        {
            "@template": "{% capture hi %}Hi {{ x }}{% endcapture %}{% if profile.traits.vip %}{% endif %}Hi {{ x }}"
        },
        {"@transform": {"apply": {"a": "Hi {{ profile.traits.name }}"}, "mapping": {"@path": "$.a"}}},
        {
            "@transform": {
                "apply": {"a": "{% if profile.traits.vip %}Hi"},
                "mapping": {"@template": "{{a}} {% endif %}Ada"},
            }
        },
    ],
)
def test_what_the_mapping_wrote_is_a_template(value: Any) -> None:
    assert said(value, {"x": "Ada"}).lower() == "hi ada"


@pytest.mark.parametrize(("operator", "text"), [("lower", "hi Ada."), ("upper", "HI Ada.")])
def test_case_changes_no_name_inside_of_a_template(operator: str, text: str) -> None:
    assert said({"@case": {"operator": operator, "value": "Hi {{ profile.traits.name }}."}}) == text


@pytest.mark.parametrize(
    "value",
    [
        DATA,
        {"@literal": DATA},
        {"@excludeWhenNull": DATA},
        {"@if": {"exists": DATA, "then": DATA}},
        {"@if": {"blank": None, "else": DATA}},
        {"@case": {"operator": "lower", "value": DATA}},
        {"@replace": {"value": DATA, "pattern": "%"}},
        {"@template": "{{x}}"},
        {"@template": "{{{x}}}"},
        {"@template": "{% if profile.traits.vip %}{{x}}{% endif %}"},
        {"@template": "{% raw %}{{x}}{% endraw %}"},
        {"@template": "{% comment %}{{x}}{% endcomment %}{{x}}"},
        {"@template": {"@path": "$.outer"}},
        {"@liquid": "{{ x }}"},
        {"@json": {"mode": "decode", "value": {"@path": "$.json"}}},
        {"@transform": {"apply": {"a": DATA}, "mapping": {"@path": "$.a"}}},
        {"@transform": {"apply": {"a": DATA}, "mapping": {"@template": "{{a}}"}}},
        {
            "@transform": {
                "apply": {"a": {"@flatten": {"value": {"b": DATA}, "separator": "."}}},
                "mapping": {"@path": "$.a.b"},
            }
        },
        {
            "@transform": {
                "apply": {"@merge": {"objects": [{"a": "{{ 1 }}"}, {"a": DATA}], "direction": "right"}},
                "mapping": {"@path": "$.a"},
            }
        },
    ],
)
@pytest.mark.parametrize(
    "data", [PIN, "{% assign a = 1 %}", "{{", "}}", "{%", "{", "{{ x", "{% endraw %}{{ profile.traits.pin }}"]
)
def test_what_an_event_brought_is_none(value: Any, data: str) -> None:
    kept = data.replace("%", "") if "@replace" in str(value) else data

    event = {"x": data, "outer": "{{x}}", "json": '"' + data + '"'}
    assert said(value, event) == kept


@pytest.mark.parametrize(
    ("template", "data", "text"),
    [
        ("{% if true %}{ {{x}} }{% endif %}", PIN, "{ " + PIN + " }"),
        ("{% if true %}{{x}}{{y}}{% endif %}", "{", "{{ profile.traits.pin }}"),
        ("{%- if true -%} {{x}} {%- endif -%}", " a ", " a "),
        ("{% raw %}{{x}} }}{% endraw %}", "{{ a", "{{ a }}"),
    ],
)
def test_pieces_of_two_hands_make_no_template_together(template: str, data: str, text: str) -> None:
    event = {"x": data, "y": "{ profile.traits.pin }}"}

    assert said({"@template": template}, event) == text


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((Written("{"), "{ profile.traits.pin }}"), "{{ profile.traits.pin }}"),
        ((Written("{"), "{", Written(" profile.traits.pin }}")), "{{ profile.traits.pin }}"),
        ((Written("{% if true %}{"), "% if", Written("%}}"), Written("{% endif %}")), "{% if%}}"),
        ((Written("{% raw %}{"), "{a", Written("}}{% endraw %}")), "{{a}}"),
        ((Written("{"), Written("{ profile.traits.name }}"), PIN), f"Ada{PIN}"),
        ((PIN, Written("{{ profile.traits.name }}"), PIN), f"{PIN}Ada{PIN}"),
    ],
)
def test_a_brace_of_the_mappings_before_data_opens_nothing(parts: tuple[str, ...], text: str) -> None:
    assert rendered(joined(parts), SCOPE) == text


@pytest.mark.parametrize(
    "template",
    ['{% if "{{x}}" == "a" %}b{% endif %}', "{% assign a = {{x}} %}", "{% if {{x}} %}b{% endif %}"],
)
def test_a_value_inside_of_a_tag_is_refused(template: str) -> None:
    with pytest.raises(TemplateError, match="a value of the event stands inside of"):
        said({"@template": template}, {"x": "a"})


_PARTS = st.lists(
    st.sampled_from(
        [
            "a",
            " ",
            "{",
            "}",
            "{{",
            "}}",
            "{%",
            "%}",
            "-",
            "|",
            '"',
            "'",
            "profile.traits.pin",
            "endraw",
            "if",
            PIN,
        ]
    ),
    max_size=8,
).map("".join)


@given(
    data=_PARTS,
    other=_PARTS,
    wrap=st.sampled_from(
        [
            "{{x}}{{y}}",
            "{% if profile.traits.vip %}{{x}}{% endif %}{{y}}",
            "{% if true %}{ {{x}}{% endif %}}{{y}}",
            "{% raw %}{{x}}{% endraw %}{{y}}",
            "{% capture a %}{{x}}{% endcapture %}{% if true %}{% endif %}{{y}}",
        ]
    ),
)
def test_no_text_of_an_event_is_ever_interpreted(data: str, other: str, wrap: str) -> None:
    shown = {
        "{{x}}{{y}}": data + other,
        "{% if profile.traits.vip %}{{x}}{% endif %}{{y}}": data + other,
        "{% if true %}{ {{x}}{% endif %}}{{y}}": "{ " + data + "}" + other,
        "{% raw %}{{x}}{% endraw %}{{y}}": data + other,
        "{% capture a %}{{x}}{% endcapture %}{% if true %}{% endif %}{{y}}": other,
    }[wrap]

    assert said({"@template": wrap}, {"x": data, "y": other}) == shown
    assert said(DATA, {"x": data}) == data
