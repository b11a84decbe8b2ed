"""`shadowComparison`: what a mapping in SHADOW decided, beside what another mapping, or the system it is to replace, did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, NamedTuple

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import canonical
from gateway import deliveries, events, old_messages
from gateway.graphql.context import Context, Info
from gateway.graphql.deliveries.types import Delivery
from gateway.graphql.events.types import Event
from gateway.graphql.terms.errors import bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.pagination import After, Connection, First, connection, decode, page_size
from gateway.old_messages import UnreadableError, Wanted
from gateway.storage import deliveries as stored, delivery_lists, events as stored_events, uploads
from gateway.storage.delivery_lists import DeliveryFilter
from gateway.storage.pages import Page
from gateway.workspace import Role

MOST_BYTES = 20_000_000
"""Of a file that is read for each page."""


@strawberry.type(
    description="An event, what the mapping decided, and what the other mapping, or the other system, did."
)
class ShadowRow:
    """See shadowComparison."""

    event: Event = strawberry.field(description="The event.")
    shadow: Delivery = strawberry.field(description="What the mapping made of it.")
    other: Delivery | None = strawberry.field(
        description="What the other mapping made of it; null where it made nothing, or none was named."
    )
    old_message_sid: str | None = strawberry.field(
        description="The message of the other system by the uploaded file; null where the file has none for it."
    )


class _Row(NamedTuple):
    event: events.StoredEvent
    shadow: deliveries.Delivery
    other: deliveries.Delivery | None
    sid: str | None

    @property
    def place(self) -> tuple[datetime, str]:
        return self.shadow.created_at, self.shadow.id


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "What a mapping decided on each event, the newest first, beside what another mapping of the same events did (`otherMappingId`), or the "
        "system that it is to replace (`uploadId`: a CSV of that system's messages, at most 20 MB, from `POST /uploads`; its first line names "
        "`Sid` and either `messageId`, or `To` and `DateSent`, as an export of the provider's log does; by these a message is that of the "
        "nearest event of its number, from 5 minutes before the event to 24 hours behind it)."
    )
    async def shadow_comparison(
        self,
        info: Info,
        mapping_id: Annotated[strawberry.ID, strawberry.argument(description="The mapping.")],
        other_mapping_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Another mapping of the same events.")
        ] = strawberry.UNSET,
        upload_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The messages of the other system.")
        ] = strawberry.UNSET,
        first: First = 25,
        after: After = strawberry.UNSET,
    ) -> Connection[ShadowRow]:
        context = info.context
        context.require(Role.READER, "Comparing what was decided")
        size, cursor = page_size(first), decode(after, "dlv")
        mapping = context.mapping(mapping_id)
        other_id = other_mapping_id or None
        if mapping is None:
            raise bad_input("There is no mapping with the id `mappingId`.")
        if other_id is not None and context.mapping(other_id) is None:
            raise bad_input("There is no mapping with the id `otherMappingId`.")
        space = context.snapshot.destinations[mapping.destination_id].space
        asked, upload = DeliveryFilter(mapping_id=mapping.id), upload_id or None

        def read(database: Database) -> Page[_Row]:
            page = delivery_lists.page(database, space, size, cursor, asked, counted=context.counts)
            rows = _rows(database, page.items, other_id)
            sids = [None] * len(rows) if upload is None else _sids(context, database, str(upload), rows)
            whole = [row._replace(sid=sid) for row, sid in zip(rows, sids, strict=True)]
            return Page(whole, page.has_next, page.total)

        found = await context.read(read)
        return connection(found, cursor, lambda row: _shown(context, row), lambda row: row.place)


def _rows(database: Database, shadows: Sequence[deliveries.Delivery], other_id: str | None) -> list[_Row]:
    """Of each Delivery, but those whose event is gone."""
    event_ids = sorted({one.event_id for one in shadows})
    there = stored_events.by_ids(database, event_ids)
    beside = stored.of_events(database, event_ids) if other_id is not None and event_ids else {}
    rows = []
    for one in shadows:
        event = there.get(one.event_id)
        others = [other for other in beside.get(one.event_id, ()) if other.mapping_id == other_id]
        if event is not None:
            rows.append(_Row(event, one, others[-1] if others else None, None))
    return rows


def _sids(context: Context, database: Database, upload_id: str, rows: Sequence[_Row]) -> list[str | None]:
    upload = uploads.get(database, upload_id, context.services.clock.now())
    if upload is None or not context.viewer.sees(upload.space):
        raise bad_input(
            "There is no upload with the id `uploadId`, or it came more than 24 hours ago. Send the file to `POST /uploads` again, and take "
            "the `uploadId` of the answer."
        )
    if upload.bytes > MOST_BYTES:
        raise bad_input(
            f"The file has {upload.bytes:,} bytes; at most {MOST_BYTES:,} are read here. Export a shorter span."
        )
    wanted = [
        Wanted(
            row.event.message_id,
            None if row.shadow.recipient is None else canonical(row.shadow.recipient),
            row.event.received_at,
        )
        for row in rows
    ]
    try:
        return old_messages.found(uploads.lines(database, upload.id, 0), wanted)
    except UnreadableError as error:
        raise bad_input(f"The file can't be read. {error}") from None


def _shown(context: Context, row: _Row) -> ShadowRow:
    viewer = context.viewer
    return ShadowRow(
        event=Event.of(context, row.event),
        shadow=Delivery.of(viewer, row.shadow),
        other=None if row.other is None else Delivery.of(viewer, row.other),
        old_message_sid=row.sid,
    )
