"""How much a template may take. Whatever passes a bound is refused; nothing is cut short in silence."""

from liquid.exceptions import ResourceLimitError

LONGEST_TEMPLATE = 20_000
"""Characters of a template."""

LONGEST_OUTPUT = 100_000
"""Bytes of what a template renders, and characters of every value on the way there."""

MOST_ITERATIONS = 5_000
"""Turns of all loops of one rendering together."""

_LARGEST = 2**1024


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
