"""Where a path led in the original: into texts, to what JavaScript has built in, and no further than what is 0, "" or false."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mappings import paths
from mappings.values import UNDEFINED

_LENGTH: Final = "length"
_BUILT_IN: Final = frozenset({"constructor", "hasOwnProperty", "toString", "valueOf"})


class _Function(str):
    """One that JavaScript has built in: its name can be read, and it is no value."""

    __slots__ = ()


def walk(value: object, keys: Iterable[str]) -> object:
    """What a trigger's `keys` lead to among the members of objects."""
    for key in keys:
        if _ends_the_way(value):
            return value
        value = value.get(key, UNDEFINED) if isinstance(value, Mapping) else UNDEFINED
    return value


def find(payload: object, path: str) -> object:
    """What an `@path` leads to."""
    return _follow(payload, paths.parse(path))


def find_bare(payload: object, path: str) -> object:
    """What a path between braces leads to."""
    return _follow(payload, paths.parse_bare(path))


def numbered(value: Sequence[object] | str) -> Sequence[object]:
    """The items of a list, or the UTF-16 units of a text, of which a character beyond the first 65,536 has two."""
    if not isinstance(value, str):
        return value
    units = value.encode("utf-16-le", "surrogatepass")
    return [units[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(units), 2)]


def _follow(payload: object, keys: Iterable[str]) -> object:
    """A key in quotes is taken apart at its dots, too."""
    value = payload
    for key in (part for whole in keys for part in whole.split(".")):
        if _ends_the_way(value):
            return value
        value = _step(value, key)
    return UNDEFINED if isinstance(value, _Function) else value


def _step(value: object, key: str) -> object:
    if isinstance(value, _Function):
        return str(value) if key == "name" else UNDEFINED
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if isinstance(value, list | str):
        items = numbered(value)
        place = paths.index_of(key)
        if key == _LENGTH:
            return len(items)
        if place is not None:
            return items[place] if place < len(items) else UNDEFINED
    return _Function(key) if key in _BUILT_IN else UNDEFINED


def _ends_the_way(value: object) -> bool:
    return (
        value is None or value is UNDEFINED or value == "" or (isinstance(value, int | float) and value == 0)
    )
