"""From a trigger's text to a predicate over events, and to what an index has to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, assert_never

from mappings import paths
from mappings.fql import glob
from mappings.fql.failures import Failure, distance, failures
from mappings.fql.parser import parse
from mappings.fql.piece import value_shown
from mappings.fql.reach import reach
from mappings.fql.tree import All, Comparison, Condition, Either, Not, Operand, Search, value_at
from mappings.source import Source
from mappings.text import number_text

Predicate = Callable[[Any], bool]

_INLINE_KEYS = 8
_NUMBERS = frozenset({int, float})
_NEVER = object()
"""What no event holds. Even a term that nothing fulfils reads its field, so that what is no event is noticed."""
_LIKE_BOOLEANS = (0, 1)
"""The numbers that Python takes a boolean for equal to."""


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """A compiled trigger."""

    text: str
    matches: Predicate = field(repr=False)
    """Whether an event (an object of JSON values; anything else never matches) fulfils the trigger."""
    types: frozenset[str] | None
    """The values of `type` that an event must have one of to match; None when any may."""
    names: frozenset[str] | None
    """The values of `event` (the name of a track event) likewise."""
    condition: Condition = field(repr=False)
    """The trigger as a tree."""

    def failed(self, event: Any) -> tuple[Failure, ...]:
        """The terms because of which an event does not match; empty when it does.

        Of terms joined with `and` that is the first one that fails, of terms joined with `or` it is all of them.
        """
        if not isinstance(event, dict):
            return (Failure(self.text, 1, 1, f"the event is {value_shown(event)}"),)
        return failures(self.condition, event)

    def distance(self, event: Any) -> int:
        """How far an event is from matching: 0 where it does, else the more, the more terms fail. It orders mappings, no more."""
        return distance(self.condition, event if isinstance(event, dict) else {})


def compile_trigger(text: str) -> Trigger:
    """Compile a trigger such as `type = "track" and event = "Audience Entered"`.

    Raises TriggerError, with line, column and a hint, for text that is no trigger.
    """
    condition = parse(text)
    types, names = reach(condition)
    return Trigger(text, _predicate(condition), types, names, condition)


def _predicate(condition: Condition) -> Predicate:
    """The condition as a function of the event.

    Events have nearly always what their trigger asks of them, and reading a key that is there is cheapest when
    nothing is said of one that is not. So what runs first takes the fields for granted; what runs where one is
    missing is written when that first happens.
    """
    careful = cache(lambda: _Writer(sure=False).written(condition))

    def otherwise(event: Any) -> bool:
        return careful()(event)

    return _Writer(sure=True, otherwise=otherwise).written(condition)


class _Writer:
    """Writes a condition as one Python expression. A missing value is None in it, as null is.

    Every part of the expression that is joined with `and`, `or` or `not` stands in parentheses.
    """

    def __init__(self, *, sure: bool, otherwise: Predicate | None = None) -> None:
        self._source = Source(at=value_at, NUMBERS=_NUMBERS, NEVER=_NEVER, otherwise=otherwise)
        self._sure = sure
        self._variables = 0

    def written(self, condition: Condition) -> Predicate:
        """The function `matches(event)`; a sure one leaves to `otherwise` what it cannot read."""
        code = self._condition(condition)
        # A sure one is an `if`, since CPython 3.11 compares fastest right before a jump.
        body = (
            f" try:\n  if {code}:\n   return True\n except (KeyError, TypeError):\n  return otherwise(event)\n return False"
            if self._sure
            else f" return isinstance(event, dict) and {code}"
        )
        self._source.add(f"def matches(event):\n{body}")
        return self._source.build("matches")

    def _condition(self, condition: Condition) -> str:
        match condition:
            case All(conditions):
                return f"({' and '.join(map(self._condition, conditions))})"
            case Either(conditions):
                return f"({' or '.join(map(self._condition, conditions))})"
            case Not(inner):
                return f"(not {self._condition(inner)})"
            case Search():
                return self._search(condition)
            case Comparison():
                return self._comparison(condition)
        assert_never(condition)

    def _comparison(self, comparison: Comparison) -> str:
        match comparison.operator:
            case "=":
                return self._equal(comparison)
            case "!=":
                return self._unequal(comparison)
        return self._order(comparison)

    def _equal(self, comparison: Comparison) -> str:
        operand, value, literal = comparison.operand, comparison.value, self._source.literal(comparison.value)
        looked_at = self._operand(operand)
        if value is None:
            return f"{looked_at} is None"
        if isinstance(value, str):
            return f"{looked_at} == {literal}"
        if isinstance(value, bool):
            if not operand.plain or operand.keys == ("userId",):
                return f"{looked_at} is {literal}"
            held = self._variable()
            return f"(({held} := {looked_at}) is {literal} or {held} == {str(value).lower()!r})"
        wanted = f"in ({number_text(value)!r}, {literal})" if operand.plain else f"== {literal}"
        if value not in _LIKE_BOOLEANS:
            return f"{looked_at} {wanted}"
        held = self._variable()
        return f"(({held} := {looked_at}) {wanted} and {held} is not {bool(value)})"

    def _unequal(self, comparison: Comparison) -> str:
        value = comparison.value
        if value is None or isinstance(value, str):
            return f"{self._operand(comparison.operand)} {'is not' if value is None else '!='} {self._source.literal(value)}"
        if isinstance(value, bool) or comparison.operand.plain:
            return f"(not {self._equal(comparison)})"
        held = self._variable()
        return f"(({held} := {self._operand(comparison.operand)}).__class__ in NUMBERS and {held} != {self._source.literal(value)})"

    def _order(self, comparison: Comparison) -> str:
        if isinstance(comparison.value, str):
            return f"{self._operand(comparison.operand)} is NEVER"
        held, looked_at = self._variable(), self._operand(comparison.operand)
        return (
            f"(({held} := {looked_at}).__class__ in NUMBERS"
            f" and {held} {comparison.operator} {self._source.literal(comparison.value)})"
        )

    def _search(self, search: Search) -> str:
        held, looked_at = self._variable(), self._operand(search.operand)
        found = (
            f"{self._source.literal(search.text)} in {held}"
            if search.function == "contains"
            else self._match(search.text, held)
        )
        return f"(({held} := {looked_at}).__class__ is str and {'not ' if search.negated else ''}{found})"

    def _match(self, pattern: str, held: str) -> str:
        literal = self._source.literal
        match pattern.split("*"):
            case [whole]:
                return f"{held} == {literal(whole)}"
            case [start, ""]:
                return f"{held}.startswith({literal(start)})"
            case ["", end]:
                return f"{held}.endswith({literal(end)})"
            case parts:
                return f"{self._source.bind(glob.fits)}({held}, {self._source.bind(tuple(parts))})"

    def _operand(self, operand: Operand) -> str:
        """An expression for what a condition looks at, None when it is missing."""
        found = self._field(operand.keys)
        return found if operand.function is None else f"{self._source.bind(operand.function.of)}({found})"

    def _field(self, keys: paths.Keys) -> str:
        """An expression for the value of a field, None when it is missing; a sure one may raise KeyError instead."""
        root, *inner = keys
        name = self._source.literal(root)
        found = f"event[{name}]" if self._sure else f"event.get({name})"
        if len(inner) > _INLINE_KEYS:
            return f"at({found}, {self._source.bind(tuple(inner))})"
        for key in inner:
            held, name = self._variable(), self._source.literal(key)
            found = (
                f"({held}.get({name}) if ({held} := {found}).__class__ is dict else at({held}, ({name},)))"
            )
        return found

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"
