"""`sourceDelete`: what it would cut off is listed first, and with `force` it is."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

import strawberry
from sqlalchemy import Connection as Database

from gateway import workspace
from gateway.graphql.context import Context, Info
from gateway.graphql.sources.types import changes, held
from gateway.graphql.terms.deletion import DeleteInput, DeletePayload, names
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import UserError, input_error, not_found
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import INPUT
from gateway.graphql.terms.scalars import from_time
from gateway.storage import sources, strandings
from gateway.storage.strandings import CutOff, Named
from gateway.workspace import Role

LATELY: Final = timedelta(hours=24)
"""A source from which something came within that is taken to be in use."""


@strawberry.type
class Mutation:
    """Joined into the schema's Mutation."""

    @resolved(
        "Delete a source. Its write keys are refused from now on, its name is free. One that is connected to destinations, or from which an "
        "event came within the last 24 hours, is refused (IN_USE), and what would be cut off is listed; with force: true it is. What it "
        "sent before is kept: those events and deliveries are finished, and shown with it."
    )
    async def source_delete(self, info: Info, given: Annotated[DeleteInput, INPUT]) -> DeletePayload:
        context = info.context
        context.require(Role.ADMIN, "Deleting a source")
        source = context.source(given.id)
        if source is None:
            return DeletePayload(deleted_id=None, errors=[not_found("source", "id")])
        now = context.services.clock.now()

        def delete(database: Database) -> Sequence[UserError]:
            found = held(database, source.id, given.expected_revision)
            if isinstance(found, UserError):
                return [found]
            cut_off = strandings.of_source(database, found.id, now - LATELY)
            repliers = _repliers(context, found.id)
            if (cut_off or repliers) and not given.force:
                return list(_in_use(found, cut_off, repliers))
            kept = replace(found, shared_secret_last_four=None, shared_secret_set_at=None)
            sources.save(database, replace(kept, revision=found.revision + 1, deleted_at=now))
            sources.share(database, context.services.secrets, found.id, None)
            sources.forget_retired(database, found.id)
            context.record(database, "sourceDelete", found.id, changes(found, None), space=found.space)
            return []

        wrong = await context.services.store.write(delete)
        await context.changed()
        if wrong:
            return DeletePayload(deleted_id=None, errors=list(wrong))
        return DeletePayload(deleted_id=strawberry.ID(source.id), errors=[])


def _repliers(context: Context, source_id: str) -> list[Named]:
    """The destinations whose replies become events of that source."""
    return [
        Named(one.id, one.name)
        for one in context.snapshot.destinations.values()
        if one.policy.inbound_source_id == source_id and one.deleted_at is None
    ]


def _in_use(source: workspace.Source, cut_off: CutOff, repliers: Sequence[Named]) -> Iterator[UserError]:
    """One for each kind of thing that would be cut off, each with the way to delete it all the same."""
    said = []
    if cut_off.destinations:
        said.append(f"Its events reach destinations: {names(cut_off.destinations)}.")
    if repliers:
        said.append(f"Replies to destinations become its events (inboundSourceId): {names(repliers)}.")
    if cut_off.last_event_at is not None:
        said.append(
            f"Events come from it, the last at {from_time(cut_off.last_event_at)}: they would be refused."
        )
    given = f"id: {json.dumps(source.id)}, expectedRevision: {source.revision}, force: true"
    anyhow = f"mutation {{ sourceDelete(input: {{{given}}}) {{ deletedId errors {{ message }} }} }}"
    for one in said:
        message = f"{one} Nothing was changed. To end it all the same, run {anyhow}"
        yield input_error(ErrorCode.IN_USE, message, "force")
