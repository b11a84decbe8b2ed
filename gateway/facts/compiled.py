"""A mapping ready to run, with all it runs against: compiled once, read by every event."""

from collections.abc import Callable, Mapping as Object
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from destinations.kit import ActionDefinition, DestinationDefinition, Fields, NamedSender, configured_fields
from gateway.synced import NOTHING_KNOWN, KnownSenders
from gateway.workspace import Destination, Mapping
from mappings import Trigger, compile_fields, compile_trigger


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mapping ready to run, with all it runs against. `configured`: see kit.configured_fields. `sender` is what it sends from as it
    stands; None where each event says. `known` are the senders of its destination. `literal_statuses`: see kit.About.
    """

    mapping: Mapping
    destination: Destination
    action: ActionDefinition
    settings: Fields
    trigger: Trigger
    cancels: Callable[[Object[str, Any]], bool] | None
    apply: Callable[[Any], Any]
    configured: Object[str, str]
    integration_names: tuple[str, ...]
    sender: NamedSender | None = None
    known: KnownSenders = NOTHING_KNOWN
    literal_statuses: frozenset[str] = frozenset()

    @property
    def confirms(self) -> bool:
        """Whether its destination asks people by it to confirm a yes: no event is matched to it."""
        return self.destination.policy.confirmation_mapping_id == self.mapping.id

    @property
    def named_since(self) -> datetime:
        """Since when its sender is named, as far as that is known: it, or its destination, was last changed then."""
        return max(self.mapping.updated_at, self.destination.updated_at)


def compiled(
    mapping: Mapping,
    destination: Destination,
    definition: DestinationDefinition,
    settings: Fields,
    known: KnownSenders = NOTHING_KNOWN,
) -> Compiled:
    """The mapping ready to run. Raises TriggerError, MappingError, or KeyError for an action that is not there."""
    action = definition.action(mapping.action)
    return Compiled(
        mapping=mapping,
        destination=destination,
        action=action,
        settings=settings,
        trigger=compile_trigger(mapping.trigger),
        cancels=compile_trigger(mapping.cancel_trigger).matches if mapping.cancel_trigger else None,
        apply=compile_fields(mapping.fields),
        configured=configured_fields(action.payload, mapping.fields),
        integration_names=definition.integration_names,
        sender=None if action.sender is None else action.sender(mapping.fields, settings),
        known=known,
        literal_statuses=frozenset(
            () if action.literal_statuses is None else action.literal_statuses(mapping.fields).values()
        ),
    )
