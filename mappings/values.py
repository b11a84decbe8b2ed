"""JSON values, and the one that JSON lacks: what a mapping calls a value that is not there."""

import re
from enum import Enum
from types import NoneType, UnionType
from typing import Final


class Undefined(Enum):
    """The type of `UNDEFINED`."""

    UNDEFINED = "UNDEFINED"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return self.value


UNDEFINED: Final = Undefined.UNDEFINED
"""What is not there, as opposed to `None`, which is there and says null. It is falsy. In an object its key is
left out; in a list it is written `None`, so that the items after it keep their places."""


HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
"""A lone surrogate: half of a character, which no request can carry."""

_WORDS: tuple[tuple[type | UnionType, str], ...] = (
    (dict, "object"),
    (list, "array"),
    (str, "string"),
    (bool, "boolean"),
    (int | float, "number"),
    (NoneType, "null"),
)


def kind_of(value: object) -> str:
    """The JSON word for the type of `value`: object, array, string, number, boolean, null or undefined.

    A value that JSON cannot hold gives the name of its Python type.
    """
    if isinstance(value, Undefined):
        return "undefined"
    return next((word for kind, word in _WORDS if isinstance(value, kind)), type(value).__name__)


def is_json(value: object) -> bool:
    """Whether JSON can hold a value of this type (what is inside a list or object is not looked at)."""
    return value is None or isinstance(value, str | int | float | list | dict)
