"""YAML as it is read and written: nothing is taken for what it is not, and whatever could be is refused at its line."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gateway.configuration.yaml_text import MOST_BYTES, Unreadable, read, written

PLAIN = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
    "5": 5,
    "-5": -5,
    "0.5": 0.5,
    "1e3": 1000.0,
    "no": "no",
    "NO": "NO",
    "on": "on",
    "Yes": "Yes",
    "True": "True",
    "21:00": "21:00",
    "2026-01-01": "2026-01-01",
    "+12025550100": "+12025550100",
    "0123": "0123",
    "0x1F": "0x1F",
    "0o7": "0o7",
    "1_000": "1_000",
    "5.": "5.",
    ".5": ".5",
    ".inf": ".inf",
    ".nan": ".nan",
    '"5"': "5",
    "'true'": "true",
    "$.traits.name": "$.traits.name",
}

REFUSED = [
    ("a: 1\nb: 2\na: 3", 3, "The key `a` is there twice, first at line 1"),
    ("a:\n  b: 1\n  'b': 2", 3, "first at line 2"),
    ("a: &x 1\nb: *x", 1, "Anchors and aliases"),
    ("a: *x", 1, "Anchors and aliases"),
    ("a: &x [*x]", 1, "Anchors and aliases"),
    ("&x a: 1", 1, "Anchors and aliases"),
    ("a: !!str 5", 1, "Tags (!)"),
    ("a: 1\nb: !secret x", 2, "Tags (!)"),
    ("!!map {a: 1}", 1, "Tags (!)"),
    ("a: 1\n---\nb: 2", 2, "A second document"),
    ("? [a, b]\n: 1", 1, "A key is a text"),
    ("? {a: b}\n: 1", 1, "A key is a text"),
    ("", 1, "The file is empty"),
    ("# nothing\n", 1, "The file is empty"),
    ("a: 1\nb: [", 2, "This is no YAML"),
    ("a: 1\n\tb: 2", 2, "This is no YAML"),
    ("a: b: c", 1, "This is no YAML"),
    ("a: @b", 1, "This is no YAML"),
    ("a: 1\nb: %", 2, "This is no YAML"),
    ("a: 1\nb: \x07", 2, "does not allow"),
    ("[" * 5_000, 1, "levels deep"),
    ("- " * 5_000, 1, "levels deep"),
    ("{a: " * 5_000, 1, "levels deep"),
    (f"a: {'9' * 5_000}", 1, "too long"),
    ("a: 1e999", 1, "too large"),
]


@pytest.mark.parametrize(("text", "value"), PLAIN.items())
def test_a_plain_word_is_what_json_says_it_is_and_else_a_text(text: str, value: Any) -> None:
    found = read(f"a: {text}\n".encode()).value

    assert found == {"a": value}
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_what_is_not_read_is_refused_at_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(text.encode())

    assert (refused.value.line, message in str(refused.value)) == (line, True), str(refused.value)


@pytest.mark.parametrize("secret", ["key: sk_live: x", "key: sk_live @", "key: 'sk_live", "sk_live\nb: 1"])
def test_a_refusal_repeats_nothing_that_stands_there(secret: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(f"{secret}\n: : [".encode())

    assert "sk_live" not in str(refused.value)


def test_bytes_that_are_no_utf_8_are_refused_at_their_line() -> None:
    with pytest.raises(Unreadable, match="This is no UTF-8") as refused:
        read(b"a: 1\nb: \xff")

    assert refused.value.line == 2


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(Unreadable, match="at most 262,144 are read"):
        read(b"#" * (MOST_BYTES + 1))


def test_each_part_is_known_by_its_line() -> None:
    found = read(b"a:\n  - 1\n  - b: 2\n    c:\n      - 3\nd: 4\n")

    assert found.line(("a", 1, "c")) == 4
    assert found.line(("a", 1, "c", 0)) == 5
    assert found.line(("a", 1, "x", "y")) == 3
    assert found.line(("d",)) == 6


texts = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    [
        *PLAIN,
        "<<",
        "=",
        "- a",
        "a: b",
        "#x",
        "@path",
        "a\n  b\n",
        " a\nb",
        "a\n\n",
        "\n",
        "x\u2028y",
        "🕊",
        "a\r\nb",
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**60), 10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    assert json.dumps(read(written(value).encode()).value) == json.dumps(value)
