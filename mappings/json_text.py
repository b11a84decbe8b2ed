"""JSON text as JavaScript writes it: no spaces, 7 for 7.0, characters as they are. Recorded mappings rely on it."""

from collections.abc import Iterator
from json.encoder import encode_basestring

from mappings.bounds import refuse_deeper_than_allowed, refuse_longer_than_allowed
from mappings.text import number_text
from mappings.values import HALF_CHARACTER, UNDEFINED

_Pieces = Iterator[tuple[str, object]]


def json_text(value: object) -> str:
    """The JSON text of a value that came from JSON.

    What is missing leaves its key out and is null in a list; NaN and the infinities, which JSON lacks, are null.
    Raises MappingError for what is nested deeper than 1000 levels or written in more than 1,000,000 characters.
    """
    flat = _flat(value) if isinstance(value, dict) else None
    if flat is not None and len(flat) <= _SHORT:
        return flat
    written: list[str] = []
    length = 0
    stack: list[tuple[_Pieces, str]] = [(iter((("", value),)), "")]
    while stack:
        pieces, end = stack[-1]
        for lead, item in pieces:
            text = _start(item)
            written.append(lead + text)
            length += len(lead) + len(text) + 1
            refuse_longer_than_allowed(length, "the JSON text of a value")
            if isinstance(item, (dict, list, tuple)):
                refuse_deeper_than_allowed(len(stack), "objects and lists")
                stack.append((_members(item), "}") if isinstance(item, dict) else (_items(item), "]"))
                break
        else:
            written.append(end)
            stack.pop()
    return "".join(written)


_SHORT = 1000
"""Characters that are never too many, whatever was written before them."""


def _flat(value: dict[object, object]) -> str | None:
    """The text of an object that holds texts alone, as most do that are written for a message; None for any other."""
    members = []
    for key, inner in value.items():
        if key.__class__ is not str or inner.__class__ is not str:
            return None
        members.append(f"{_text(key)}:{_text(inner)}")
    return f"{{{','.join(members)}}}"


def _members(value: dict[object, object]) -> _Pieces:
    lead = ""
    for key, inner in value.items():
        if inner is not UNDEFINED:
            yield f"{lead}{_text(str(key))}:", inner
            lead = ","


def _items(value: list[object] | tuple[object, ...]) -> _Pieces:
    lead = ""
    for inner in value:
        yield lead, inner
        lead = ","


def _start(value: object) -> str:
    """The text of a value, of an object or list its opening bracket."""
    match value:
        case str():
            return _text(value)
        case dict():
            return "{"
        case list() | tuple():
            return "["
        case bool():
            return "true" if value else "false"
        case int() | float():
            written = number_text(value)
            return (
                written if written[-1].isdigit() else "null"
            )  # NaN, Infinity, and what is longer than Python writes out
    return "null"


def _text(value: str) -> str:
    text = encode_basestring(value)
    return text if text.isascii() else HALF_CHARACTER.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
