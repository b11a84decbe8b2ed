"""Compiled mappings against a slow and obvious interpreter, over mappings and payloads made up by hypothesis."""

import copy
import json
from typing import Any

from hypothesis import given, settings, strategies as st

from mappings import UNDEFINED, MappingError, compile_batch, compile_fields, validate_fields
from mappings.directives.registry import DIRECTIVES
from tests.mappings.interpreter import DIRECTIVES as INTERPRETED, interpreted

KEYS = st.sampled_from(["a", "b", "c", "0", "1", "a b", ""])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [
            "",
            "x",
            "$.a",
            "{{a}}",
            '{"a": [1]}',
            "Aa-aA",
            "[1, 2",
            '["\\ud800"]',
            "[1e999]",
            "NaN",
            "[" * 200 + "]" * 200,
        ]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(KEYS, JSON, max_size=4)
PATHS = st.sampled_from(
    [
        "$.a",
        "a.b",
        "$.b[0]",
        "b.1.a",
        "$.c['a b']",
        "",
        "$.",
        "a.b.c",
        "$.a.a.a.a.a.a.a.a.a.a",
        "nope",
        "b[0][1]",
    ]
)
TEMPLATES = st.sampled_from(
    ["{{a}}", "x {{ b.0 }}{{{c}}}", "{{ }}", "{{}}{{nope}}", "plain", "{{a}} {a}} {{{a}}"]
)
PATTERNS = st.sampled_from(["a", "A", "-", "aA", "a-", ".", "x", "1"])
REPLACEMENTS = st.sampled_from(["", "a", "$&", r"\1", "--"])


def objects(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional)


def directives(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    paths = PATHS.map(lambda path: {"@path": path})
    shapes = st.dictionaries(KEYS, inner, max_size=2) | paths
    texts = st.sampled_from(["aA-", ""]) | inner.map(lambda value: {"@literal": value})
    branches = {"then": inner, "else": inner}
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3),
        inner.map(lambda value: {"@literal": value}),
        inner.map(lambda value: {"@excludeWhenNull": value}),
        (objects({"exists": inner}, {**branches, "blank": inner}) | objects({"blank": inner}, branches)).map(
            lambda value: {"@if": value}
        ),
        st.tuples(PATHS | paths, shapes).map(lambda value: {"@arrayPath": list(value)}),
        paths.map(lambda path: {"@path": path}),
        TEMPLATES.map(lambda text: {"@template": {"@literal": text}}),
        objects({"operator": st.sampled_from(["lower", "upper"])}, {"value": texts}).map(
            lambda value: {"@case": value}
        ),
        objects(
            {"value": texts, "pattern": PATTERNS},
            {
                "replacement": REPLACEMENTS,
                "pattern2": PATTERNS | st.just(""),
                "replacement2": REPLACEMENTS | st.none(),
                "global": st.booleans(),
                "ignorecase": st.booleans(),
            },
        ).map(lambda value: {"@replace": value}),
        objects(
            {"objects": st.lists(shapes, max_size=3), "direction": st.sampled_from(["left", "right"])}, {}
        ).map(lambda value: {"@merge": value}),
        objects({"apply": shapes, "mapping": shapes}, {}).map(lambda value: {"@transform": value}),
        objects(
            {"value": inner, "separator": st.sampled_from([".", "::"])}, {"omitArrays": st.booleans()}
        ).map(lambda value: {"@flatten": value}),
        objects(
            {
                "value": inner.map(lambda value: {"@literal": value}),
                "mode": st.sampled_from(["encode", "decode"]),
            },
            {},
        ).map(lambda value: {"@json": value}),
    )


LEAVES = SCALARS | PATHS.map(lambda path: {"@path": path}) | TEMPLATES.map(lambda text: {"@template": text})
FIELDS = st.dictionaries(KEYS, st.recursive(LEAVES, directives, max_leaves=10), max_size=4)
WORDS = [
    "exists",
    "then",
    "value",
    "mode",
    "objects",
    "apply",
    "mapping",
    "pattern",
    "separator",
    "operator",
    "direction",
]
ANYTHING = st.recursive(
    SCALARS | PATHS | st.sampled_from(["encode", "left", "lower", "{% if %}", "{{ a | plus: 1 }}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | st.sampled_from([*DIRECTIVES, "@no", "_metadata"]), inner, max_size=2)
        | st.tuples(st.sampled_from(sorted(DIRECTIVES)), st.dictionaries(st.sampled_from(WORDS), inner)).map(
            lambda pair: {pair[0]: pair[1]}
        )
    ),
    max_leaves=10,
)


def outcome(work: Any, *arguments: Any) -> Any:
    try:
        return work(*arguments)
    except MappingError:
        return MappingError


@settings(max_examples=800)
@given(FIELDS, PAYLOADS)
def test_a_compiled_mapping_gives_what_the_interpreter_gives(fields: Any, payload: Any) -> None:
    before = copy.deepcopy((fields, payload))

    compiled, expected = outcome(compile_fields(fields), payload), outcome(interpreted, fields, payload)

    assert (compiled, repr(compiled)) == (expected, repr(expected))
    assert (fields, payload) == before


@settings(max_examples=200)
@given(FIELDS, st.lists(JSON, max_size=3))
def test_a_batch_of_anything_gives_what_the_interpreter_gives(fields: Any, payloads: Any) -> None:
    compiled = outcome(compile_batch(fields), payloads)

    assert compiled == outcome(lambda: [interpreted(fields, payload) for payload in payloads])


@settings(max_examples=800)
@given(ANYTHING, JSON)
def test_anything_at_all_is_refused_or_works(fields: Any, payload: Any) -> None:
    problems = validate_fields(fields)

    compiled = outcome(compile_fields, fields)
    value = outcome(compiled, payload) if compiled is not MappingError else MappingError

    if value is not MappingError and value is not UNDEFINED:
        assert json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    assert compiled is MappingError or problems == []


def test_the_interpreter_knows_every_directive_but_liquid() -> None:
    assert INTERPRETED.keys() == DIRECTIVES.keys() - {"@liquid"}
