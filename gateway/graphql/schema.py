"""All nouns joined into one schema."""

from collections.abc import Mapping, Sequence

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed
from gateway.graphql.alerts import queries as alerts
from gateway.graphql.alerts.types import Alert
from gateway.graphql.audit import queries as audit
from gateway.graphql.audit.types import AuditEntry
from gateway.graphql.catalogue import queries as catalogue
from gateway.graphql.contacts import changes as contact_changes, erasing, importing, queries as contacts
from gateway.graphql.contacts.types import Contact
from gateway.graphql.deliveries import changes as delivery_changes, queries as deliveries
from gateway.graphql.destinations import (
    changes as destination_changes,
    channels as destination_channels,
    creation as destination_creation,
    deletion as destination_deletion,
    keys as destination_keys,
    queries as destinations,
    verification as destination_verification,
    webhook_secret,
)
from gateway.graphql.destinations.settings import SettingTypes
from gateway.graphql.destinations.types import Destination
from gateway.graphql.events import queries as events
from gateway.graphql.events.types import Event
from gateway.graphql.find import queries as find
from gateway.graphql.imports import applying as import_applying, planning as import_planning
from gateway.graphql.inbound_messages import changes as inbound_message_changes, queries as inbound_messages
from gateway.graphql.jobs import changes as job_changes, queries as jobs
from gateway.graphql.jobs.types import Job
from gateway.graphql.mappings import (
    backtests,
    changes as mapping_changes,
    creation as mapping_creation,
    previews,
    queries as mappings,
    shadows,
    test_sends,
)
from gateway.graphql.nodes import queries as nodes
from gateway.graphql.pauses import changes as pause_changes, queries as pauses
from gateway.graphql.queues import queries as queues
from gateway.graphql.seen import queries as seen
from gateway.graphql.senders import (
    changes as sender_changes,
    connecting,
    queries as senders,
    swap as sender_swaps,
    syncing,
)
from gateway.graphql.sources import (
    changes as source_changes,
    creation as source_creation,
    deletion as source_deletion,
    queries as sources,
)
from gateway.graphql.sources.types import Source
from gateway.graphql.stats import queries as stats
from gateway.graphql.tails.subscriptions import Subscription
from gateway.graphql.templates import queries as templates
from gateway.graphql.terms.errors import ConflictError, InputError, ProviderError
from gateway.graphql.terms.scalars import SCALARS
from gateway.graphql.tokens import changes as token_changes, queries as tokens
from gateway.graphql.unmatched_callbacks import queries as unmatched_callbacks
from gateway.graphql.verdicts import queries as verdicts
from gateway.graphql.webhook_deliveries import (
    changes as webhook_delivery_changes,
    queries as webhook_deliveries,
)

_QUERIES = (
    nodes,
    catalogue,
    sources,
    destinations,
    pauses,
    mappings,
    previews,
    shadows,
    events,
    seen,
    deliveries,
    contacts,
    find,
    inbound_messages,
    unmatched_callbacks,
    webhook_deliveries,
    jobs,
    queues,
    stats,
    tokens,
    audit,
    alerts,
)

_CHANGES = (
    source_creation,
    source_changes,
    source_deletion,
    destination_verification,
    destination_keys,
    destination_channels,
    destination_deletion,
    webhook_secret,
    webhook_delivery_changes,
    pause_changes,
    mapping_creation,
    mapping_changes,
    test_sends,
    backtests,
    delivery_changes,
    job_changes,
    syncing,
    sender_changes,
    sender_swaps,
    connecting,
    contact_changes,
    erasing,
    importing,
    import_planning,
    import_applying,
    inbound_message_changes,
    token_changes,
)

# What a later noun adds to the type of an earlier one, so that no two import each other.
_ADDED: tuple[tuple[type, type], ...] = (
    (Source, destinations.SourceFields),
    (Destination, destination_channels.DestinationFields),
    (Destination, mappings.DestinationFields),
    (Destination, deliveries.DestinationFields),
    (Destination, stats.DestinationFields),
    (Destination, senders.DestinationFields),
    (Destination, templates.DestinationFields),
    (Event, deliveries.EventFields),
    (Contact, events.ContactFields),
    (Contact, deliveries.ContactFields),
    (Contact, inbound_messages.ContactFields),
    (Event, verdicts.EventFields),
    (Contact, verdicts.ContactFields),
    (AuditEntry, nodes.AuditEntryFields),
    (Alert, nodes.AlertFields),
    (Job, nodes.JobFields),
)


class _Schema(strawberry.Schema):
    """Joins the fields that modules add to each other's types. It is run by http/execution.py, and never by strawberry."""

    def __init__(self, query: type, mutation: type, added: Mapping[type, list[StrawberryField]]) -> None:
        self._added = added
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=Subscription,
            types=[InputError, ConflictError, ProviderError],
            config=StrawberryConfig(scalar_map=SCALARS),
        )

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        return [*type_definition.fields, *self._added.get(type_definition.origin, ())]


def build_schema(definitions: Mapping[str, DestinationDefinition] | None = None) -> strawberry.Schema:
    """The schema for those definitions, or for the installed ones. Raises StartupError where there is none."""
    types = SettingTypes.of(installed() if definitions is None else definitions)
    added: dict[type, list[StrawberryField]] = {}
    for kind, addition in (*_ADDED, (Destination, destination_creation.destination_fields(types))):
        definition = get_object_definition(addition, strict=True)
        added.setdefault(kind, []).extend(definition.fields)
    query = _merged(
        "Query", "What can be asked for. Nothing here changes anything.", [noun.Query for noun in _QUERIES]
    )
    generated = (destination_creation.mutation(types), destination_changes.mutation(types))
    changes = (*generated, *(noun.Mutation for noun in _CHANGES))
    mutation = _merged("Mutation", "What can be changed or sent; each change is in the audit log.", changes)
    return _Schema(query, mutation, added)


def _merged(name: str, description: str, nouns: Sequence[type]) -> type:
    merged = merge_types(name, tuple(nouns))
    get_object_definition(merged, strict=True).description = description
    return merged


def sdl(definitions: Mapping[str, DestinationDefinition] | None = None) -> str:
    """The schema as text, descriptions included."""
    return build_schema(definitions).as_str()
