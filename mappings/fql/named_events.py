"""The names of track events that a trigger is written for."""

from collections.abc import Iterator
from dataclasses import dataclass

from mappings.fql.compile import Trigger
from mappings.fql.piece import Piece
from mappings.fql.tree import All, Comparison, Condition, Either, Not, Operand, Search


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """A name that `event` is compared with, and where the comparison stands."""

    name: str
    line: int
    column: int


def named_events(trigger: Trigger) -> tuple[NamedEvent, ...]:
    """The names that a trigger compares `event` with as they are, in reading order."""
    return tuple(NamedEvent(name, place.line, place.column) for name, place in _named(trigger.condition))


def _named(condition: Condition) -> Iterator[tuple[str, Piece]]:
    match condition:
        case All(conditions) | Either(conditions):
            for one in conditions:
                yield from _named(one)
        case Not(inner):
            yield from _named(inner)
        case Comparison(Operand(("event",), None), "=" | "!=", str(name), place):
            yield name, place
        case Search("match", Operand(("event",), None), text, written=place) if "*" not in text:
            yield text, place
