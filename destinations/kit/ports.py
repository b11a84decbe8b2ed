"""What is known, for a plan to read. A fact is UNKNOWN, absent (None) or present: only the last two may stop a send."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, Protocol

import msgspec

from destinations.kit.enums import Channel, ConsentStatus, SenderKind, SenderState


class _Unknown(Enum):
    UNKNOWN = "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN
"""Nobody has looked: what is UNKNOWN passes its gate with the note "not known"."""

Unknown = Literal[_Unknown.UNKNOWN]


class Consent(msgspec.Struct, frozen=True):
    """What the ledger says of one number on one channel, for a message from one sender.

    `stopped`: the person's own stop stands, and nothing goes out from that sender. `marketing_stopped`: their stop to another
    sender stands, or one of marketing alone, and no MARKETING does. `said_to` is whom they said it to, where that is known.
    `in_words` is who gave the word that `status` rests on, and when; `stop_in_words` the same of the stop that stands. Both are shown
    as they are, and empty where that is not known.
    """

    status: ConsentStatus
    changed_at: datetime
    stopped: bool = False
    marketing_stopped: bool = False
    in_words: str = ""
    stop_in_words: str = ""
    said_to: str | None = None


class Person(msgspec.Struct, frozen=True):
    """Who the event is about, as identified so far.

    `phone` is the latest a person gave, as given. `server_traits` are those of the traits that a SERVER source gave:
    only these may pick a recipient. `server_numbers` are the numbers that a SERVER source gave for this person,
    as `canonical` has them, which is what a transactional message may rest on.
    """

    user_id: str | None = None
    traits: Mapping[str, Any] = msgspec.field(default_factory=dict)
    phone: str | None = None
    server_numbers: frozenset[str] = frozenset()
    server_traits: Mapping[str, Any] = msgspec.field(default_factory=dict)


class ConsentLedger(Protocol):
    """Who agreed to what."""

    async def consent(
        self, number: str, channel: Channel, sender: str | None = None
    ) -> Consent | Unknown | None:
        """The state for an E.164 number and a message from `sender`, as `sender_key` writes it; None where nothing was ever
        said. Where the sender is not known (None), a stop to any stands.
        """
        ...


class People(Protocol):
    """Who somebody is."""

    async def person(self) -> Person | Unknown | None:
        """The person of the event being planned; None where nobody was identified."""
        ...


class Conversations(Protocol):
    """Who wrote to whom, and when."""

    async def last_inbound(self, number: str, sender: str, channel: Channel) -> datetime | Unknown | None:
        """When that person last wrote to that sender (both in E.164) on that channel; None: never."""
        ...

    async def needs_review(self, number: str, channel: Channel) -> str | Unknown | None:
        """The id of a message by that number on that channel which may be a stop, and which nobody has looked at."""
        ...


class Senders(Protocol):
    """What the account sends from."""

    async def state(self, address: str, kind: SenderKind) -> SenderState | Unknown | None:
        """What is known of the sender of that address, as a Send names it; None: the account never had one."""
        ...


class Notices(Protocol):
    """What people were told beside what a mapping says."""

    async def last_told(self, number: str) -> datetime | Unknown | None:
        """When that number (E.164) was last told by SMS how to opt out, by a message other than the one that is planned; None: never."""
        ...


class NothingKnown:
    """Facts for a plan without a gateway: everything is UNKNOWN."""

    async def consent(self, number: str, channel: Channel, sender: str | None = None) -> Unknown:  # noqa: ARG002  the port's signature
        return UNKNOWN

    async def person(self) -> Unknown:
        return UNKNOWN

    async def last_inbound(self, number: str, sender: str, channel: Channel) -> Unknown:  # noqa: ARG002  the port's signature
        return UNKNOWN

    async def needs_review(self, number: str, channel: Channel) -> Unknown:  # noqa: ARG002  the port's signature
        return UNKNOWN

    async def state(self, address: str, kind: SenderKind) -> Unknown:  # noqa: ARG002  the port's signature
        return UNKNOWN

    async def last_told(self, number: str) -> Unknown:  # noqa: ARG002  the port's signature
        return UNKNOWN


class Facts(msgspec.Struct, frozen=True):
    """The ports a plan may read from."""

    consent: ConsentLedger = msgspec.field(default_factory=NothingKnown)
    people: People = msgspec.field(default_factory=NothingKnown)
    conversations: Conversations = msgspec.field(default_factory=NothingKnown)
    senders: Senders = msgspec.field(default_factory=NothingKnown)
    notices: Notices = msgspec.field(default_factory=NothingKnown)
