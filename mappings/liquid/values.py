"""Values as LiquidJS reads them: as text, as a number, as a list; what is in them, equal, in order, true."""

from collections.abc import Callable, Sequence
from typing import Any

from liquid.builtin.expressions.primitive import Blank, Empty

from mappings.liquid.bounds import ITEM, Work, bounded
from mappings.paths import index_of
from mappings.text import number_in, text_of
from mappings.values import UNDEFINED

_LONGEST_NUMBER = 30
_LARGEST_WHOLE = 2**53

_ENDS = {"first": 0, "last": -1}
_NOTHING = (None, UNDEFINED)


def printed(value: object) -> str:
    """The text of a value that is no list."""
    return "" if isinstance(value, Empty | Blank) else text_of(bounded(value), between="")


def text(work: Work, value: object) -> str:
    """The text of any value: a list is its items with nothing between."""
    if isinstance(value, str):
        work.spend(len(value))
        return value
    if isinstance(value, list | tuple | range):
        work.spend_on(value)
    else:
        work.spend(ITEM)
    return printed(value)


def number(value: object) -> float:
    """The number that a value is or spells; 0 for everything else."""
    found = _number(value)
    return 0 if found is None or found != found else found  # noqa: PLR0124 - what differs from itself is no number


def is_number(value: object) -> bool:
    """Whether a value is a number or spells one, as null, false and an empty text spell 0."""
    return _number(value) is not None


def whole(value: object) -> int:
    """The number that a value is or spells, without its fraction, and no larger than any text or list."""
    found = number(value)
    return int(max(-_LARGEST_WHOLE, min(found, _LARGEST_WHOLE)))


def items(work: Work, value: object) -> list[object]:
    """The items of a list. What is no list counts as a list of one, and nothing as an empty one."""
    if isinstance(value, list | tuple | range):
        bounded(value)
        work.spend(ITEM * len(value))
        return list(value)
    return [] if value is None or value is UNDEFINED else [value]


def member(value: object, key: object) -> object:
    """What a key leads to from a value, or UNDEFINED: `size`, `first` and `last` are known of texts and lists, and
    a negative index counts from the end of a list.
    """
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    if isinstance(value, dict):
        name = str(key) if type(key) is int else key
        found = value.get(name, UNDEFINED) if isinstance(name, str) else UNDEFINED
        return len(value) if found is UNDEFINED and key == "size" else found
    if not isinstance(value, str | list | tuple | range):
        return UNDEFINED
    if key == "size":
        return len(value)
    is_list = not isinstance(value, str)
    if isinstance(key, str):
        index = _ENDS[key] if is_list and key in _ENDS else index_of(key)
    else:
        index = key if type(key) is int else None
    lowest = -len(value) if is_list else 0
    return value[index] if index is not None and lowest <= index < len(value) else UNDEFINED


def is_true(value: object) -> bool:
    """Everything but false, null and what is missing."""
    return value is not False and value is not None and value is not UNDEFINED


def equal(work: Work, left: object, right: object) -> bool:
    """Whether two values are the same; `empty` and `blank` are the same as every value that is so."""
    work.spend(2 * ITEM)
    if isinstance(right, Empty | Blank):
        left, right = right, left
    if isinstance(left, Blank) and (right is False or right in _NOTHING):
        return True
    if left is None or left is UNDEFINED or right is None or right is UNDEFINED:
        return left in _NOTHING and right in _NOTHING
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | dict):
        work.spend_on(left)
        work.spend_on(right)
    return left == right


def contains(work: Work, value: object, item: object) -> bool:
    """Whether a text holds a text, or a list an item. Nothing else holds anything."""
    if isinstance(value, str) and item not in _NOTHING:
        work.spend(len(value))
        return text(work, item) in value
    if isinstance(value, list | tuple | range):
        return any(equal(work, each, item) for each in items(work, value))
    return False


def in_order(work: Work, holds: Callable[[Any, Any], bool], left: object, right: object) -> bool:
    """Whether `<` or the like holds: between texts, or between what counts as numbers, as null, false and an empty
    text do. What is missing, lists and objects are in no order.
    """
    work.spend(2 * ITEM)
    if isinstance(left, str) and isinstance(right, str):
        return holds(left, right)
    first, second = _number(left), _number(right)
    return first is not None and second is not None and holds(first, second)


def looped(work: Work, value: object) -> Sequence[object]:
    """What a loop goes through: a list, the keys of an object with their values, or a text, once."""
    match value:
        case list() | tuple() | range():
            bounded(value)
            work.spend(len(value))
            return value
        case dict():
            work.spend(ITEM * len(value))
            return [[key, each] for key, each in value.items()]
        case str() if value:
            return [value]
    return ()


def _number(value: object) -> float | None:
    match value:
        case bool():
            return int(value)
        case int() | float():
            return bounded(value)  # type: ignore[return-value]  # a number stays one
        case None:
            return 0
        case str():
            if len(value) > _LONGEST_NUMBER:
                return None
            return number_in(value) if value.strip() else 0
    return None
