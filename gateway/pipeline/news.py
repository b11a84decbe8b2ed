"""Whether an identify of Segment's audiences, computed traits and journeys says anything new: each sync repeats what the last one said.

Where it does not, the event has `context.personas.unchanged`: true, which a trigger can read, and everything that reads the event later.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from gateway.events import Event, EventType
from gateway.people import Known, traits_of

UNCHANGED = "unchanged"


def with_news(event: Event, before: Known | None, after: Known | None, *, by_server: bool) -> Event:
    """The event, marked where the value that it gives was known before, or is not what is known after it, since a newer one is.

    What a page said counts for nothing to a server's event: else somebody with a public key could keep a text back.
    """
    computed = _computed(event)
    if computed is None:
        return event
    personas, key = computed
    value = traits_of(event)[key]
    held = None if before is None else before.traits.get(key)
    stands = None if after is None else after.traits.get(key)
    known = held is not None and (held.by_server or not by_server) and _same(held.value, value)
    late = stands is not None and not _same(stands.value, value)
    if known or late:
        return _marked(event, {**personas, UNCHANGED: True})
    if UNCHANGED in personas:  # nobody's to say but ours
        return _marked(event, {name: one for name, one in personas.items() if name != UNCHANGED})
    return event


def _computed(event: Event) -> tuple[Mapping[str, Any], str] | None:
    """What an identify says of a computation, and the trait that is its value."""
    if event.type != EventType.IDENTIFY:
        return None
    personas = event.payload["context"].get("personas")
    key = personas.get("computation_key") if isinstance(personas, dict) else None
    return (personas, key) if isinstance(key, str) and key in traits_of(event) else None


def _marked(event: Event, personas: Mapping[str, Any]) -> Event:
    context = {**event.payload["context"], "personas": personas}
    return replace(event, payload={**event.payload, "context": context})


def _same(one: Any, other: Any) -> bool:
    """As JSON has it: 1 is no true."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
