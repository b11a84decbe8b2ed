"""How much a mapping may make of an event. Whatever passes a bound is refused; nothing is cut short in silence.

Events are bounded where they come in, but a mapping can multiply what it is given: a text put into another one many
times, a list inside a list inside a list. These bounds keep one event from taking the memory or the time of all.
"""

from mappings.errors import MappingError

DEEPEST = 1000
"""Levels of objects and lists in a value that is walked through. No event holds so many, and a value that holds
itself would never end.
"""

LONGEST = 1_000_000
"""Characters of a text that is made, and characters and values together of anything that is walked through."""


def refuse_longer_than_allowed(length: int, what: str) -> None:
    """Raise MappingError if `what` is of more characters or values than allowed."""
    if length > LONGEST:
        raise MappingError(f"{what} is longer than {LONGEST} characters")


def refuse_deeper_than_allowed(depth: int, what: str) -> None:
    """Raise MappingError if `what` is nested deeper than allowed."""
    if depth > DEEPEST:
        raise MappingError(f"{what} are nested deeper than {DEEPEST} levels")


MOST_WORK = 4_000_000
"""Characters that one call of a compiled mapping may make or go through, a value counting as 16."""

ITEM = 16

Work = list[int]
"""One number: what is left of the work that a call of a compiled mapping may take."""


def spend(work: Work, characters: int) -> None:
    """Count work that is about to be done; raises MappingError when it is too much."""
    work[0] -= characters
    if work[0] < 0:
        raise MappingError(f"the mapping makes or goes through more than {MOST_WORK} characters of one event")
