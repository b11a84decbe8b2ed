"""From a trigger's text to a predicate over events, and to what an index has to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, assert_never

from mappings import paths
from mappings.fql import glob
from mappings.fql.parser import PLAIN_FIELDS, All, Comparison, Condition, Either, Not, Search, parse
from mappings.fql.reach import reach
from mappings.source import Source
from mappings.text import number_in, number_text
from mappings.values import UNDEFINED

_INLINE_KEYS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """A compiled trigger."""

    text: str
    matches: Callable[[Any], bool] = field(repr=False)
    """Whether an event (an object of JSON values; anything else never matches) fulfils the trigger."""
    types: frozenset[str] | None
    """The values of `type` that an event must have one of to match; None when any may."""
    names: frozenset[str] | None
    """The values of `event` (the name of a track event) likewise."""


def compile_trigger(text: str) -> Trigger:
    """Compile a trigger such as `type = "track" and event = "Audience Entered"`.

    Raises TriggerError, with line, column and a hint, for text that is no trigger.
    """
    condition = parse(text)
    types, names = reach(condition)
    return Trigger(text, _Predicate().build(condition), types, names)


def value_inside(value: object, key: str) -> object:
    """What `key` leads to from a value of any type, or None."""
    found = paths.step(value, key)
    return None if found is UNDEFINED else found


def value_at(event: object, keys: paths.Keys) -> object:
    """What `keys` lead to from an event, or None."""
    found = paths.get(event, keys)
    return None if found is UNDEFINED else found


class _Predicate:
    """Writes a condition as one Python expression. A missing value is None in it, as null is."""

    def __init__(self) -> None:
        self._source = Source(inside=value_inside, NUMBERS=frozenset({int, float}))
        self._variables = 0

    def build(self, condition: Condition) -> Callable[[Any], bool]:
        self._source.add(
            "def matches(event):\n"
            " try:\n"
            f"  return {self._condition(condition)}\n"
            " except AttributeError:\n"  # of `event.get`: this is no event
            "  return False"
        )
        return self._source.build("matches")

    def _condition(self, condition: Condition) -> str:
        match condition:
            case All(conditions):
                return " and ".join(f"({self._condition(one)})" for one in conditions)
            case Either(conditions):
                return " or ".join(f"({self._condition(one)})" for one in conditions)
            case Not(inner):
                return f"not ({self._condition(inner)})"
            case Search():
                return self._search(condition)
            case Comparison(_, "=" | "!="):
                return self._equality(condition)
            case Comparison():
                return self._order(condition)
        assert_never(condition)

    def _equality(self, comparison: Comparison) -> str:
        value, field_value = comparison.value, self._field(comparison.field)
        plain = comparison.field[0] in PLAIN_FIELDS
        equal = comparison.operator == "="
        literal = self._source.literal(value)
        if isinstance(value, str):
            return f"{field_value} {'==' if equal else '!='} {literal}"
        held = self._variable()
        if isinstance(value, bool) and plain and comparison.field != ("userId",):
            either = f"({held} := {field_value}) is {literal} or {held} == {str(value).lower()!r}"
            return either if equal else f"not ({either})"
        if value is None or isinstance(value, bool):
            return f"{field_value} {'is' if equal else 'is not'} {literal}"
        if plain:
            either = f"({held} := {field_value}) == {number_text(value)!r} or {held}.__class__ in NUMBERS and {held} == {literal}"
            return either if equal else f"not ({either})"
        return (
            f"({held} := {field_value}).__class__ in NUMBERS and {held} {'==' if equal else '!='} {literal}"
        )

    def _order(self, comparison: Comparison) -> str:
        value = comparison.value
        if isinstance(value, str):
            number = number_in(value)
            if number is None:
                return "False"
            value = number
        held = self._variable()
        return (
            f"({held} := {self._field(comparison.field)}).__class__ in NUMBERS"
            f" and {held} {comparison.operator} {self._source.literal(value)}"
        )

    def _search(self, test: Search) -> str:
        held, text = self._variable(), self._source.literal(test.text)
        found = f"{text} in {held}" if test.function == "contains" else self._match(test.text, held)
        wanted = f"not ({found})" if test.negated else f"({found})"
        return f"({held} := {self._field(test.field)}).__class__ is str and {wanted}"

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

    def _field(self, keys: paths.Keys) -> str:
        """An expression for the value of a field, None when it is missing."""
        if len(keys) > _INLINE_KEYS:
            return f"{self._source.bind(value_at)}(event, {self._source.bind(keys)})"
        code = f"event.get({self._source.literal(keys[0])})"
        for key in keys[1:]:
            held, name = self._variable(), self._source.literal(key)
            code = f"({held}.get({name}) if ({held} := {code}).__class__ is dict else inside({held}, {name}))"
        return code

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"
