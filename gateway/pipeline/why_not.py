"""Why an event led to nothing: what each mapping that it reaches makes of it now, the nearest first."""

import json
from collections.abc import Iterable, Iterator, Mapping as Object
from typing import Any, NamedTuple

from gateway.events import EventOutcome, StoredEvent, shown
from gateway.facts.compiled import Compiled
from gateway.facts.snapshot import Snapshot, lets_through
from gateway.workspace import Destination, Mapping, Source
from mappings import Failure

MOST = 100
"""How many mappings are told of one event, the nearest ones."""


class Verdict(NamedTuple):
    """What a mapping makes of an event: `failed_term` as the trigger has it, at `line` and `column`, and what was `found` there.

    Where something else than the trigger stands in the way, `found` says it alone, and there is no line. `type_and_name_alone`:
    what was found is one of the two that are shown to everybody.
    """

    mapping: Mapping
    matched: bool
    failed_term: str | None = None
    found: str | None = None
    line: int | None = None
    column: int | None = None
    type_and_name_alone: bool = True


_FAR = 1_000_000
_NO_ONES = (EventOutcome.INVALID, EventOutcome.DUPLICATE)


def verdicts(snapshot: Snapshot, event: StoredEvent) -> list[Verdict]:
    """Of every mapping of every destination that the event's source is connected to, as they are now.

    An event that was INVALID or came before is none of theirs; of one whose payload was removed nothing can be told.
    """
    if event.outcome in _NO_ONES or event.payload_removed_at is not None:
        return []
    source = snapshot.sources[event.source_id]
    ranked = [(_distance(snapshot, one, event.payload), one) for one in _reached(snapshot, source)]
    ranked.sort(key=lambda pair: (pair[0], pair[1].name, pair[1].id))
    return [_verdict(snapshot, one, event.payload) for _distance_of_it, one in ranked[:MOST]]


def _reached(snapshot: Snapshot, source: Source) -> Iterator[Mapping]:
    connected = {destination for origin, destination in snapshot.links if origin == source.id}
    return (one for one in snapshot.mappings.values() if one.destination_id in connected)


def _distance(snapshot: Snapshot, mapping: Mapping, payload: Object[str, Any]) -> int:
    one = snapshot.compiled.get(mapping.id)
    return _FAR if one is None else one.trigger.distance(payload)


def nearest(
    snapshot: Snapshot, mapping: Mapping, some: Iterable[StoredEvent]
) -> tuple[StoredEvent, Verdict] | None:
    """Which of these events the mapping's trigger is nearest to matching, the first of several, and what it makes of it; None where there is
    none of which that can be told.
    """
    one = snapshot.compiled.get(mapping.id)
    told = [event for event in some if event.outcome not in _NO_ONES and event.payload_removed_at is None]
    if one is None or not told:
        return None
    event = min(told, key=lambda event: one.trigger.distance(event.payload))
    return event, _verdict(snapshot, mapping, event.payload)


def _verdict(snapshot: Snapshot, mapping: Mapping, payload: Object[str, Any]) -> Verdict:
    one = snapshot.compiled.get(mapping.id)
    if one is None:
        found = "The mapping does not compile any more, or its destination's type is not installed: its problems say which."
        return Verdict(mapping, matched=False, found=found)
    if one.confirms:
        found = "Its destination uses it to ask people to confirm a yes, and for nothing else: no trigger makes it send."
        return Verdict(mapping, matched=False, found=found)
    failures = one.trigger.failed(payload)
    if failures:
        return _failed(mapping, _nearest(failures))
    if not mapping.enabled:
        return Verdict(
            mapping, matched=False, found=f"The trigger holds; the mapping is disabled. {_enable(mapping)}"
        )
    if not lets_through(payload.get("integrations"), one.integration_names):
        return Verdict(
            mapping, matched=False, failed_term="integrations", found=_not_let_through(one, payload)
        )
    return Verdict(mapping, matched=True)


def _failed(mapping: Mapping, failure: Failure) -> Verdict:
    return Verdict(
        mapping,
        matched=False,
        failed_term=failure.term,
        found=failure.found,
        line=failure.line,
        column=failure.column,
        type_and_name_alone=failure.found.startswith(("type is ", "event is ", "name is ")),
    )


def _nearest(failures: Iterable[Failure]) -> Failure:
    """Of terms joined with `or`, one about another field than `type` says more: that the call is another is seen anyway."""
    several = list(failures)
    return next((one for one in several if not one.found.startswith("type is ")), several[0])


def _not_let_through(one: Compiled, payload: Object[str, Any]) -> str:
    names = ", ".join(one.integration_names)
    return (
        f"The trigger holds; the event's `integrations` object is {shown(payload.get('integrations'))}, which lets it through to "
        f"none of: {names}."
    )


def _enable(mapping: Mapping) -> str:
    given = f"id: {json.dumps(mapping.id)}, expectedRevision: {mapping.revision}, enabled: true"
    return f"Enable it for later ones: run mutation {{ mappingUpdate(input: {{{given}}}) {{ mapping {{ enabled }} errors {{ message }} }} }}."


def leads_nowhere(snapshot: Snapshot, event: StoredEvent) -> str | None:
    """Why no event of that source leads anywhere, with what to do; None where there are mappings that it reaches."""
    if event.outcome is not EventOutcome.UNMATCHED:
        return None
    source = snapshot.sources[event.source_id]
    connected = sorted(destination for origin, destination in snapshot.links if origin == source.id)
    if not connected:
        return _not_connected(snapshot, source)
    if any(True for _one in _reached(snapshot, source)):
        return None
    first = snapshot.destinations[connected[0]]
    return (
        f"No mapping exists for what the source {source.name} sends: its destination {first.name} has none. Make one "
        f"(mappingCreate, destinationId: {json.dumps(first.id)}); then send the event again, under a new messageId."
    )


def _not_connected(snapshot: Snapshot, source: Source) -> str:
    nothing = f"No destination is connected to the source {source.name}, so that its events lead to nothing."
    if source.deleted_at is not None:
        return f"{nothing} The source was deleted."
    there = sorted(_of_space(snapshot, source.space), key=lambda one: (one.created_at, one.id))
    if not there:
        return f"{nothing} There is none in the space {source.space} yet: make one (destinationCreate)."
    given = f"sourceId: {json.dumps(source.id)}, destinationId: {json.dumps(there[0].id)}"
    run = f"mutation {{ sourceConnect(input: {{{given}}}) {{ source {{ name }} errors {{ message }} }} }}"
    return f"{nothing} Connect {there[0].name}: run {run}; then send the event again, under a new messageId."


def _of_space(snapshot: Snapshot, space: str) -> Iterator[Destination]:
    every = snapshot.destinations.values()
    return (one for one in every if one.space == space and one.deleted_at is None)
