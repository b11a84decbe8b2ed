"""Which terms of a trigger an event does not fulfil: the tree walked term by term, for people who ask why.

What is decided here is decided again, faster, by what `compile` writes; the two agree.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, assert_never

from mappings import paths
from mappings.fql import glob
from mappings.fql.piece import shown, value_shown
from mappings.fql.tree import All, Comparison, Condition, Either, Not, Operand, Search, value_at
from mappings.text import number_text

_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LONGEST_TERM = 200

_LONGEST_ALIKE: Final = 500

_TERM: Final = 4
"""How far away an event is for each term that it does not fulfil ..."""
_ALIKE: Final = 1
"""... where it has the text that is asked for but in other letters: it was probably meant ..."""
_OTHER_TYPE: Final = 12
"""... and where it is no such call at all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A term of a trigger that an event does not fulfil."""

    term: str
    """The term as it was written."""
    line: int
    column: int
    found: str
    """What the event has there, in a few words: `event is "Order Placed"`, `traits.age is missing`."""

    def __str__(self) -> str:
        return (
            f"`{shown(self.term, _LONGEST_TERM)}` does not hold: {self.found}"
            f" (line {self.line}, column {self.column})"
        )


def failures(condition: Condition, event: Mapping[str, Any]) -> tuple[Failure, ...]:
    """Why `event` does not fulfil `condition`; empty when it does.

    Of conditions joined with `and` it is the first that fails, of conditions joined with `or` all of them.
    """
    match condition:
        case All(conditions):
            return next((found for one in conditions if (found := failures(one, event))), ())
        case Either(conditions):
            each = [failures(one, event) for one in conditions]
            return tuple(failure for found in each for failure in found) if all(each) else ()
        case Not(Not(inner)):
            return failures(inner, event)
        case Not(inner):
            holds = bool(failures(inner, event))
        case Comparison() | Search():
            holds = _holds(condition, _looked_at(condition.operand, event))
        case _:
            assert_never(condition)
    return () if holds else (_failure(condition, event),)


def distance(condition: Condition, event: Mapping[str, Any]) -> int:
    """How far `event` is from fulfilling `condition`: 0 where it does, else the more, the more terms would have to hold besides.

    Of conditions joined with `or` the nearest counts.
    """
    return _distance(condition, event, holds=True)


def _distance(condition: Condition, event: Mapping[str, Any], *, holds: bool) -> int:
    match condition:
        case Not(inner):
            return _distance(inner, event, holds=not holds)
        case All(conditions) | Either(conditions):
            each = [_distance(one, event, holds=holds) for one in conditions]
            return sum(each) if isinstance(condition, All) is holds else min(each)
        case Comparison() | Search():
            value = _looked_at(condition.operand, event)
            if _holds(condition, value) is holds:
                return 0
            if holds and isinstance(condition, Comparison) and _alike(condition, value):
                return _ALIKE
            return _OTHER_TYPE if condition.operand.keys == ("type",) else _TERM
    assert_never(condition)


def _alike(term: Comparison, value: object) -> bool:
    """Whether a text differs from the one that is asked for in its spaces, punctuation and capitals alone."""
    if term.operator != "=" or not isinstance(term.value, str) or not isinstance(value, str):
        return False
    wanted, there = (
        "".join(filter(str.isalnum, text[:_LONGEST_ALIKE])).casefold() for text in (term.value, value)
    )
    return wanted != "" and wanted == there


def _failure(condition: Not | Comparison | Search, event: Mapping[str, Any]) -> Failure:
    term = condition.condition if isinstance(condition, Not) else condition
    found = _found(term.operand, event) if isinstance(term, Comparison | Search) else "what it negates holds"
    written = condition.written
    return Failure(written.text, written.line, written.column, found)


def _found(operand: Operand, event: Mapping[str, Any]) -> str:
    field = shown(operand.written.text)
    if operand.function is not None:
        made = _looked_at(operand, event)
        if made is not None:
            return f"{operand.function.name}({field}) is {value_shown(made)}"
    return f"{field} is {value_shown(paths.get(event, operand.keys))}"


def _looked_at(operand: Operand, event: Mapping[str, Any]) -> object:
    """What a condition looks at; None when it is missing."""
    value = value_at(event, operand.keys)
    return value if operand.function is None else operand.function.of(value)


def _holds(term: Comparison | Search, value: object) -> bool:
    if isinstance(term, Search):
        if not isinstance(value, str):
            return False
        found = term.text in value if term.function == "contains" else glob.fits(value, term.text.split("*"))
        return found is not term.negated
    match term.operator:
        case "=":
            return _equal(term, value)
        case "!=":
            comparable = term.operand.plain or not _is_number(term.value) or _is_number(value)
            return comparable and not _equal(term, value)
    return _is_number(value) and _is_number(term.value) and _ORDERS[term.operator](value, term.value)


def _equal(term: Comparison, value: object) -> bool:
    wanted = term.value
    if isinstance(wanted, bool):
        spelled = term.operand.plain and term.operand.keys != ("userId",) and value == str(wanted).lower()
        return value is wanted or spelled
    if isinstance(wanted, int | float):
        return value == wanted if _is_number(value) else term.operand.plain and value == number_text(wanted)
    return value is None if wanted is None else value == wanted


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
