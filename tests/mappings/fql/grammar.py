"""Triggers and events made up by hypothesis, so that they often concern each other."""

from typing import Any

from hypothesis import strategies as st

FIELDS = st.sampled_from(
    [
        "type", "event", "name", "userId", "properties.a", "properties.a.b", "properties['a b']", "traits.l.0",
        "traits.l[0]", "traits.l[1].b", "traits.l", "context", "context.c.d.e.f.g.h.i.j.k",
    ]
)  # fmt: skip
TEXTS = st.builds("{}({})".format, st.sampled_from(["lowercase", "typeof"]), FIELDS)
EQUALS = st.sampled_from(["=", "!="])
ORDERS = st.sampled_from(["<", "<=", ">", ">="])
VALUES = st.sampled_from(
    ['"track"', "track", "'A'", "5", "-2.5", "1", "0", "1e300", "true", "false", "null", '""', '"5"']
)
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, FIELDS, EQUALS, VALUES),
    st.builds("{}{}{}".format, FIELDS, ORDERS, st.sampled_from(["5", "-2.5", '"5"', '"x"'])),
    st.builds("length({}) {} {}".format, FIELDS, EQUALS | ORDERS, st.sampled_from(["0", "1", "2", "-5"])),
    st.builds("length({}){}null".format, FIELDS, EQUALS),
    st.builds("lowercase({}) {} {}".format, FIELDS, EQUALS, st.sampled_from(['"a"', "track", "'5'", "null"])),
    st.builds(
        "typeof({}) {} {}".format,
        FIELDS,
        EQUALS,
        st.sampled_from(["string", "'number'", '"boolean"', "bool", "null", "array", "'list'", "object"]),
    ),
    st.builds(
        '{}({}, "{}")'.format,
        st.sampled_from(["contains", "!contains"]),
        FIELDS | TEXTS,
        st.sampled_from(["a", "", "r"]),
    ),
    st.builds(
        '{}({}, "{}")'.format,
        st.sampled_from(["match", "not match"]),
        FIELDS | TEXTS,
        st.sampled_from(["a", "a*", "*a", "*", "t*k", "*r*c*", ""]),
    ),
)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{}\nor {}".format, inner, inner),
        st.builds("({})".format, inner),
        st.builds("not ({})".format, inner),
        st.builds("!({})".format, inner),
    )


TRIGGERS = st.recursive(COMPARISONS, _joined, max_leaves=6)
DATA: st.SearchStrategy[Any] = st.sampled_from(
    [
        "track", "A", "a", "", "5", "\ud800", 5, 5.0, -2.5, 7, 0, 1, 1e300, float("nan"), 10**400, True, False,
        None, [], ["A", 5], ["track", {"b": 5}], {}, {"b": 5}, {"b": "A"},
    ]
)  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": DATA,
        "event": DATA,
        "name": DATA,
        "userId": DATA,
        "properties": DATA | st.fixed_dictionaries({}, optional={"a": DATA, "a b": DATA}),
        "traits": DATA | st.fixed_dictionaries({"l": DATA}),
        "context": DATA | st.just({"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": {"k": "A"}}}}}}}}}),
    },
)
SYMBOLS = st.sampled_from(
    [
        "type", "event", "properties.", "a", ".", "=", "!=", "!", "<", ">", "(", ")", ",", '"', "'", "\\", " ", "\n",
        "5", "-", "and", "or", "not", "contains", "match", "length", "lowercase(", "typeof", "null", "[", "]", "[0]",
        "*", "in", "\N{SNOWMAN}", "\x00", "\ud800",
    ]
)  # fmt: skip
ANY_TEXT = st.lists(SYMBOLS, max_size=14).map("".join) | st.text(max_size=30)
NO_EVENTS: st.SearchStrategy[Any] = st.sampled_from([None, True, 5, 2.5, "type", [], ["type"]])
