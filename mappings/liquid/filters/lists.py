"""The filters of lists, and of values of any kind. What is no list counts as a list of one."""

import json
from collections.abc import Callable
from typing import Any

from mappings.json_text import json_text
from mappings.liquid.bounds import ITEM, Work
from mappings.liquid.filters.arithmetic import plus
from mappings.liquid.values import equal, is_true, items, member, text, whole
from mappings.text import text_of
from mappings.values import UNDEFINED

_WIDEST_INDENT = 10


def default(
    _work: Work, value: object, instead: object = UNDEFINED, *, allow_false: object = False
) -> object:
    """`instead` of null, false, what is missing, an empty text and an empty list."""
    if value is False and is_true(allow_false):
        return value
    return instead if not is_true(value) or value in ("", []) else value


def size(_work: Work, value: object) -> int:
    return len(value) if isinstance(value, str | list | range) else 0


def first(_work: Work, value: object) -> object:
    return value[0] if isinstance(value, str | list | range) and value else UNDEFINED


def last(_work: Work, value: object) -> object:
    return value[-1] if isinstance(value, str | list | range) and value else UNDEFINED


def join(work: Work, value: object, between: object = UNDEFINED) -> str:
    """The texts of the items with `between` between them; lists inside are joined with commas."""
    gap = " " if between is None or between is UNDEFINED else text(work, between)
    given = items(work, value)
    work.spend_on(given)
    work.spend(len(gap) * len(given))
    return gap.join(map(text_of, given))


def slice_(work: Work, value: object, start: object = 0, length: object = 1) -> object:
    """`length` characters or items from `start` on, which counts from the end when it is negative."""
    given = items(work, value) if isinstance(value, list | range) else text(work, value)
    begins = whole(start)
    begins = len(given) + begins if begins < 0 else begins
    return given[begins : begins + max(0, whole(length))] if begins >= 0 else given[:0]


def concat(work: Work, value: object, others: object = UNDEFINED) -> list[object]:
    return items(work, value) + items(work, others)


def push(work: Work, value: object, item: object = UNDEFINED) -> list[object]:
    return [*items(work, value), item]


def unshift(work: Work, value: object, item: object = UNDEFINED) -> list[object]:
    return [item, *items(work, value)]


def pop(work: Work, value: object) -> list[object]:
    return items(work, value)[:-1]


def shift(work: Work, value: object) -> list[object]:
    return items(work, value)[1:]


def reverse(work: Work, value: object) -> list[object]:
    return items(work, value)[::-1]


def compact(work: Work, value: object) -> list[object]:
    return [item for item in items(work, value) if item is not None and item is not UNDEFINED]


def map_(work: Work, value: object, path: object = UNDEFINED) -> list[object]:
    return [found for _, found in _found(work, value, path)]


def sum_(work: Work, value: object, path: object = UNDEFINED) -> float:
    total: float = 0
    for _, found in _found(work, value, path):
        total = plus(work, total, found)
    return total


def sort(work: Work, value: object, path: object = UNDEFINED) -> list[object]:
    """Numbers, then texts, then all else, then nothing; equal ones keep their order."""
    return _sorted(work, value, path, lambda found: found)


def sort_natural(work: Work, value: object, path: object = UNDEFINED) -> list[object]:
    """By their texts, whatever the case, nothing last."""
    return _sorted(
        work, value, path, lambda found: found if found in (None, UNDEFINED) else text(work, found).lower()
    )


def uniq(work: Work, value: object) -> list[object]:
    """The items without those that came before."""
    given = items(work, value)
    work.spend_on(given)
    seen: dict[tuple[str, object], object] = {}
    for item in given:
        seen.setdefault(_identity(item), item)
    return list(seen.values())


def where(work: Work, value: object, path: object = UNDEFINED, wanted: object = UNDEFINED) -> list[object]:
    """The items with `wanted` at `path`, or with anything true there."""
    return [item for item, matches in _matches(work, value, path, wanted) if matches]


def reject(work: Work, value: object, path: object = UNDEFINED, wanted: object = UNDEFINED) -> list[object]:
    return [item for item, matches in _matches(work, value, path, wanted) if not matches]


def find(work: Work, value: object, path: object = UNDEFINED, wanted: object = UNDEFINED) -> object:
    return next(iter(where(work, value, path, wanted)), UNDEFINED)


def find_index(work: Work, value: object, path: object = UNDEFINED, wanted: object = UNDEFINED) -> object:
    found = [matches for _, matches in _matches(work, value, path, wanted)]
    return found.index(True) if True in found else UNDEFINED


def has(work: Work, value: object, path: object = UNDEFINED, wanted: object = UNDEFINED) -> bool:
    return bool(where(work, value, path, wanted))


def group_by(work: Work, value: object, path: object = UNDEFINED) -> list[object]:
    return grouped(work, _found(work, value, path))


def grouped(work: Work, found: list[tuple[object, object]]) -> list[object]:
    """Objects with a `name` and the `items` it was found for."""
    work.spend_on([name for _, name in found])
    groups: dict[tuple[str, object], dict[str, Any]] = {}
    for item, name in found:
        groups.setdefault(_identity(name), {"name": name, "items": []})["items"].append(item)
    return list(groups.values())


def to_json(work: Work, value: object, indent: object = UNDEFINED) -> object:
    """JSON text; nothing for what is missing."""
    if value is UNDEFINED:
        return value
    work.spend_on(value)
    written = json_text(list(value) if isinstance(value, range) else value)
    width = max(0, min(whole(indent), _WIDEST_INDENT))
    return json.dumps(json.loads(written), indent=width, ensure_ascii=False) if width else written


def raw(_work: Work, value: object) -> object:
    return value


def _found(work: Work, value: object, path: object) -> list[tuple[object, object]]:
    """Every item and what a path such as `a.b` leads to from it; without a path the item itself."""
    given = items(work, value)
    keys = [] if path is None or path is UNDEFINED else text(work, path).split(".")
    work.spend(ITEM * len(keys) * len(given))
    found = []
    for item in given:
        inside = item
        for key in keys:
            inside = member(inside, key)
        found.append((item, inside))
    return found


def _matches(work: Work, value: object, path: object, wanted: object) -> list[tuple[object, bool]]:
    return [
        (item, is_true(found) if wanted is UNDEFINED else equal(work, found, wanted))
        for item, found in _found(work, value, path)
    ]


def _sorted(work: Work, value: object, path: object, key: Callable[[object], object]) -> list[object]:
    found = [(item, key(found)) for item, found in _found(work, value, path)]
    work.spend_on([each for _, each in found])
    return [item for item, _ in sorted(found, key=lambda pair: _rank(pair[1]))]


def _rank(value: object) -> tuple[int, Any]:
    if isinstance(value, int | float):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return (3 if value is None or value is UNDEFINED else 2), 0


def _identity(value: object) -> tuple[str, object]:
    """What two values have in common if they are the same, whichever they are."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return ("number", value) if is_number else (type(value).__name__, repr(value))


FILTERS = {
    "compact": compact,
    "concat": concat,
    "default": default,
    "find": find,
    "find_index": find_index,
    "first": first,
    "group_by": group_by,
    "has": has,
    "inspect": to_json,
    "join": join,
    "json": to_json,
    "jsonify": to_json,
    "last": last,
    "map": map_,
    "pop": pop,
    "push": push,
    "raw": raw,
    "reject": reject,
    "reverse": reverse,
    "shift": shift,
    "size": size,
    "slice": slice_,
    "sort": sort,
    "sort_natural": sort_natural,
    "sum": sum_,
    "uniq": uniq,
    "unshift": unshift,
    "where": where,
}
