"""How much a template may take. Whatever passes a bound is refused; nothing is cut short in silence."""

from datetime import datetime

from liquid.exceptions import LoopIterationLimitError, ResourceLimitError

LONGEST_TEMPLATE = 20_000
"""Characters of a template."""

LONGEST_OUTPUT = 100_000
"""Bytes of what a template renders, and characters or items of every value made on the way there."""

MOST_TURNS = 5_000
"""Turns of all loops of one rendering together."""

MOST_WORK = 2_000_000
"""Characters that one rendering may touch. A message touches some thousands; this many take some 60 milliseconds."""

DEEPEST_VALUE = 100
"""Levels of lists and objects inside one another in a value that is gone through."""

ITEM = 16
"""What an item of a list, a number or a step of a filter costs, in characters."""

_LARGEST = 2**1024


class Work:
    """What is left of the work that one rendering may take, and the moment it is done at."""

    __slots__ = ("left", "now", "turns")

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.left = MOST_WORK
        self.turns = 0

    def spend(self, characters: int) -> None:
        """Count work that is about to be done. Raises ResourceLimitError when it is too much."""
        self.left -= characters
        if self.left < 0:
            raise ResourceLimitError("the template takes too much work", token=None)

    def spend_on(self, value: object) -> None:
        """Count the work of going through all of a value. Raises ResourceLimitError when it is too much, and for
        lists and objects too deep inside one another.
        """
        level = [value]
        for _ in range(DEEPEST_VALUE):
            inside: list[object] = []
            for item in level:
                if isinstance(item, str):
                    self.spend(ITEM + len(item))
                elif isinstance(item, list | tuple | range):
                    self.spend(ITEM * (1 + len(item)))
                    inside.extend(item)
                elif isinstance(item, dict):
                    self.spend(ITEM + sum(ITEM + len(str(key)) for key in item))
                    inside.extend(item.values())
                else:
                    self.spend(ITEM)
            if not inside:
                return
            level = inside
        raise ResourceLimitError(f"a value is nested deeper than {DEEPEST_VALUE} levels", token=None)

    def take_turn(self, length: int) -> None:
        """Count one turn of a loop whose body is a text of `length` characters."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise LoopIterationLimitError(f"loops take more than {MOST_TURNS} turns", token=None)
        self.spend(ITEM + length * 4)


def bounded(value: object) -> object:
    """`value`, unless it is too large a text, list or range; a whole number too large for JavaScript is infinite.

    Raises python-liquid's ResourceLimitError.
    """
    if isinstance(value, range):
        refuse_longer_than_allowed(value.stop - value.start)
    elif isinstance(value, str | list | tuple):
        refuse_longer_than_allowed(len(value))
    elif isinstance(value, int) and not -_LARGEST < value < _LARGEST:
        return float("inf") if value > 0 else float("-inf")
    return value


def refuse_longer_than_allowed(length: int) -> None:
    """Raise ResourceLimitError if something of `length` characters or items is too long."""
    if length > LONGEST_OUTPUT:
        raise ResourceLimitError(f"a value grows longer than {LONGEST_OUTPUT}", token=None)
