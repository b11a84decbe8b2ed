"""Events made of a trigger's own terms: some that hold each, and some that break it."""

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any, Final

from mappings.errors import TriggerError
from mappings.fql.parser import parse
from mappings.fql.tree import All, Comparison, Condition, Either, Not, Search
from mappings.paths import Keys, index_of
from mappings.values import UNDEFINED

MOST: Final = 256
"""Events of one trigger."""

_LONGEST_LIST: Final = 20

_Choices = dict[Keys, list[object]]


def trigger_samples(trigger: str) -> tuple[dict[str, Any], ...]:
    """Up to 256 different events, the one first that has what each term asks for; none for a trigger that can't be read."""
    try:
        condition = parse(trigger)
    except TriggerError:
        return ()
    choices: _Choices = {}
    for term in _terms(condition):
        several = choices.setdefault(term.operand.keys, [])
        several += [value for value in _values(term) if not _is_among(value, several)]
    found: list[dict[str, Any]] = []
    for chosen in _chosen(choices):
        event = _event(chosen)
        if event not in found:
            found.append(event)
        if len(found) == MOST:
            break
    return tuple(found)


def _terms(condition: Condition) -> Iterator[Comparison | Search]:
    match condition:
        case Comparison() | Search():
            yield condition
        case Not():
            yield from _terms(condition.condition)
        case All() | Either():
            for inner in condition.conditions:
                yield from _terms(inner)


def _values(term: Comparison | Search) -> Iterator[object]:
    """What the field may have: what the term asks for, then what it does not, nothing at all, and values that look alike."""
    function = term.operand.function
    if function is not None and function.a_number:
        size = int(term.value) if isinstance(term, Comparison) and isinstance(term.value, int | float) else 3
        yield from ("x" * min(max(size + more, 0), 1000) for more in (0, 1, -1))
    elif function is not None and function.name == "typeof":
        yield from ("text", 1, True, None, [], {})
    elif isinstance(term, Search):
        text = term.text.replace("*", "")
        yield from (text, f"{text} and more", f"before {text}", "something else")
        if term.function == "match" and "*" not in term.text:
            yield f"?{text[1:]}"
    else:
        yield from _beside(term.value)
        if function is not None and isinstance(term.value, str):
            yield term.value.upper()
    yield UNDEFINED


def _beside(value: object) -> Iterator[object]:
    match value:
        case None:
            yield from (None, "something")
        case bool():
            yield from (value, not value, "true" if value else "false")
        case int() | float():
            yield from (value, value + 1, value - 1, f"{value:g}")
        case _:
            yield from (value, f"{value} else")


def _chosen(choices: _Choices) -> Iterator[dict[Keys, object]]:
    """All combinations where these are few; else the first of each, and what differs from that in one field and in two."""
    keys = tuple(choices)
    size = 1
    for several in choices.values():
        size *= len(several)
    if size <= MOST:
        for values in product(*choices.values()):
            yield dict(zip(keys, values, strict=True))
    else:
        first = {key: several[0] for key, several in choices.items()}
        yield first
        for count in (1, 2):
            for changed in combinations(keys, count):
                for values in product(*(choices[key][1:] for key in changed)):
                    yield first | dict(zip(changed, values, strict=True))
    for key in keys:
        for end in range(2, len(key)):
            yield {one: several[0] for one, several in choices.items() if one != key} | {key[:end]: 0}


def _event(chosen: dict[Keys, object]) -> dict[str, Any]:
    """A call with these values: a track, where the trigger does not name another."""
    event: dict[str, Any] = {"type": "track", "userId": "user-1"}
    if ("type",) not in chosen and ("event",) not in chosen:
        event["event"] = "Something Happened"
    for keys, value in chosen.items():
        _put(event, keys, value)
    return event


def _put(event: dict[str, Any], keys: Keys, value: object) -> None:
    key, *rest = keys
    if not rest:
        event.pop(key, None)
        if value is not UNDEFINED:
            event[key] = value
        return
    place = index_of(rest[0])
    if place is not None and place < _LONGEST_LIST and len(rest) == 1:
        event[key] = [*[None] * place, *([] if value is UNDEFINED else [value])]
        return
    if not isinstance(event.get(key), dict):
        event[key] = {}
    _put(event[key], tuple(rest), value)


def _is_among(value: object, several: list[object]) -> bool:
    return any(value.__class__ is one.__class__ and value == one for one in several)
