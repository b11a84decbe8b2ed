"""From a row to a value, by name: a table's columns are its value's fields."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import Row

T = TypeVar("T")

_Fields = tuple[tuple[str, ...], tuple[tuple[str, Mapping[str, StrEnum]], ...]]
"""The fields that are their columns, and those that are enums, with what each can be."""

_known: dict[tuple[Any, ...], _Fields] = {}
"""By kind, and the names of what is computed instead."""


def to_value(kind: type[T], row: Row[Any], **computed: Any) -> T:
    """A `kind` from the row's columns of the same names; `computed` stands in for the rest."""
    columns = row._mapping  # noqa: SLF001  SQLAlchemy's documented way to read by name
    plain, enums = _known.get((kind, *computed)) or _fields(kind, tuple(computed))
    values = {name: columns[name] for name in plain}
    for name, members in enums:
        value = columns[name]
        values[name] = None if value is None else members[value]
    return kind(**values, **computed)


def _fields(kind: Any, computed: tuple[str, ...]) -> _Fields:
    """The fields of a value but for those: a look-up takes a tenth of what asking the class does."""
    hints = get_type_hints(kind)
    names = getattr(kind, "__struct_fields__", None) or [field.name for field in fields(kind)]
    all_members = [(name, _members(hints[name])) for name in names if name not in computed]
    found = (
        tuple(name for name, members in all_members if members is None),
        tuple((name, members) for name, members in all_members if members is not None),
    )
    _known[kind, *computed] = found
    return found


def _members(hint: Any) -> Mapping[str, StrEnum] | None:
    for candidate in (hint, *getattr(hint, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, StrEnum):
            return {member.value: member for member in candidate}
    return None
