from typing import Any

import pytest

from mappings import UNDEFINED
from mappings.paths import get, parse, parse_bare


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("$.a.b", ("a", "b")),
        ("a.b", ("a", "b")),
        ("$.", ()),
        ("", ()),
        ("$", ("$",)),
        ("a.$.b", ("a", "b")),
        ("$['a']", ("$", "a")),
        ("['a'].b", ("a", "b")),
        ("a..b.", ("a", "b")),
        ("a['b c']['d.e']", ("a", "b c", "d.e")),
        ('a["it\'s"]', ("a", "it's")),
        ("a['']", ("a", "")),
        ("a[0][12]", ("a", "0", "12")),
        ("a[b]", ("a[b]",)),
        ("a[-1]", ("a[-1]",)),
        ("a[ 'b' ]", ("a[ b ]",)),
        ('a."b c".d', ("a", "b c", "d")),
        ("a.it's", ("a", "its")),
        ("a['b']c", ("a", "b", "c")),
        (" a ", (" a ",)),
    ],
)
def test_a_path_is_read_as_the_original_reads_it(text: str, keys: tuple[str, ...]) -> None:
    assert parse(text) == keys


def test_between_braces_a_dollar_is_a_key() -> None:
    assert parse_bare("$.a") == ("$", "a")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("list[1]", "b"),
        ("list.0", "a"),
        ("list[2]", UNDEFINED),
        ("list[01]", UNDEFINED),
        ("list['1']", "b"),
        ("list.99999999999999999999999", UNDEFINED),
        ("list.length", UNDEFINED),
        ("text.length", UNDEFINED),
        ("text[0]", UNDEFINED),
        ("null.more.and.more", None),
        ("zero.x", UNDEFINED),
        ("off.x", UNDEFINED),
        ("empty.x", UNDEFINED),
        ("nope.x", UNDEFINED),
        ("object[0]", "zeroth"),
        ("object.\u0661", "one"),
    ],
)
def test_only_what_the_data_holds_can_be_reached(path: str, value: Any) -> None:
    data = {
        "list": ["a", "b"],
        "text": "text",
        "null": None,
        "zero": 0,
        "off": False,
        "empty": "",
        "object": {"0": "zeroth", "\u0661": "one"},
    }

    assert get(data, parse(path)) == value
