"""Paths into an event, such as `$.properties.products[0].sku`: parsed once, followed many times.

A path is read as the original reads it: the first `$.` is dropped, dots separate keys (repeated and trailing
ones collapse), `[0]` is an index, `['a key']` and `["a key"]` are keys. Anything else between brackets is part
of a key's name, so `a[b]` is one key. Quotes elsewhere are dropped, so `."a key"` is one as well. Unlike the original, a quoted key may hold a dot, and nothing but what
the event holds can be reached: no `.length`, no characters of a text.
"""

import re
from collections.abc import Callable, Iterable

from mappings.values import UNDEFINED

Keys = tuple[str, ...]

_PIECE = re.compile(r"""\[(?:(?P<index>[0-9]+)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]|(?P<dot>\.)""")
_LONGEST_INDEX = 9


def parse(text: str) -> Keys:
    """The keys of an `@path`; none at all means the whole payload."""
    return parse_bare(text.replace("$.", "", 1))


def parse_bare(text: str) -> Keys:
    """The keys of a path between braces, where `$.` has no meaning of its own."""
    keys: list[str] = []
    start = 0
    for piece in _PIECE.finditer(text):
        if piece.start() > start:
            keys.append(_unquoted(text[start : piece.start()]))
        start = piece.end()
        if piece["dot"] is None:
            keys.append(next(key for key in piece.group("index", "single", "double") if key is not None))
    if start < len(text):
        keys.append(_unquoted(text[start:]))
    return tuple(keys)


def _unquoted(key: str) -> str:
    """A key without quotes: outside of brackets they are not part of it, so `."a key"` is one too."""
    return key.replace("'", "").replace('"', "")


def index_of(key: str) -> int | None:
    """The place in a list that `key` names, or None when it names none (`01` and `-1` do not)."""
    if key.isascii() and key.isdigit() and len(key) <= _LONGEST_INDEX and (key == "0" or key[0] != "0"):
        return int(key)
    return None


def get(value: object, keys: Iterable[str]) -> object:
    """What `keys` lead to from `value`, or UNDEFINED. A path through null gives None."""
    for key in keys:
        if value is None or value is UNDEFINED:
            break
        value = step(value, key)
    return value


def step(value: object, key: str) -> object:
    """What `key` leads to from `value`, which may be of any type, or UNDEFINED. From null it leads to None."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if isinstance(value, list):
        index = index_of(key)
        return value[index] if index is not None and index < len(value) else UNDEFINED
    return None if value is None else UNDEFINED


def getter(value: object) -> Callable[[str, object], object]:
    """What `value.get` is for an object, for a value of any type: `getter(value)(key, UNDEFINED)`."""
    return lambda key, _default: step(value, key)
