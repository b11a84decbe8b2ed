"""Who asks, and anything by its id."""

from collections.abc import Awaitable, Callable, Mapping as Object
from typing import Annotated

import strawberry

from gateway.graphql.alerts import types as alerts
from gateway.graphql.alerts.types import Alert
from gateway.graphql.audit import types as audit
from gateway.graphql.audit.types import AuditEntry
from gateway.graphql.contacts import types as contacts
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries import types as deliveries
from gateway.graphql.deliveries.timeline import Attempt, StatusCallback
from gateway.graphql.destinations.types import Destination
from gateway.graphql.events import types as events
from gateway.graphql.inbound_messages import types as inbound_messages
from gateway.graphql.jobs import types as background_jobs
from gateway.graphql.jobs.types import Job
from gateway.graphql.mappings.types import Mapping
from gateway.graphql.nodes.types import Viewer
from gateway.graphql.senders import types as senders
from gateway.graphql.sources.types import Source
from gateway.graphql.templates import types as templates
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Id, Node
from gateway.graphql.terms.pagination import MOST
from gateway.graphql.tokens import types as tokens
from gateway.graphql.unmatched_callbacks import types as unmatched_callbacks
from gateway.graphql.webhook_deliveries import types as webhook_deliveries
from gateway.storage import attempts


async def _source(context: Context, key: str) -> Node | None:
    found = context.source(key)
    return None if found is None else Source.of(found)


async def _destination(context: Context, key: str) -> Node | None:
    found = context.destination(key)
    return None if found is None else Destination.of(context, found)


async def _mapping(context: Context, key: str) -> Node | None:
    found = context.mapping(key)
    return None if found is None else Mapping.of(context, found)


async def _attempt(context: Context, key: str) -> Node | None:
    found = await context.services.store.read(lambda c: attempts.get(c, key))
    if found is None or await deliveries.seen(context, found.delivery_id) is None:
        return None
    return Attempt.of(context.viewer, found)


async def _callback(context: Context, key: str) -> Node | None:
    found = await context.services.store.read(lambda c: attempts.callback(c, key))
    if found is None or await deliveries.seen(context, found.delivery_id) is None:
        return None
    return StatusCallback.of(context.viewer, found)


_BY_PREFIX: Object[str, Callable[[Context, str], Awaitable[Node | None]]] = {
    "src": _source,
    "dst": _destination,
    "map": _mapping,
    "evt": events.seen,
    "dlv": deliveries.seen,
    "con": contacts.seen,
    "att": _attempt,
    "cbk": _callback,
    "inb": inbound_messages.seen,
    "unm": unmatched_callbacks.seen,
    "whd": webhook_deliveries.seen,
    "job": background_jobs.seen,
    "snd": senders.seen,
    "tpl": templates.seen,
    "aud": audit.seen,
    "tok": tokens.seen,
    "alr": alerts.seen,
}


async def node_of(context: Context, key: str) -> Node | None:
    """The object of that id, of whatever type, where this viewer sees one."""
    read = _BY_PREFIX.get(key.partition("_")[0])
    return None if read is None else await read(context, key)


async def _target(entry: strawberry.Parent[AuditEntry], info: Info) -> Node | None:
    target_id = entry.value.target_id
    return None if target_id is None else await node_of(info.context, target_id)


@strawberry.type
class AuditEntryFields:
    """What an entry shows of what it is about."""

    target: Node | None = strawberry.field(
        resolver=_target,
        description="What it was done to, as that is now; null where it is gone, this token does not see it, or it was a whole space.",
    )


async def _target_of(alert: strawberry.Parent[Alert], info: Info) -> Node | None:
    return await node_of(info.context, alert.value.target_id)


@strawberry.type
class AlertFields:
    """What an alert shows of what it is about."""

    target: Node | None = strawberry.field(
        resolver=_target_of,
        description="What is wrong, as it is now: a destination, a sender, a template or a source.",
    )


async def _subject_of(job: strawberry.Parent[Job], info: Info) -> Node | None:
    subject = job.value.subject
    return None if subject is None else await node_of(info.context, subject)


@strawberry.type
class JobFields:
    """What a job shows of what it is about."""

    target: Node | None = strawberry.field(
        resolver=_subject_of,
        description="What it is about, as that is now: a destination, a sender or a contact; null where it is about many things, where that is gone, and "
        "where this token does not see it.",
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("Whose token this request carries.")
    def viewer(self, info: Info) -> Viewer:
        viewer = info.context.viewer
        return Viewer(name=viewer.name, role=viewer.role, space=viewer.space)

    @resolved("The object of that id, of whatever type; null where this token sees none.")
    async def node(self, info: Info, id: Id) -> Node | None:  # noqa: A002  the schema's word
        return await node_of(info.context, id)

    @resolved("The objects of those ids in their order; null for those this token does not see.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")],
    ) -> list[Node | None]:
        if len(ids) > MOST:
            raise bad_input(f"`ids` has {len(ids)} ids; at most {MOST} are looked up at once.")
        return [await node_of(info.context, key) for key in ids]
