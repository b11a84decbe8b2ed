"""All nouns joined into one schema."""

from collections.abc import Iterator, Mapping

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed
from gateway.graphql import (
    background_jobs,
    catalogue,
    consent_update,
    contacts,
    delivery_lists,
    destination_create,
    destination_update,
    destinations,
    events,
    inbound_messages,
    lookups,
    mapping_create,
    mappings,
    pauses,
    previews,
    queues,
    replays,
    source_changes,
    source_create,
    sources,
    unmatched_callbacks,
)
from gateway.graphql.errors import ConflictError, InputError, ProviderError
from gateway.graphql.scalars import SCALARS
from gateway.graphql.setting_types import SettingTypes

_NOUNS = (
    lookups,
    catalogue,
    sources,
    destinations,
    pauses,
    mappings,
    previews,
    events,
    delivery_lists,
    contacts,
    inbound_messages,
    unmatched_callbacks,
    background_jobs,
    queues,
)

# What a later module adds to a type of an earlier one, so that no two import each other.
_ADDED: tuple[tuple[type, type], ...] = (
    (sources.Source, destinations.SourceFields),
    (destinations.Destination, mappings.DestinationFields),
    (destinations.Destination, delivery_lists.DestinationFields),
    (events.Event, delivery_lists.EventFields),
    (contacts.Contact, inbound_messages.ContactFields),
)


class _Prepared(SchemaExtension):
    """The document was parsed, limited and validated before: see documents.py."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


class _Schema(strawberry.Schema):
    """Joins the fields that modules add to each other's types. Errors are logged where they are answered."""

    def __init__(self, query: type, mutation: type, added: Mapping[type, list[StrawberryField]]) -> None:
        self._added = added
        super().__init__(
            query=query,
            mutation=mutation,
            types=[InputError, ConflictError, ProviderError],
            extensions=[_Prepared],
            config=StrawberryConfig(scalar_map=SCALARS),
        )

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        return [*type_definition.fields, *self._added.get(type_definition.origin, ())]

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing: errors.formatted logs what is a fault, once, with the request's id."""


def build_schema(definitions: Mapping[str, DestinationDefinition] | None = None) -> strawberry.Schema:
    """The schema for those definitions, or for the installed ones. Raises StartupError where there is none."""
    types = SettingTypes.of(installed() if definitions is None else definitions)
    added: dict[type, list[StrawberryField]] = {}
    for kind, addition in (*_ADDED, (destinations.Destination, destination_create.destination_fields(types))):
        definition = get_object_definition(addition, strict=True)
        added.setdefault(kind, []).extend(definition.fields)
    query = merge_types("Query", tuple(noun.Query for noun in _NOUNS))
    mutation = merge_types(
        "Mutation",
        (
            source_create.Mutation,
            source_changes.Mutation,
            destination_create.mutation(types),
            destinations.Mutation,
            destination_update.Mutation,
            pauses.Mutation,
            mapping_create.Mutation,
            replays.Mutation,
            background_jobs.Mutation,
            consent_update.Mutation,
            inbound_messages.Mutation,
        ),
    )
    return _Schema(query, mutation, added)


def sdl(definitions: Mapping[str, DestinationDefinition] | None = None) -> str:
    """The schema as text, descriptions included."""
    return build_schema(definitions).as_str()
