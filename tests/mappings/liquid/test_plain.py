import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mappings.liquid import engine
from mappings.liquid.bounds import Work
from mappings.liquid.plain import compile_plain

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = st.sampled_from(["a", "b", "c_1", "size_of", "limit", "_x"])
KEYS = NAMES | st.sampled_from(["first name", "0", "-1", "é", "a.b", "", "{", "if", "%}"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -0.0, 3.0, 1e21, 1e-7, 2**53 + 1, 10**399, -(10**400)])
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=8)
    | st.sampled_from(["", " ", "\ud800", "a\udfffb", "\x00", "{{ a }}", "👋"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
SCOPES = st.dictionaries(NAMES, VALUES, max_size=6)
SPACES = st.text(" \t\r\n", max_size=2)
STEPS = st.builds(".{}".format, NAMES) | st.builds(
    "[{0}{1}{0}]".format,
    st.sampled_from(["'", '"']),
    st.sampled_from(["a", "b", "first name", "0", "é", "a.b", ""]),
)
PATHS = st.builds(lambda name, steps: name + "".join(steps), NAMES, st.lists(STEPS, max_size=3))
TEXTS = st.text(st.sampled_from("ab \n'\"\\}%é👋\ud800.|:"), max_size=5)
DEFAULTS = st.builds("|default:{0}{1}{0}".format, st.sampled_from(["'", '"']), st.text("ab .:|é", max_size=4))
OUTPUTS = st.builds(
    lambda *parts: "{{" + "".join(parts) + "}}", SPACES, PATHS, SPACES, DEFAULTS | st.just("")
)
TEMPLATES = st.lists(OUTPUTS | TEXTS, max_size=6).map("".join)


def unused(scope: dict[str, Any], now: datetime | None, spent: list[int] | None) -> str:
    raise AssertionError(f"left to others: {scope}")


@settings(max_examples=500)
@given(TEMPLATES, SCOPES)
def test_a_compiled_template_renders_what_the_engine_renders(text: str, scope: dict[str, Any]) -> None:
    template = engine.parse(text)

    plain = compile_plain(text, lambda scope, now, spent: engine.render(template, scope, Work(NOW)))

    assert plain is not None
    assert plain(scope, None, None) == engine.render(template, scope, Work(NOW))


@pytest.mark.parametrize(
    ("value", "bare", "with_default"),
    [
        ("x", "x", "x"),
        ("", "", "none"),
        (" ", " ", " "),
        (None, "", "none"),
        (False, "false", "none"),
        (True, "true", "true"),
        (0, "0", "0"),
        (-0.0, "0", "0"),
        (3.0, "3", "3"),
        (1e21, "1e+21", "1e+21"),
        (math.nan, "NaN", "NaN"),
        (10**307, "1" + "0" * 307, "1" + "0" * 307),
        (10**400, "Infinity", "Infinity"),
        ({}, "[object Object]", "[object Object]"),
        ({"b": 1}, "[object Object]", "[object Object]"),
        ("\ud800", "\ud800", "\ud800"),
        ("{{ a }}", "{{ a }}", "{{ a }}"),
    ],
)
def test_any_value_is_shown_without_the_engine(value: object, bare: str, with_default: str) -> None:
    shown = compile_plain("{{ a }}|{{ x.a }}|{{ x['a'] | default: 'none' }}", unused)

    assert shown is not None
    assert shown({"a": value, "x": {"a": value}}, None, None) == f"{bare}|{bare}|{with_default}"


@pytest.mark.parametrize(
    "scope", [{}, {"a": None}, {"a": "text"}, {"a": 5}, {"a": {"b": None}}, {"a": {"b": {}}}]
)
def test_what_is_missing_shows_nothing(scope: dict[str, Any]) -> None:
    shown = compile_plain('[{{ a.b.c }}][{{ a.b.c | default: "it\'s" }}]', unused)

    assert shown is not None
    assert shown(scope, None, None) == "[][it's]"


def test_a_list_is_left_to_others() -> None:
    left: list[dict[str, Any]] = []

    def others(scope: dict[str, Any], now: datetime | None, spent: list[int] | None) -> str:
        left.append(scope)
        return "listed"

    shown = compile_plain("{{ a }}", others)

    assert shown is not None
    assert shown({"a": ["x"]}, None, None) == "listed"
    assert left == [{"a": ["x"]}]


def test_long_texts_are_kept_as_they_are() -> None:
    text = "'\"\\{n} \n" * 300
    shown = compile_plain(f"{text}{{{{ a | default: '{'x' * 300}' }}}}{text}", unused)

    assert shown is not None
    assert shown({}, None, None) == text + "x" * 300 + text


@pytest.mark.parametrize(
    "text",
    [
        "{{ a | upcase }}",
        "{{ a | default: b }}",
        "{{ a | default: 5 }}",
        "{{ a | default: 'x' | upcase }}",
        r"{{ a | default: 'it\'s' }}",
        "{{- a }}",
        "{{ a -}}",
        "{{ a.size }}",
        "{{ a['size'] }}",
        "{{ a.first }}",
        "{{ true }}",
        "{{ nil }}",
        "{{ empty }}",
        "{{ not }}",
        "{{ 'text' }}",
        "{{ 5 }}",
        "{{ a[0] }}",
        "{{ a[b] }}",
        "{{ a-b }}",
        "{{ a > b }}",
        "{% if a %}{% endif %}{{ a }}",
        "{{ a }} {{",
        "{{{ a }}}",
        "{{ a }}" * 21,
        "{{ a" + ".a" * 20 + " }}",
    ],
)
def test_all_else_is_left_to_the_engine(text: str) -> None:
    assert compile_plain(text, unused) is None
