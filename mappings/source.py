"""Python source under construction: how compiled mappings and triggers become functions.

Nothing of a user's text is ever put into the source as it is. What cannot be written as an escaped literal is
bound to a name instead.
"""

from collections.abc import Callable
from typing import Any

_LONGEST_TEXT = 200
_LARGEST_INT = 2**63


class Source:
    """Names, what they stand for, and the literals that go between them."""

    def __init__(self, **names: object) -> None:
        self._names: dict[str, object] = names
        self._functions: list[str] = []
        self.lines = 0
        """How many lines are written, for those who write less when there are many."""

    def bind(self, value: object) -> str:
        """A new name that stands for `value` wherever this source is run."""
        name = f"c{len(self._names)}"
        self._names[name] = value
        return name

    def literal(self, value: object) -> str:
        """An expression for a text, number, boolean or None."""
        if value is None or isinstance(value, bool):
            return repr(value)
        if type(value) is int and -_LARGEST_INT < value < _LARGEST_INT:
            return f"({value})" if value < 0 else str(value)
        if type(value) is str and len(value) <= _LONGEST_TEXT:
            return ascii(value)
        return self.bind(value)

    def add(self, function: str) -> None:
        """Take in the source of one function."""
        self._functions.append(function)

    def build(self, name: str) -> Callable[[Any], Any]:
        """Run the source and return its function called `name`."""
        source = "\n".join(self._functions)
        exec(compile(source, "<mapping>", "exec"), self._names)  # noqa: S102 - made of names and literals only, see above
        built: Callable[[Any], Any] = self._names[name]  # type: ignore[assignment]  # exec has put it there
        return built
