"""JSON as rows: each object on a line, however it was written and in whatever bits it comes."""

import json

import pytest
from hypothesis import given, strategies as st

from gateway import json_rows
from gateway.json_rows import JsonRows, JsonRowsError, begins_json

ROWS = [{"phone": "+12025550101", "a": {"b": [1, {"c": "]}"}]}}, {"phone": None, "say": 'a "quote", {brace}'}]
LINES = [*ROWS, {"n": 1.5}]


def rows(text: str, size: int = 7) -> list[object]:
    found = JsonRows(1_000)
    lines = "".join([found.add(text[at : at + size]) for at in range(0, len(text), size)] + [found.end()])
    assert lines == "" or lines.endswith("\n")
    return [json.loads(line) for line in lines.split("\n")[:-1]]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "TOGETHER", 1)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(LINES),
        json.dumps(LINES, indent=2),
        "\n".join(map(json.dumps, LINES)),
        "\n\n".join(json.dumps(one, indent=1) for one in LINES),
        json.dumps({"message": "success", "users": LINES, "n": 12}),
        json.dumps({"data": LINES[:1], "links": {"next": "x"}}, indent=2) + json.dumps({"data": LINES[1:]}),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_each_object_is_a_row(text: str, size: int) -> None:
    assert rows(text, size) == LINES


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.recursive(st.integers() | st.text(max_size=9), st.lists, max_leaves=5), max_size=4), max_size=5),
    st.integers(1, 40),
    st.sampled_from([None, 2]),
)  # fmt: skip
def test_whatever_is_in_a_list_comes_out_as_it_was(
    found: list[object], size: int, indent: int | None
) -> None:
    assert rows(json.dumps(found, indent=indent, ensure_ascii=False), size) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1}, {"a": 2', "It breaks off behind row 1"),
        ('[{"a": 1},', "It breaks off behind row 1"),
        ('[{"a": 1}', "It breaks off behind row 1"),
        ('{"users": [{"a": 1}]', "It breaks off behind row 1"),
        ('{"a": 1', "It breaks off behind row 0"),
        ('{"a"', "It breaks off behind row 0"),
        ('[{"a": 1} {"a": 2}                              ]', "It begins as JSON, and is none behind row 1"),
        ("[{'a': 1}, {'a': 1}, {'a': 1}]", "It begins as JSON, and is none behind row 0"),
        ('{"a": 1}\nphone,channel,status,and more', "It begins as JSON, and is none behind row 1"),
        ('{"users": [{"a": 1}], "phone": "x"}', "give one or the other"),
        ('[{"a": "' + "x" * 1_100 + '"}]', "Row 1 has more than 1,000 characters"),
        ("[" * 100_000, "Row 1"),
    ],
)
@pytest.mark.parametrize("size", [1_000, 1_000_000])
def test_what_is_no_whole_json_is_refused_with_where(text: str, said: str, size: int) -> None:
    with pytest.raises(JsonRowsError) as refused:
        rows(text, size)

    assert said in str(refused.value)


@given(st.text(alphabet='{}[]",:\\u0061 \n1-nul', max_size=40), st.integers(1, 9))
def test_nothing_else_is_raised_whatever_comes(text: str, size: int) -> None:
    found = JsonRows(1_000)
    try:
        for at in range(0, len(text), size):
            found.add(text[at : at + size])
        found.end()
    except JsonRowsError as error:
        assert str(error)  # noqa: PT017  the one thing that may be raised


def test_a_number_that_is_escaped_is_as_it_is_said() -> None:
    found = JsonRows(1_000)

    assert (
        found.add('[{"phone": "\\u002b12025550101\\u0022 \\\\u0041"}]')
        == '{"phone": "+12025550101\\u0022 \\\\u0041"}\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"), [("  \n[", True), ("{", True), ("phone", False), (" \n", None)]
)
def test_json_is_known_by_its_first_mark(text: str, expected: bool | None) -> None:
    assert begins_json(text) is expected
