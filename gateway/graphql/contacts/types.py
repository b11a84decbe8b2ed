"""Contacts: numbers, whose they are, and what they agreed to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import strawberry
from sqlalchemy import Connection as Database

from destinations.kit import Channel, ConsentStatus, sender_key
from gateway import consent
from gateway.auth import Viewer
from gateway.consent import ConsentEntry
from gateway.graphql.context import Context
from gateway.graphql.terms import masking
from gateway.graphql.terms.nodes import Node
from gateway.graphql.terms.scalars import to_time
from gateway.storage import consent as history, conversations, external_contacts, inbound_messages, people
from gateway.storage.conversations import Conversation
from gateway.storage.inbound_messages import StoredMessage


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
    sender: str | None = strawberry.field(
        description="The sender or service it was said to, where it was to one. A stop holds there for everything, and elsewhere for "
        "marketing; a start holds there alone."
    )
    status: ConsentStatus = strawberry.field(description="What stands.")
    changed_at: datetime = strawberry.field(description="When that was said.")
    source: str = strawberry.field(description="Where the word came from.")
    evidence: ConsentEvidence | None = strawberry.field(description="What shows it.")


@strawberry.type(description="Whether somebody may be answered freely.")
class ConversationWindow:
    """Of one sender, on a channel that takes some messages only for a while after the person wrote."""

    sender: str = strawberry.field(description="The number of ours that the person wrote to.")
    open: bool = strawberry.field(description="Whether it is open now.")
    closes_at: datetime | None = strawberry.field(description="When it closes, or closed.")


@strawberry.type(description="A number that events, consent or a message were about.")
class Contact(Node):
    """One number of one space."""

    space: str = strawberry.field(description="The space it belongs to: each keeps its own consent.")
    phone: str | None = strawberry.field(
        description="The number (E.164), in the form that is kept on every channel, masked for viewers; null for somebody known by a "
        "provider's id alone."
    )
    external_user_ids: list[str] = strawberry.field(
        description="The provider's own ids of the person, each scoped to a destination; masked for viewers."
    )
    user_ids: list[str] = strawberry.field(description="Everyone who gave this number.")
    consents: list[Consent] = strawberry.field(
        description="What stands on each channel that was spoken of; apart for the senders that the person said stop or start to."
    )
    windows: list[ConversationWindow] = strawberry.field(
        description="The conversations on a channel that has such windows, the latest first."
    )
    last_inbound_at: datetime | None = strawberry.field(
        description="When the person last wrote to a sender, on any channel; null: never."
    )
    created_at: datetime = strawberry.field(description="When the number was first heard of.")


@dataclass(frozen=True, slots=True)
class _Known:
    id: str
    space: str
    phone: str | None
    external_user_ids: list[str]
    created_at: datetime
    user_ids: list[str]
    words: Sequence[ConsentEntry]
    conversations: Sequence[Conversation]


def read(database: Database, space: str, phone: str) -> _Known | None:
    """All that is known of a number."""
    found = people.contact(database, space, phone)
    if found is None:
        return None
    return _Known(
        id=found[0],
        space=space,
        phone=phone,
        external_user_ids=external_contacts.of_number(database, space, phone),
        created_at=found[1],
        user_ids=people.users_of(database, space, phone),
        words=history.deciding(database, space, [phone])[phone].deciding,
        conversations=conversations.of_number(database, space, phone),
    )


def read_by_id(database: Database, contact_id: str) -> _Known | None:
    """All that is known of a contact: one with a number, or one that a provider names by its own id alone."""
    found = people.contact_by_id(database, contact_id)
    if found is not None:
        return read(database, found[0], found[1])
    ids = external_contacts.by_contact(database, contact_id)
    if not ids:
        return None
    if ids[0].phone is not None:
        return read(database, ids[0].space, ids[0].phone)
    names = [one.external_user_id for one in ids]
    wrote = inbound_messages.without_number(database, ids[0].destination_id, names)
    return _Known(
        id=contact_id,
        space=ids[0].space,
        phone=None,
        external_user_ids=names,
        created_at=min(one.created_at for one in ids),
        user_ids=[],
        words=[_word(message, message.word) for message in wrote if message.word is not None],
        conversations=[_conversation(message) for message in _latest(wrote)],
    )


def _word(message: StoredMessage, word: ConsentStatus) -> ConsentEntry:
    """What they said, which counts once their number is known."""
    return ConsentEntry(
        space=message.space,
        phone="",
        channel=message.channel,
        sender=sender_key(message.sender),
        status=word,
        own_word=True,
        source=consent.ConsentSource.PROVIDER,
        evidence={"method": f"keyword {message.keyword}"},
        occurred_at=message.received_at,
        received_at=message.received_at,
        service=message.service,
    )


def _latest(messages: Sequence[StoredMessage]) -> list[StoredMessage]:
    by_sender = {(message.channel, message.sender): message for message in messages}
    return sorted(by_sender.values(), key=lambda message: message.received_at, reverse=True)


def _conversation(message: StoredMessage) -> Conversation:
    return Conversation(
        message.space, "", message.channel, message.sender, message.destination_id, message.received_at
    )


def shown(context: Context, known: _Known) -> Contact:
    """The contact as this viewer sees it."""
    viewer = context.viewer
    return Contact(
        id=strawberry.ID(known.id),
        space=known.space,
        phone=None if known.phone is None else masking.phone(viewer, known.phone),
        external_user_ids=[masking.phone(viewer, one) for one in known.external_user_ids],
        user_ids=[masking.text(viewer, user) for user in known.user_ids],
        consents=list(_consents(viewer, known.words)),
        windows=list(_windows(context, known.conversations)),
        last_inbound_at=max((one.last_inbound_at for one in known.conversations), default=None),
        created_at=known.created_at,
    )


def _consents(viewer: Viewer, words: Sequence[ConsentEntry]) -> Iterable[Consent]:
    for channel in Channel:
        said = [word for word in words if word.channel is channel]
        for word in consent.standing(said):
            yield Consent(
                channel=channel,
                sender=None if word.said_to is None else masking.text(viewer, word.said_to),
                status=word.status,
                changed_at=word.occurred_at,
                source=word.source,
                evidence=None if word.evidence is None else ConsentEvidence.of(viewer, word.evidence),
            )


def _windows(context: Context, held: Sequence[Conversation]) -> Iterable[ConversationWindow]:
    now = context.services.clock.now()
    for one in held:
        destination = context.snapshot.destinations.get(one.destination_id)
        definition = destination and context.services.workspace.definitions.get(destination.definition)
        lasts = definition and definition.conversation_windows.get(one.channel)
        if lasts:
            closes_at = one.last_inbound_at + lasts
            sender = masking.phone(context.viewer, one.sender)
            yield ConversationWindow(sender=sender, open=now < closes_at, closes_at=closes_at)


async def seen(context: Context, contact_id: str) -> Contact | None:
    """The contact of that id, where this viewer may see it."""
    known = await context.services.store.read(lambda c: read_by_id(c, contact_id))
    return None if known is None or not context.viewer.sees(known.space) else shown(context, known)
