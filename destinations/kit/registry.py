"""Finds the installed destinations by entry point, the built-in one like any other."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from destinations.kit.definition import DestinationDefinition

GROUP = "heliograph.destinations"


@cache
def installed() -> Mapping[str, DestinationDefinition]:
    """Every installed definition by slug, in the order of their slugs.

    Raises TypeError where an entry point names something else than a DestinationDefinition.
    """
    found: dict[str, DestinationDefinition] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        definition = entry.load()
        if not isinstance(definition, DestinationDefinition):
            raise TypeError(
                f"The entry point {entry.name!r} of {GROUP} names {entry.value}, which is no DestinationDefinition"
            )
        found[definition.slug] = definition
    return MappingProxyType(found)
