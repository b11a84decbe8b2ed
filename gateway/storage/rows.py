"""From a row to a value, by name: a table's columns are its value's fields."""

from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import Row

T = TypeVar("T")

_enums: dict[type, dict[str, type[StrEnum]]] = {}


def to_value(kind: type[T], row: Row[Any], **computed: Any) -> T:
    """A `kind` from the row's columns of the same names; `computed` stands in for the rest."""
    columns = row._mapping  # noqa: SLF001  SQLAlchemy's documented way to read by name
    enums = _enums.setdefault(kind, {}) or _find_enums(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # T is always a dataclass here
        if field.name in computed:
            values[field.name] = computed[field.name]
            continue
        value = columns[field.name]
        enum = enums.get(field.name)
        values[field.name] = enum(value) if enum is not None and value is not None else value
    return kind(**values)


def _find_enums(kind: type) -> dict[str, type[StrEnum]]:
    found = {}
    for name, hint in get_type_hints(kind).items():
        for candidate in (hint, *getattr(hint, "__args__", ())):
            if isinstance(candidate, type) and issubclass(candidate, StrEnum):
                found[name] = candidate
    _enums[kind] = found
    return found
