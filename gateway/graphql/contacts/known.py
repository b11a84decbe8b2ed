"""All that is known of contacts, read for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection as Database

from destinations.kit import ConsentStatus, sender_key
from gateway import consent
from gateway.consent import ConsentEntry
from gateway.people import Identity
from gateway.secrets import Secrets
from gateway.storage import (
    consent as history,
    contact_lists,
    conversations,
    external_contacts,
    inbound_messages,
    people,
)
from gateway.storage.contact_lists import Listed
from gateway.storage.conversations import Conversation
from gateway.storage.inbound_messages import StoredMessage
from gateway.storage.people import Someone


@dataclass(frozen=True, slots=True)
class Known:
    """A contact with whose it is, and with what was said: all words that can decide. Without a number, every word there is."""

    id: str
    space: str
    phone: str | None
    external_user_ids: Sequence[str]
    created_at: datetime
    people: Sequence[Someone]
    words: Sequence[ConsentEntry]
    conversations: Sequence[Conversation]

    @property
    def user_ids(self) -> list[str]:
        """The user ids of everyone who gave the number."""
        return sorted({user_id for one in self.people for user_id in one.user_ids})

    @property
    def identities(self) -> list[Identity]:
        """(kind, value) of each id that its people go by, the last who gave the number first."""
        return [identity for one in self.people for identity in one.identities]


def read(database: Database, secrets: Secrets, space: str, phone: str) -> Known | None:
    """All that is known of a number."""
    found = people.contact(database, space, phone)
    if found is None:
        return None
    [known] = read_all(database, secrets, space, [Listed(found[1], found[0], phone)])
    return known


def read_numbers(
    database: Database, numbers: Sequence[tuple[str, str]], secrets: Secrets
) -> dict[tuple[str, str], Known]:
    """All that is known of each of these numbers, each with its space, that was heard of."""
    found: dict[tuple[str, str], Known] = {}
    for space in {space for space, _phone in numbers}:
        phones = [phone for where, phone in numbers if where == space]
        listed = contact_lists.of_numbers(database, space, phones)
        found |= {
            (space, one.phone): one
            for one in read_all(database, secrets, space, listed)
            if one.phone is not None
        }
    return found


def read_by_id(database: Database, secrets: Secrets, contact_id: str) -> Known | None:
    """All that is known of a contact: one with a number, or one that a provider names by its own id alone."""
    found = people.contact_by_id(database, contact_id)
    if found is not None:
        return read(database, secrets, found[0], found[1])
    ids = external_contacts.by_contact(database, contact_id)
    if not ids:
        return None
    if ids[0].phone is not None:
        return read(database, secrets, ids[0].space, ids[0].phone)
    return _without_number(database, contact_id)


def read_all(database: Database, secrets: Secrets, space: str, listed: Sequence[Listed]) -> list[Known]:
    """All that is known of each of these contacts of a space, in their order."""
    phones = [one.phone for one in listed if one.phone is not None]
    said = history.deciding(database, secrets, space, phones)
    talks = conversations.of_numbers(database, space, phones)
    ids = external_contacts.of_numbers(database, space, phones)
    whose = people.of_numbers(database, space, phones)
    found: list[Known] = []
    for one in listed:
        phone = one.phone
        if phone is None:
            known = _without_number(database, one.id)
            found += [] if known is None else [known]
        else:
            found.append(
                Known(
                    id=one.id,
                    space=space,
                    phone=phone,
                    external_user_ids=ids[phone],
                    created_at=one.created_at,
                    people=whose[phone],
                    words=said[phone].deciding,
                    conversations=talks[phone],
                )
            )
    return found


def _without_number(database: Database, contact_id: str) -> Known | None:
    ids = external_contacts.by_contact(database, contact_id)
    if not ids:
        return None
    names = [one.external_user_id for one in ids]
    wrote = inbound_messages.without_number(database, ids[0].destination_id, names)
    return Known(
        id=contact_id,
        space=ids[0].space,
        phone=None,
        external_user_ids=names,
        created_at=min(one.created_at for one in ids),
        people=[],
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
