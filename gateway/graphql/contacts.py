"""Contacts: numbers, whose they are, and what they agreed to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Channel, ConsentStatus
from gateway import consent
from gateway.auth import Viewer
from gateway.consent import ConsentEntry
from gateway.graphql import masking
from gateway.graphql.context import Context, Info
from gateway.graphql.errors import Refused, bad_input
from gateway.graphql.fields import resolved
from gateway.graphql.nodes import Node
from gateway.graphql.scalars import to_time
from gateway.phones import e164
from gateway.storage import consent as history, people


@strawberry.type(description="What shows that somebody agreed, or did not.")
class ConsentEvidence:
    """As it was given."""

    method: str = strawberry.field(description="How it was said, such as `web form` or `keyword`.")
    wording_version: str | None = strawberry.field(description="Which wording the person saw.")
    url: str | None = strawberry.field(description="Where they saw it; hidden from viewers.")
    ip: str | None = strawberry.field(description="From which address; hidden from viewers.")
    at: datetime | None = strawberry.field(description="When it was said.")
    note: str | None = strawberry.field(description="Anything else; hidden from viewers.")

    @classmethod
    def of(cls, viewer: Viewer, stored: Any) -> Self:
        """The evidence as this viewer sees it."""
        hidden = viewer.masked
        return cls(
            method=str(stored.get("method", "")),
            wording_version=stored.get("wordingVersion"),
            url=None if hidden else stored.get("url"),
            ip=None if hidden else stored.get("ip"),
            at=to_time(stored["at"]) if stored.get("at") else None,
            note=None if hidden else stored.get("note"),
        )


@strawberry.type(description="What stands for a number on a channel.")
class Consent:
    """Derived from all that was said."""

    channel: Channel = strawberry.field(description="The channel; SMS speaks for MMS too.")
    sender: str | None = strawberry.field(description="The sender it was said to, where it was to one.")
    status: ConsentStatus = strawberry.field(description="What stands.")
    changed_at: datetime = strawberry.field(description="When that was said.")
    source: str = strawberry.field(description="Where the word came from.")
    evidence: ConsentEvidence | None = strawberry.field(description="What shows it.")


@strawberry.type(description="A number that events or consent were about.")
class Contact(Node):
    """One number of one space."""

    space: str = strawberry.field(description="The space it belongs to: each keeps its own consent.")
    phone: str = strawberry.field(description="The number (E.164), masked for viewers.")
    user_ids: list[str] = strawberry.field(description="Everyone who gave this number.")
    consents: list[Consent] = strawberry.field(
        description="What stands, for each channel that was spoken of."
    )
    created_at: datetime = strawberry.field(description="When the number was first heard of.")


@dataclass(frozen=True, slots=True)
class _Known:
    id: str
    space: str
    phone: str
    created_at: datetime
    user_ids: list[str]
    words: list[ConsentEntry]


def read(database: Database, space: str, phone: str) -> _Known | None:
    """All that is known of a number."""
    found = people.contact(database, space, phone)
    if found is None:
        return None
    users = people.users_of(database, space, phone)
    return _Known(found[0], space, phone, found[1], users, history.deciding(database, space, phone))


def shown(viewer: Viewer, known: _Known) -> Contact:
    """The contact as this viewer sees it."""
    return Contact(
        id=strawberry.ID(known.id),
        space=known.space,
        phone=masking.phone(viewer, known.phone),
        user_ids=[masking.text(viewer, user) for user in known.user_ids],
        consents=list(_consents(viewer, known.words)),
        created_at=known.created_at,
    )


def _consents(viewer: Viewer, words: list[ConsentEntry]) -> Iterable[Consent]:
    for channel in Channel:
        said = [word for word in words if word.channel is channel]
        stands = consent.state(said)
        if stands is None:
            continue
        deciding = next(
            word
            for word in reversed(said)
            if (word.status, word.occurred_at, word.source)
            == (stands.status, stands.changed_at, stands.source)
        )
        evidence = deciding.evidence
        yield Consent(
            channel=channel,
            sender=None if deciding.sender is None else masking.text(viewer, deciding.sender),
            status=stands.status,
            changed_at=stands.changed_at,
            source=stands.source,
            evidence=None if evidence is None else ConsentEvidence.of(viewer, evidence),
        )


async def seen(context: Context, contact_id: str) -> Contact | None:
    """The contact of that id, where this viewer may see it."""

    def query(database: Database) -> _Known | None:
        found = people.contact_by_id(database, contact_id)
        return None if found is None else read(database, found[0], found[1])

    known = await context.services.store.read(query)
    return None if known is None or not context.viewer.sees(known.space) else shown(context.viewer, known)


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("By number or by userId: give exactly one. Look-ups by number are refused to viewers.")
    async def contact(
        self,
        info: Info,
        phone: Annotated[
            str | None, strawberry.argument(description="The number (E.164).")
        ] = strawberry.UNSET,
        user_id: Annotated[
            str | None, strawberry.argument(description="The user, whose latest number is taken.")
        ] = strawberry.UNSET,
        space: Annotated[str | None, strawberry.argument(description="The space it belongs to.")] = "default",
    ) -> Contact | None:
        context, where = info.context, space or "default"
        context.require_space(where)
        if bool(phone) == bool(user_id):
            raise bad_input("Give `phone` or `userId`, and not both.")
        if phone and context.viewer.masked:
            raise Refused("FORBIDDEN", "A VIEWER sees no numbers, so contacts can't be looked up by one.")
        number = e164(phone, None)
        if phone and number is None:
            raise bad_input("`phone` is no number: write it as E.164 does, such as +15551234567.")

        def query(database: Database) -> _Known | None:
            wanted = number or people.phone_of_user(database, where, user_id or "")
            return None if wanted is None else read(database, where, wanted)

        known = await context.services.store.read(query)
        return None if known is None else shown(context.viewer, known)
