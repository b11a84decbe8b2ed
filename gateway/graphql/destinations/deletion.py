"""`destinationDelete`: what depends on it is listed first, and with `force` it ends with it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway import workspace
from gateway.audit import FieldChange
from gateway.graphql.context import Context, Info
from gateway.graphql.destinations.held import held
from gateway.graphql.terms.deletion import DeleteInput, DeletePayload, names
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT
from gateway.jobs import JobKind
from gateway.storage import destinations, mappings, strandings
from gateway.storage.strandings import MOST_COUNTED, Stranded
from gateway.workspace import Role


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Delete a destination. One that sources are connected to, that has mappings, or of which deliveries wait is refused (IN_USE), and "
        "what it would strand is listed; with force: true its sources are disconnected, its mappings deleted, and what waits is "
        "CANCELED; only a request that is under way goes on. Its deliveries are kept, and shown with it; its name is free. Its settings "
        "are kept too, encrypted, so that what the provider still says of its messages, and a person's STOP, is heard."
    )
    async def destination_delete(self, info: Info, given: Annotated[DeleteInput, INPUT]) -> DeletePayload:
        context = info.context
        context.require(Role.ADMIN, "Deleting a destination")
        destination = context.destination(given.id)
        if destination is None:
            return DeletePayload(deleted_id=None, errors=[not_found("destination", "id")])
        now = context.services.clock.now()

        def delete(database: Database) -> Sequence[UserError]:
            found = held(context, database, destination.id, given.expected_revision)
            if isinstance(found, UserError):
                return [found]
            stranded = strandings.of_destination(database, found.id)
            if stranded and not given.force:
                return list(_in_use(found, stranded))
            _end(context, database, found, stranded, now)
            return []

        wrong = await context.services.store.write(delete)
        await context.changed()
        context.services.shared.wakeups.ring(JobKind.DELIVER)
        if wrong:
            return DeletePayload(deleted_id=None, errors=list(wrong))
        return DeletePayload(deleted_id=strawberry.ID(destination.id), errors=[])


def _end(
    context: Context,
    database: Database,
    destination: workspace.Destination,
    stranded: Stranded,
    now: datetime,
) -> None:
    strandings.disconnect(database, destination.id)
    for one in stranded.mappings:
        mapping = mappings.get(database, one.id, for_update=True)
        if mapping is not None:
            mappings.recall(database, mapping, now)
            mappings.save(database, replace(mapping, revision=mapping.revision + 1, deleted_at=now))
    gone = replace(
        destination,
        revision=destination.revision + 1,
        trouble=None,
        deleted_at=now,
        updated_at=now,
    )
    destinations.save(database, gone, context.services.secrets)
    changes = [
        FieldChange("name", destination.name, None),
        *(FieldChange("sources", one.id, None) for one in stranded.sources),
        *(FieldChange("mappings", one.id, None) for one in stranded.mappings),
    ]
    context.record(database, "destinationDelete", destination.id, changes, space=destination.space)


def _in_use(destination: workspace.Destination, stranded: Stranded) -> Iterator[UserError]:
    """One for each kind of thing that would be stranded, the last with the way to delete it all the same."""
    said = []
    if stranded.sources:
        said.append(f"Sources are connected to it: {names(stranded.sources)}.")
    if stranded.mappings:
        said.append(f"It has mappings: {names(stranded.mappings)}.")
    if stranded.waiting:
        more = "more than " if stranded.waiting > MOST_COUNTED else ""
        said.append(f"Deliveries wait to be sent by it: {more}{min(stranded.waiting, MOST_COUNTED)}.")
    given = f"id: {json.dumps(destination.id)}, expectedRevision: {destination.revision}, force: true"
    anyhow = f"mutation {{ destinationDelete(input: {{{given}}}) {{ deletedId errors {{ message }} }} }}"
    for one in said:
        message = f"{one} Nothing was changed. To end it all the same, run {anyhow}"
        yield input_error(ErrorCode.IN_USE, message, "force")
