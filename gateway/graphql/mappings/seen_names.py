"""Warns of the name of an event that never came, where one came that differs by nothing but case or blanks."""

from collections.abc import Iterable, Iterator, Mapping as Object

from gateway import workspace
from gateway.events import EventType
from gateway.graphql.context import Context
from gateway.graphql.mappings.checks import Finding
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import Severity
from gateway.storage import seen as stored
from mappings import TriggerError, compile_trigger, named_events


async def of_triggers(
    context: Context, destination: workspace.Destination, mapping: workspace.Mapping
) -> list[Finding]:
    """What is doubtful about the names in a mapping's triggers, by the events that its sources sent of late."""
    triggers = {"trigger": mapping.trigger, "cancelTrigger": mapping.cancel_trigger or ""}
    sources = sorted(source for source, linked in context.snapshot.links if linked == destination.id)
    if not sources or not any("event" in text for text in triggers.values()):
        return []
    found = await context.services.store.read(lambda connection: stored.calls(connection, sources))
    names = [call.name for call in found if call.type == EventType.TRACK.value]
    seen = {name: masking.text(context.viewer, name) for name in names}
    return [finding for key, text in triggers.items() for finding in _of_trigger(key, text, seen)]


def _of_trigger(key: str, text: str, seen: Object[str, str]) -> Iterator[Finding]:
    try:
        named = named_events(compile_trigger(text)) if text else ()
    except TriggerError:
        return
    for one in named:
        like = _like(one.name, seen)
        if one.name in seen or like is None:
            continue
        message = (
            f'No event "{one.name}" came of late, but "{seen[like]}" did, and case and blanks make another name of it '
            f'(line {one.line}, column {one.column}). Write "{seen[like]}" if that is meant.'
        )
        yield Finding(message, (key,), severity=Severity.WARNING, line=one.line, column=one.column)


def _like(name: str, seen: Iterable[str]) -> str | None:
    """The first of the names that is the same but for case and blanks."""
    folded = _folded(name)
    return min((one for one in seen if _folded(one) == folded), default=None)


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()
