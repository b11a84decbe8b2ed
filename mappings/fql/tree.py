"""A trigger as a tree of conditions."""

from dataclasses import dataclass, field

from mappings import paths
from mappings.fql.functions import Function
from mappings.fql.piece import NOWHERE, Piece
from mappings.paths import Keys
from mappings.values import UNDEFINED

PLAIN_FIELDS = frozenset({"type", "event", "name", "userId"})
"""The fields with nothing inside them: texts by nature, which may be compared with numbers and words as well."""

OBJECT_FIELDS = frozenset({"properties", "traits", "context"})


@dataclass(frozen=True, slots=True)
class Operand:
    """What a condition looks at: a field of the event, or what a function makes of it."""

    keys: Keys
    function: Function | None = None
    written: Piece = field(default=NOWHERE, compare=False, repr=False)
    """The field as it was written, without the function."""

    @property
    def plain(self) -> bool:
        """Whether this is a text by nature."""
        return self.function is None and self.keys[0] in PLAIN_FIELDS


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operand operator value`, the operator being one of = != < <= > >=.

    The last four compare numbers; a value that is a text then is one that spells no number, and nothing fulfils it.
    """

    operand: Operand
    operator: str
    value: str | float | bool | None
    written: Piece = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Search:
    """`contains(operand, text)` or `match(operand, text)`. A negated one (`!contains`) asks for a text without it:
    it does not hold for a field that is missing or no text.
    """

    function: str
    operand: Operand
    text: str
    negated: bool = False
    written: Piece = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: "Condition"
    written: Piece = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class All:
    """Conditions joined with `and`."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions joined with `or`."""

    conditions: tuple["Condition", ...]


Condition = Comparison | Search | Not | All | Either


def value_at(value: object, keys: Keys) -> object:
    """What `keys` lead to from an event, or from any value in it; None when it is missing, as if it were null."""
    found = paths.get(value, keys)
    return None if found is UNDEFINED else found
