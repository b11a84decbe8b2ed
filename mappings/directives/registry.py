"""The list of directives, the only one there is."""

from collections.abc import Mapping
from typing import Final, Protocol

from mappings.check import Checkable
from mappings.directives import (
    array_path,
    case,
    exclude_when_null,
    flatten,
    if_,
    json_,
    liquid,
    literal,
    merge,
    path,
    replace,
    template,
    transform,
)
from mappings.writer import Emittable


class Directive(Checkable, Emittable, Protocol):
    """What a module of this package offers."""

    @property
    def name(self) -> str:
        """The key that calls for it, such as `@path`."""


_MODULES: tuple[Directive, ...] = (
    path,
    template,
    if_,
    array_path,
    case,
    replace,
    merge,
    transform,
    flatten,
    json_,
    liquid,
    literal,
    exclude_when_null,
)

DIRECTIVES: Final[Mapping[str, Directive]] = {module.name: module for module in _MODULES}
