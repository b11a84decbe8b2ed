"""Warns of two mappings that would text the same person for the same event."""

from functools import lru_cache

from destinations.kit import mapping_update
from gateway.facts.compiled import Compiled
from gateway.facts.pasting import filled
from gateway.facts.snapshot import Snapshot
from gateway.graphql.mappings.checks import Finding
from gateway.graphql.terms.enums import Severity
from gateway.workspace import MappingMode
from mappings import may_both_match

SHOWN = 3
"""How many other mappings are named; more of them say no more."""

_may_both_match = lru_cache(maxsize=10_000)(may_both_match)


def of_stored(snapshot: Snapshot, mapping_id: str) -> list[Finding]:
    """The other enabled mappings of the same channel that an event may be for as well, as far as triggers tell."""
    one = snapshot.compiled.get(mapping_id)
    if one is None or not _texts(one) or one.action.channel is None:
        return []
    reached = snapshot.beside(one.destination.id)
    found: list[Finding] = []
    for other in snapshot.compiled.values():
        if other.destination.id in reached and _may_double(one, other):
            found.append(twice(other))
            if len(found) == SHOWN:
                break
    return found


def _may_double(one: Compiled, other: Compiled) -> bool:
    return (
        _texts(other)
        and other.mapping.id != one.mapping.id
        and other.action.channel is one.action.channel
        and _may_both_match(one.trigger, other.trigger)
    )


def _texts(one: Compiled) -> bool:
    """Whether events start texts of it."""
    return one.mapping.enabled and one.mapping.mode is MappingMode.LIVE and not one.confirms


def twice(other: Compiled, *, certain: bool = False) -> Finding:
    """That other mapping texts the same person; `certain`: for the event at hand."""
    there = other.mapping
    what = "this very event" if certain else "events that this one is for"
    disable = filled(mapping_update(there.id, "enabled: false", "mapping { enabled }"), there)
    message = (
        f"The mapping {there.name} ({there.id}) sends by {other.action.channel} for {what}, too: a person may get two texts for one event. "
        f"Unless that is meant, narrow one of the two triggers, or disable the other mapping: {disable}"
    )
    return Finding(message, ("trigger",), severity=Severity.WARNING)
