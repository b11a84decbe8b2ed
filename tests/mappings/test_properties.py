"""Compiled mappings against a slow and obvious interpreter, over mappings and payloads made up by hypothesis."""

import copy
import json
import re
from typing import Any

from hypothesis import given, settings, strategies as st

from mappings import UNDEFINED, MappingError, compile_batch, compile_fields, validate_fields
from mappings.text import text_of

KEYS = st.sampled_from(["a", "b", "c", "0", "1", "a b", ""])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False),
    st.sampled_from(["", "x", "$.a", "{{a}}"]),
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


def directives(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = st.fixed_dictionaries({}, optional=dict.fromkeys(("exists", "blank", "then", "else"), inner))
    shapes = st.dictionaries(KEYS, inner, max_size=2) | PATHS.map(lambda path: {"@path": path})
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3),
        inner.map(lambda value: {"@literal": value}),
        parts.map(lambda value: {"@if": value}),
        st.tuples(PATHS, shapes).map(lambda value: {"@arrayPath": list(value)}),
        st.tuples(PATHS.map(lambda path: {"@path": path}), shapes).map(
            lambda value: {"@arrayPath": list(value)}
        ),
        PATHS.map(lambda path: {"@path": {"@path": path}}),
        TEMPLATES.map(lambda text: {"@template": {"@literal": text}}),
    )


LEAVES = SCALARS | PATHS.map(lambda path: {"@path": path}) | TEMPLATES.map(lambda text: {"@template": text})
FIELDS = st.dictionaries(KEYS, st.recursive(LEAVES, directives, max_leaves=10), max_size=4)
ANYTHING = st.recursive(
    SCALARS | PATHS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            KEYS | st.sampled_from(["@path", "@if", "@template", "@arrayPath", "@literal", "@no"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


def interpret(raw: Any, payload: Any) -> Any:
    if isinstance(raw, list):
        return [None if item is UNDEFINED else item for item in (interpret(item, payload) for item in raw)]
    if not isinstance(raw, dict):
        return raw
    [name] = [key for key in raw if key.startswith("@")] or [None]
    if name is None:
        values = {key: interpret(value, payload) for key, value in raw.items()}
        return {key: value for key, value in values.items() if value is not UNDEFINED}
    return DIRECTIVES[name](raw[name], payload)


def at_path(raw: Any, payload: Any) -> Any:
    path = interpret(raw, payload)
    if not isinstance(path, str):
        raise MappingError("not a path")
    return walk(path.replace("$.", "", 1), payload)


def walk(path: str, value: Any) -> Any:
    for key in filter(None, re.sub(r"\[(\d+)\]|\['([^']*)'\]", r".\1\2.", path).split(".")):
        if isinstance(value, dict):
            value = value.get(key, UNDEFINED)
        elif isinstance(value, list):
            value = value[int(key)] if key in {"0", "1"} and int(key) < len(value) else UNDEFINED
        elif value is not None:
            value = UNDEFINED
    return value


def at_template(raw: Any, payload: Any) -> Any:
    template = interpret(raw, payload)
    if not isinstance(template, str):
        raise MappingError("not a template")

    def inside(braces: str) -> str:
        return (braces[3:-3] if braces.startswith("{{{") and braces.endswith("}}}") else braces[2:-2]).strip()

    pieces = re.split(r"(\{\{\{[^}]+\}\}\}|\{\{[^}]+\}\})", template)
    return "".join(
        text_of(walk(inside(piece), payload)) if number % 2 else piece for number, piece in enumerate(pieces)
    )


def at_if(raw: Any, payload: Any) -> Any:
    if "exists" in raw:
        tested = interpret(raw["exists"], payload)
        there = tested is not None and tested is not UNDEFINED
    elif "blank" in raw:
        tested = interpret(raw["blank"], payload)
        there = isinstance(tested, dict) or bool(tested)
    else:
        raise MappingError("no condition")
    branch = "then" if there else "else"
    return interpret(raw[branch], payload) if branch in raw else UNDEFINED


def at_array_path(raw: Any, payload: Any) -> Any:
    found = at_path(raw[0], payload) if isinstance(raw[0], str) else interpret(raw[0], payload)
    shape = raw[1] if len(raw) > 1 else None
    if not shape or not isinstance(found, list | dict):
        return found
    items = [interpret(shape, item) for item in (found if isinstance(found, list) else [found])]
    return [None if item is UNDEFINED else item for item in items]


DIRECTIVES = {
    "@path": at_path,
    "@template": at_template,
    "@if": at_if,
    "@arrayPath": at_array_path,
    "@literal": interpret,
}


def outcome(work: Any, *arguments: Any) -> Any:
    try:
        return work(*arguments)
    except MappingError:
        return MappingError


@settings(max_examples=400, deadline=None)
@given(FIELDS, PAYLOADS)
def test_a_compiled_mapping_gives_what_the_interpreter_gives(fields: Any, payload: Any) -> None:
    before = copy.deepcopy((fields, payload))

    compiled, interpreted = outcome(compile_fields(fields), payload), outcome(interpret, fields, payload)

    assert (compiled, repr(compiled)) == (interpreted, repr(interpreted))
    assert (fields, payload) == before


@settings(max_examples=200, deadline=None)
@given(FIELDS, st.lists(JSON, max_size=3))
def test_a_batch_of_anything_gives_what_the_interpreter_gives(fields: Any, payloads: Any) -> None:
    compiled = outcome(compile_batch(fields), payloads)

    assert compiled == outcome(lambda: [interpret(fields, payload) for payload in payloads])


@settings(max_examples=400, deadline=None)
@given(ANYTHING, JSON)
def test_anything_at_all_is_refused_or_works(fields: Any, payload: Any) -> None:
    problems = validate_fields(fields)

    compiled = outcome(compile_fields, fields)
    value = outcome(compiled, payload) if compiled is not MappingError else MappingError

    assert value is MappingError or value is UNDEFINED or json.dumps(value)
    assert compiled is MappingError or problems == []
