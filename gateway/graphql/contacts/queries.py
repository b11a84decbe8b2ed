"""Reading contacts."""

from functools import partial
from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import ConsentStatus
from gateway import consent
from gateway.graphql.contacts.known import Known, read, read_all, read_by_id
from gateway.graphql.contacts.types import Contact, shown
from gateway.graphql.context import Info
from gateway.graphql.terms.errors import Refused, bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import no_number, refuse_probing
from gateway.graphql.terms.pagination import (
    After,
    Connection,
    Edge,
    First,
    connection,
    decode,
    encode,
    info_of,
    page_size,
)
from gateway.phones import sought
from gateway.secrets import Secrets
from gateway.storage import contact_lists, external_contacts, people
from gateway.storage.contact_lists import Listed
from gateway.storage.pages import Cursor, Page

LOOKED_AT = 10_000
"""Of so many contacts a page is chosen by what they agreed to: that is derived, and no index has it."""

_TOGETHER = 500


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("By number or by userId: give exactly one. Look-ups by number are refused to viewers.")
    async def contact(
        self,
        info: Info,
        phone: Annotated[
            str | None, strawberry.argument(description="The number, in any notation and any of its forms.")
        ] = strawberry.UNSET,
        user_id: Annotated[
            str | None,
            strawberry.argument(
                description="The user, whose latest number is taken; or a provider's own id of a person."
            ),
        ] = strawberry.UNSET,
        space: Annotated[str | None, strawberry.argument(description="The space it belongs to.")] = "default",
    ) -> Contact | None:
        context, where = info.context, space or "default"
        secrets = context.services.secrets
        context.require_space(where)
        if bool(phone) == bool(user_id):
            raise bad_input("Give `phone` or `userId`, and not both.")
        if phone and context.viewer.masked:
            raise Refused("FORBIDDEN", "A VIEWER sees no numbers, so contacts can't be looked up by one.")
        country = context.snapshot.country_of_space(where)
        refuse_probing(context.viewer, "contacts can't be", [user_id], country)
        number = sought(phone, country) if phone else None
        if phone and number is None:
            raise bad_input(no_number("phone", phone))

        def query(database: Database) -> Known | None:
            if number is not None:
                return read(database, secrets, where, number)
            return of_user(database, secrets, where, user_id or "")

        known = await context.services.store.read(query)
        return None if known is None else shown(context, known)

    @resolved(
        "The contacts of the token's space, the newest first: those that were heard of last. With `consent` a page is chosen among "
        f"the next {LOOKED_AT:,}, so that it may have fewer than were asked for, or none: go on behind its endCursor while hasNextPage "
        "is true; totalCount is then null, unless the page holds them all."
    )
    async def contacts(
        self,
        info: Info,
        first: First = 25,
        after: After = strawberry.UNSET,
        consent: Annotated[
            ConsentStatus | None,
            strawberry.argument(
                description="Those for whom that stands on some channel; UNKNOWN: those for whom none of the others stands on any."
            ),
        ] = strawberry.UNSET,
    ) -> Connection[Contact]:
        context, size, cursor = info.context, page_size(first), decode(after, "con")
        space, secrets = context.viewer.space, context.services.secrets
        if isinstance(consent, ConsentStatus):
            chosen = await context.services.store.read(
                lambda c: _chosen(c, secrets, space, size, cursor, consent)
            )
            edges = [
                Edge(node=shown(context, one), spell=partial(encode, one.created_at, one.id))
                for one in chosen.items
            ]
            page_info = info_of(edges, behind=cursor is not None, has_next=chosen.end is not None)
            if chosen.end is not None:
                page_info.end_cursor = encode(chosen.end.at, chosen.end.id)
            whole = cursor is None and chosen.end is None
            return Connection(edges=edges, page_info=page_info, total_count=len(edges) if whole else None)

        def query(database: Database) -> Page[Known]:
            page = contact_lists.page(database, space, size, cursor)
            return Page(read_all(database, secrets, space, page.items), page.has_next, page.total)

        page = await context.services.store.read(query)
        return connection(page, cursor, lambda one: shown(context, one), lambda one: (one.created_at, one.id))


def of_user(database: Database, secrets: Secrets, space: str, user_id: str) -> Known | None:
    """The contact of the number that a user gave last, or of whom a provider has by that id."""
    number = people.phone_of_user(database, space, user_id)
    if number is not None:
        return read(database, secrets, space, number)
    by_id = external_contacts.contact_of(database, space, user_id)
    return None if by_id is None else read_by_id(database, secrets, by_id)


class _Chosen:
    """Those of the contacts behind a cursor for whom a status stands. `end` is the last that was looked at, where more follow."""

    def __init__(self) -> None:
        self.items: list[Known] = []
        self.end: Cursor | None = None


def _chosen(
    database: Database, secrets: Secrets, space: str, first: int, after: Cursor | None, status: ConsentStatus
) -> _Chosen:
    chosen = _Chosen()
    for _ in range(LOOKED_AT // _TOGETHER):
        listed = contact_lists.newest(database, space, _TOGETHER + 1, after)
        for known in read_all(database, secrets, space, listed[:_TOGETHER]):
            if _stands(known, status):
                if len(chosen.items) == first:
                    chosen.end = _place(Listed(chosen.items[-1].created_at, chosen.items[-1].id, None))
                    return chosen
                chosen.items.append(known)
        if len(listed) <= _TOGETHER:
            return chosen
        after = _place(listed[_TOGETHER - 1])
    chosen.end = after
    return chosen


def _place(one: Listed) -> Cursor:
    return Cursor(one.created_at, one.id)


def _stands(known: Known, status: ConsentStatus) -> bool:
    channels = {word.channel for word in known.words}
    standing = {
        word.status
        for channel in channels
        for word in consent.standing([word for word in known.words if word.channel is channel])
    }
    if status is ConsentStatus.UNKNOWN:
        return standing <= {ConsentStatus.UNKNOWN}
    return status in standing
