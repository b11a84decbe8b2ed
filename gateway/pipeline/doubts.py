"""What a match says on an event that it did not do, or did not read."""

from collections.abc import Sequence

from gateway import spec
from gateway.events import Doubt, Event, shown
from gateway.facts.compiled import Compiled
from gateway.facts.snapshot import lets_through
from gateway.workspace import Source

CANCEL_NOT_TRUSTED = "cancel_not_trusted"
INTEGRATIONS_NOT_READ = "integrations_not_read"


def not_canceled(one: Compiled, source: Source, waiting: int) -> Doubt:
    """A mapping whose cancel trigger it is goes on, since its source may not cancel that."""
    mapping = one.mapping
    return Doubt(
        CANCEL_NOT_TRUSTED,
        f"The mapping {mapping.name} has this as its cancel trigger, and goes on with what waits for this person ({waiting}): {source.name} "
        f"is a BROWSER source, with whose key anybody can send events, and the mapping is {mapping.purpose}. Send it from a server source, or "
        "give the mapping allowBrowserEvents.",
    )


def integrations_not_read(event: Event, matching: Sequence[Compiled]) -> tuple[Doubt, ...]:
    """A forwarded event reached mappings that its `integrations` would have kept it from, were they about destinations here."""
    given = event.payload.get(spec.FORWARDED_INTEGRATIONS) if matching else None
    if not given:
        return ()
    reached = sorted({one.mapping.name for one in matching if not lets_through(given, one.integration_names)})
    if not reached:
        return ()
    message = (
        f"The integrations came as {shown(given)}: they are about the destinations of whoever sent the event on, and are not read. By "
        f"them it would not have reached: {', '.join(reached)}. To keep such events from a mapping, say so in its trigger, or do not send "
        "them on."
    )
    return (Doubt(INTEGRATIONS_NOT_READ, message),)
