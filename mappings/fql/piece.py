"""Pieces of a trigger's text, which know where they stand, and how such texts and an event's values are shown."""

from dataclasses import dataclass

from mappings.errors import TriggerError
from mappings.text import text_of
from mappings.values import UNDEFINED

LONGEST_SHOWN = 60
"""A text is cut to this many characters where it is shown to a person."""


@dataclass(slots=True, eq=False)  # not frozen: a trigger has many, and freezing doubles what each costs
class Piece:
    """What stands at `start` in the text of a trigger."""

    source: str
    start: int
    text: str

    @property
    def line(self) -> int:
        """The line it begins in, from 1."""
        return self.source.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """The column it begins at, from 1."""
        return self.start - self.source.rfind("\n", 0, self.start)

    def error(self, message: str, hint: str = "") -> TriggerError:
        """An error that points at this piece."""
        return TriggerError(message, self.line, self.column, hint)

    def __str__(self) -> str:
        return f"`{shown(self.text)}`"


NOWHERE = Piece("", 0, "")
"""For conditions that no text was written for."""


def shown(text: str, most: int = LONGEST_SHOWN) -> str:
    """`text` as it can be printed anywhere: in one line, of `most` characters, half characters as escapes."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    if cut.isprintable():
        return cut
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)


def value_shown(value: object) -> str:
    """A value of an event in a few words: a text in quotes, a number, `missing`, `a list of 3 items`."""
    match value:
        case str():
            return f'"{shown(value)}"'
        case list():
            return f"a list of {_counted(value, 'item')}"
        case dict():
            return f"an object of {_counted(value, 'key')}"
        case None:
            return "null"
    return "missing" if value is UNDEFINED else shown(text_of(value))


def _counted(values: "list[object] | dict[str, object]", noun: str) -> str:
    return f"{len(values)} {noun}" if len(values) == 1 else f"{len(values)} {noun}s"
