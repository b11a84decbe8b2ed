"""What can go wrong in the mapping language.

ValueError
└── MappingError        fields that do not compile, or an event they cannot be applied to
    ├── TriggerError    a trigger (FQL) that cannot be read
    └── TemplateError   a Liquid template that cannot be read, or not rendered with these values
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a mapping: where, as a path such as `/body`, and a sentence that names it."""

    path: str
    message: str


class MappingError(ValueError):
    """Raised when fields do not compile (`problems` then lists everything that is wrong with them), and when
    compiled fields are called with something they cannot be applied to (`problems` is then empty).
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """An error that says all of `problems` at once."""
        return cls(" ".join(problem.message for problem in problems), problems)


class TriggerError(MappingError):
    """Raised when a trigger cannot be read: what is wrong, at which line and column (both from 1), and a hint
    for mending it (empty when there is none).
    """

    def __init__(self, message: str, line: int, column: int, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.message} (line {self.line}, column {self.column})."
        return f"{place} {self.hint}" if self.hint else place


class TemplateError(MappingError):
    """Raised when a template cannot be read (`line` says where, from 1), when a filter cannot work with the values it
    gets (division by 0, no such time zone), and when rendering would take more than it may (`line` is None where no
    one line is to blame).
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line

    def __str__(self) -> str:
        return self.message if self.line is None else f"{self.message} (line {self.line})"
