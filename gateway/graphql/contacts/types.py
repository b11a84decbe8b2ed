"""Contacts: numbers, whose they are, and what they agreed to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

from destinations.kit import Channel, ConsentStatus
from gateway import consent
from gateway.auth import Viewer
from gateway.consent import ConsentEntry
from gateway.graphql.contacts.known import Known, read_by_id
from gateway.graphql.context import Context, Info
from gateway.graphql.messages import phones
from gateway.graphql.terms import masking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.nodes import Node
from gateway.graphql.terms.pagination import (
    After,
    Connection,
    First,
    connection,
    decode,
    newest_first,
    page_size,
)
from gateway.graphql.terms.scalars import to_time
from gateway.storage import consent as history
from gateway.storage.conversations import Conversation
from gateway.storage.people import MOST_PEOPLE, Someone


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
            method=masking.text(viewer, str(stored.get("method", ""))),
            wording_version=masking.text(viewer, stored.get("wordingVersion")),
            url=None if hidden else stored.get("url"),
            ip=None if hidden else stored.get("ip"),
            at=to_time(stored["at"]) if stored.get("at") else None,
            note=None if hidden else stored.get("note"),
        )


@strawberry.type(
    description="What somebody said for a number on a channel: what stands, or a word of its history."
)
class Consent:
    """Derived from all that was said."""

    channel: Channel = strawberry.field(description="The channel; SMS speaks for MMS too.")
    sender: str | None = strawberry.field(
        description="The sender or service it was said to, where it was to one. A stop holds there for everything, and elsewhere for "
        "marketing; a start holds there alone."
    )
    status: ConsentStatus = strawberry.field(description="What stands for this number now.")
    changed_at: datetime = strawberry.field(description="When that was said.")
    source: str = strawberry.field(description="Where the word came from.")
    evidence: ConsentEvidence | None = strawberry.field(description="What shows it.")
    in_words: str = strawberry.field(
        description="Who said it, by what and on which day (UTC), as a Delivery's explanation has it, such as `subscribed by web form on 3 "
        "March 2026, wording v2, recorded by an admin`; numbers masked for viewers."
    )

    @classmethod
    def of(cls, viewer: Viewer, word: ConsentEntry) -> Self:
        """The word as this viewer sees it."""
        return cls(
            channel=word.channel,
            sender=None if word.said_to is None else masking.text(viewer, word.said_to),
            status=word.status,
            changed_at=word.occurred_at,
            source=masking.text(viewer, word.source),
            evidence=None if word.evidence is None else ConsentEvidence.of(viewer, word.evidence),
            in_words=masking.text(viewer, word.in_words),
        )


@strawberry.type(description="Whether somebody may be answered freely.")
class ConversationWindow:
    """Of one sender, on a channel that takes some messages only for a while after the person wrote."""

    sender: str = strawberry.field(description="The number of ours that the person wrote to.")
    open: bool = strawberry.field(description="Whether it is open now.")
    closes_at: datetime | None = strawberry.field(description="When it closes, or closed.")


@strawberry.type(description="Somebody who gave a number: several may share one.")
class Person:
    """See storage.people.Someone."""

    id: strawberry.ID = strawberry.field(
        description="Its id: another one where two turn out to be the same person."
    )
    user_ids: list[str] = strawberry.field(
        description="The user ids that they go by; numbers masked for viewers."
    )
    anonymous_ids: list[str] = strawberry.field(
        description="The devices that they were seen on; numbers masked for viewers."
    )
    traits: JSON = strawberry.field(description="What is known of them; `{}` for viewers.")

    @classmethod
    def of(cls, viewer: Viewer, one: Someone) -> Self:
        """The person as this viewer sees them."""
        traits = {name: trait.value for name, trait in one.traits.items()}
        return cls(
            id=strawberry.ID(one.id),
            user_ids=[masking.text(viewer, user_id) for user_id in one.user_ids],
            anonymous_ids=[masking.text(viewer, device) for device in one.anonymous_ids],
            traits=JSON({} if viewer.masked else traits),
        )


def _place(word: tuple[str, ConsentEntry]) -> tuple[datetime, str]:
    return word[1].occurred_at, word[0]


@strawberry.type(description="A number that events, consent or a message were about.")
class Contact(Node):
    """One number of one space."""

    value: strawberry.Private[Known]
    space: str = strawberry.field(description="The space it belongs to: each keeps its own consent.")
    phone: str | None = strawberry.field(
        description="The number (E.164), in the form that is kept on every channel, masked for viewers; null for somebody known by a "
        "provider's id alone."
    )
    external_user_ids: list[str] = strawberry.field(
        description="The provider's own ids of the person, each scoped to a destination; masked for viewers."
    )
    user_ids: list[str] = strawberry.field(description="Everyone who gave this number.")
    people: list[Person] = strawberry.field(
        description=f"Who gave this number, the last first; at most {MOST_PEOPLE} of them."
    )
    traits: JSON = strawberry.field(
        description="What is known of those people together, of each trait what was said last; `{}` for viewers."
    )
    consents: list[Consent] = strawberry.field(
        description="What stands on each channel that was spoken of; apart for the senders that the person said stop or start to."
    )
    windows: list[ConversationWindow] = strawberry.field(
        description="The conversations on a channel that has such windows, the latest first."
    )

    @resolved(
        "Every word that was said for this number on any channel, the newest first by when it was said."
    )
    async def consent_history(
        self, info: Info, first: First = 25, after: After = strawberry.UNSET
    ) -> Connection[Consent]:
        context, size, cursor, known = info.context, page_size(first), decode(after, "wrd"), self.value
        phone = known.phone
        if phone is None:
            words = [(f"wrd_{number:x}", word) for number, word in enumerate(known.words)]
            page, cursor = newest_first(words, first, after, _place, "wrd")
        else:
            page = await context.read(lambda c: history.page(c, known.space, phone, size, cursor))
        return connection(page, cursor, lambda one: Consent.of(context.viewer, one[1]), _place)

    @resolved(
        "Where stand-ins for providers show what this number's phone got: one for each at which the space has an account. Empty where its accounts "
        "are the providers' own, and for viewers."
    )
    def phone_pages(self, info: Info) -> list[str]:
        context, known = info.context, self.value
        if known.phone is None or context.viewer.masked:
            return []
        return list(phones.pages_of(context, known.space, known.phone))

    last_inbound_at: datetime | None = strawberry.field(
        description="When the person last wrote to a sender, on any channel; null: never."
    )
    created_at: datetime = strawberry.field(description="When the number was first heard of.")


def shown(context: Context, known: Known) -> Contact:
    """The contact as this viewer sees it."""
    viewer = context.viewer
    return Contact(
        id=strawberry.ID(known.id),
        value=known,
        space=known.space,
        phone=None if known.phone is None else masking.phone(viewer, known.phone),
        external_user_ids=[masking.phone(viewer, one) for one in known.external_user_ids],
        user_ids=[masking.text(viewer, user) for user in known.user_ids],
        people=[Person.of(viewer, one) for one in known.people],
        traits=JSON({} if viewer.masked else _traits(known.people)),
        consents=list(_consents(viewer, known.words)),
        windows=list(_windows(context, known.conversations)),
        last_inbound_at=max((one.last_inbound_at for one in known.conversations), default=None),
        created_at=known.created_at,
    )


def _traits(some: Sequence[Someone]) -> dict[str, Any]:
    """Of each trait what was said last."""
    said = [(trait.at, name, trait.value) for one in reversed(some) for name, trait in one.traits.items()]
    return {name: value for _at, name, value in sorted(said, key=itemgetter(0))}


def _consents(viewer: Viewer, words: Sequence[ConsentEntry]) -> Iterable[Consent]:
    for channel in Channel:
        said = [word for word in words if word.channel is channel]
        for word in consent.standing(said):
            yield Consent.of(viewer, word)


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
    secrets = context.services.secrets
    known = await context.services.store.read(lambda c: read_by_id(c, secrets, contact_id))
    return None if known is None or not context.viewer.sees(known.space) else shown(context, known)
