"""From a row to a value, by name: a table's columns are its value's fields."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import Row

T = TypeVar("T")

_Fields = tuple[tuple[str, Mapping[str, StrEnum] | None], ...]
_known: dict[type, _Fields] = {}


def to_value(kind: type[T], row: Row[Any], **computed: Any) -> T:
    """A `kind` from the row's columns of the same names; `computed` stands in for the rest."""
    columns = row._mapping  # noqa: SLF001  SQLAlchemy's documented way to read by name
    values = computed
    for name, members in _known.get(kind) or _fields(kind):
        if name not in values:
            value = columns[name]
            values[name] = value if members is None or value is None else members[value]
    return kind(**values)


def _fields(kind: Any) -> _Fields:
    """Each field of a value, and what it can be where that is an enum: a look-up takes a tenth of what asking the class does."""
    hints = get_type_hints(kind)
    names = getattr(kind, "__struct_fields__", None) or [field.name for field in fields(kind)]
    found = _known[kind] = tuple((name, _members(hints[name])) for name in names)
    return found


def _members(hint: Any) -> Mapping[str, StrEnum] | None:
    for candidate in (hint, *getattr(hint, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, StrEnum):
            return {member.value: member for member in candidate}
    return None
