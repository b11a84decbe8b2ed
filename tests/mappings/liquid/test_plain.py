from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mappings.liquid import engine
from mappings.liquid.plain import compile_plain

VALUES = st.sampled_from(
    [
        "x",
        "",
        None,
        True,
        False,
        0,
        3.0,
        1e21,
        12,
        [],
        [1, None, ["a"]],
        {},
        {"a": "inner", "b c": 1, "1": "one"},
    ]
)
SCOPES = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), VALUES | st.fixed_dictionaries({"a": VALUES, "b": VALUES})
)
OUTPUTS = st.sampled_from(
    ["{{a}}", "{{ a.b }}", "{{ b['b c'] }}", "{{ c[1] }}", '{{ a.a["a"] }}', '{{ a | default: "there" }}',
     "{{b.a|default:''}}", "{{ nope.x | default: 'n/a' }}", "text", "'\"\\", "} { x", "\n", "%}", "}}"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(OUTPUTS, max_size=6).map("".join), SCOPES)
def test_a_compiled_template_renders_what_the_engine_renders(text: str, scope: dict[str, Any]) -> None:
    plain = compile_plain(text)

    assert plain is not None
    assert plain(scope) == engine.render(engine.parse(text), scope)


@pytest.mark.parametrize(
    "text",
    [
        "{{ a | upcase }}",
        "{{ a | default: b }}",
        "{{ a | default: 'x' | upcase }}",
        "{{- a }}",
        "{{ a -}}",
        "{{ a.size }}",
        "{{ a.first }}",
        "{{ true }}",
        "{{ nil }}",
        "{{ 'text' }}",
        "{{ 5 }}",
        "{{ a[b] }}",
        "{{ a-b }}",
        "{{ now }}",
        "{% if a %}{% endif %}{{ a }}",
        "{{ a }} {{",
        "{{{ a }}}",
        "{{ a }}" * 101,
    ],
)
def test_all_else_is_left_to_the_engine(text: str) -> None:
    assert compile_plain(text) is None
