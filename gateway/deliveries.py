"""Delivery and Attempt: one event x one mapping, and one try of it. The states, and who may follow whom.

pending ─▶ sending ─▶ accepted           then the provider's word: queued ▸ sent ▸ delivered | undelivered | failed
   │  ▲        ├──▶ rejected              a final refusal, with the provider's code and the remedy
   │  └─ held  ├──▶ retrying ─▶ sending    only where it is known that nothing was created
   │           ├──▶ held                  the account was refused, not the message: until it is verified again
   │           └──▶ uncertain ─▶ accepted | retrying | expired
   │                A callback proves a message: whatever was tried once goes to accepted, however it ended.
   │                accepted ─▶ uncertain: only where the message that a look-up took for its own is proven another's.
   ├─▶ suppressed · rejected · held · retrying (a read failed) · canceled · shadowed (its mapping is in SHADOW)
   └─  held ─▶ expired (past its age)
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from destinations.kit import Channel, MessageStatus, Reason
from gateway import phones, stops
from gateway.workspace import TESTS


class DeliveryStatus(StrEnum):
    """Where a Delivery stands."""

    PENDING = "PENDING"  # waits for its first turn
    HELD = "HELD"  # a gate said: not yet
    SENDING = "SENDING"  # the intent is stored, the answer is not
    RETRYING = "RETRYING"  # nothing was created; it will be sent again
    UNCERTAIN = "UNCERTAIN"  # nobody knows whether it was created; it is looked up first
    ACCEPTED = "ACCEPTED"  # the provider took it
    SUPPRESSED = "SUPPRESSED"  # not sent on purpose, with a reason
    REJECTED = "REJECTED"  # refused for good
    CANCELED = "CANCELED"  # a cancel trigger or a person came first
    SHADOWED = "SHADOWED"  # it would have been sent, and its mapping is in SHADOW
    EXPIRED = "EXPIRED"  # too old, or never settled

    @property
    def final(self) -> bool:
        """Whether nothing more will be tried."""
        return self in _ENDS

    def may_become(self, following: "DeliveryStatus") -> bool:
        """Whether the state machine has that step."""
        return following in _NEXT[self]


_S = DeliveryStatus
_ENDS = {_S.ACCEPTED, _S.SUPPRESSED, _S.REJECTED, _S.CANCELED, _S.SHADOWED, _S.EXPIRED}
_UNSENT = {
    *(_S.HELD, _S.SENDING, _S.RETRYING, _S.SUPPRESSED, _S.REJECTED, _S.CANCELED, _S.SHADOWED, _S.EXPIRED),
}
_NEXT: Mapping[DeliveryStatus, set[DeliveryStatus]] = {
    _S.PENDING: _UNSENT,
    _S.HELD: _UNSENT | {_S.ACCEPTED},
    _S.RETRYING: _UNSENT | {_S.ACCEPTED},
    _S.SENDING: {_S.ACCEPTED, _S.REJECTED, _S.RETRYING, _S.UNCERTAIN, _S.HELD},
    _S.UNCERTAIN: {_S.ACCEPTED, _S.RETRYING, _S.EXPIRED},
    _S.ACCEPTED: {_S.ACCEPTED, _S.UNCERTAIN},
    _S.SUPPRESSED: {_S.ACCEPTED},
    _S.REJECTED: {_S.ACCEPTED},
    _S.CANCELED: {_S.ACCEPTED},
    _S.SHADOWED: {_S.ACCEPTED},
    _S.EXPIRED: {_S.ACCEPTED},
}

UNSENT = (DeliveryStatus.PENDING, DeliveryStatus.HELD, DeliveryStatus.RETRYING)
"""From here a claim may be made: no request is under way, and none can have created a message."""


TRIED = frozenset(DeliveryStatus)
"""From here a message is proven to exist: from everywhere, since nothing else is as sure."""


class Proof(msgspec.Struct, frozen=True):
    """A message that exists. Without a `message_sid` it is not known under which. `problem` is the provider's (code, words, remedy)
    where it could not be delivered.
    """

    message_sid: str | None
    message_status: MessageStatus
    segments: int | None = None
    price: str | None = None
    problem: tuple[str | None, str | None, str | None] = (None, None, None)


class Step(msgspec.Struct, frozen=True):
    """What becomes of a Delivery: decided purely, applied by `pipeline.settle` and nowhere else.

    It is taken from one of the states `leaving`, as far as the machine has it; without a `status` the Delivery stays where it is.
    `shows` are the columns that say why. `due` is when the Delivery has its next turn; None: none is needed.
    `follow_at` is when the provider is asked for the first time what became of a message that is its own now. A step that
    `answers` an Attempt, by its number, counts only while that is the last one; any other that is taken under a lease counts
    only while the lease is held. A `proof` always counts, and is merged with what is known of the message. In a `lane` its job waits
    for its sender's pace, until `due` at most; a job that was let go from there `keeps_turn`, or asks its sender again. Of many that
    are due at one time each has its turn a `spread` later.
    """

    delivery_id: str
    leaving: Collection[DeliveryStatus]
    status: DeliveryStatus | None
    due: datetime | None = None
    follow_at: datetime | None = None
    shows: Mapping[str, Any] = msgspec.field(default_factory=dict)
    answers: int | None = None
    proof: Proof | None = None
    lane: str | None = None
    keeps_turn: bool = False
    spread: timedelta = timedelta(0)


MESSAGE_ARRIVED = (MessageStatus.PARTIALLY_DELIVERED, MessageStatus.DELIVERED, MessageStatus.READ)
"""The provider's words for a message that arrived, wholly or in part."""

MESSAGE_FAILED = (MessageStatus.UNDELIVERED, MessageStatus.FAILED)
"""Its words for one that did not, though nobody canceled it."""

WINDOW_CLOSED = "window_closed"
"""In an intent: the provider said that the person's conversation is closed."""

TEMPLATE_AT_HAND = "template_at_hand"
"""In an intent: it was free text, and a template may go in its place where the conversation is closed."""


FORWARD_URL = "forward_url"
"""In an intent: where the provider's own words about the message are passed on."""

RECIPIENT_OPEN = "recipient_open"
"""In an intent: the recipient is whom the text would reach as things are. No plan was to be sent yet, and the next one may find
somebody else.
"""


ASKS_YES = "asks_yes"
"""In an intent: it asks somebody to confirm a yes, whatever mapping its destination asks by since then."""


def lasting(intent: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What of an intent holds for every request of its Delivery; None where nothing does."""
    return {name: True for name in (WINDOW_CLOSED, ASKS_YES) if intent and intent.get(name)} or None


class NewDelivery(msgspec.Struct, frozen=True):
    """A Delivery as it is made: PENDING. One that sends another once more has that one's recipient; `window_closed`: by a template.
    `due`: its first turn is then. `asks_yes`: it asks its recipient to confirm a yes.
    """

    id: str
    space: str
    event_id: str
    source_id: str
    destination_id: str
    mapping_id: str
    person_id: str | None
    channel: Channel | None
    replay_of: str | None = None
    fallback_of: str | None = None
    recipient: str | None = None
    window_closed: bool = False
    due: datetime | None = None
    asks_yes: bool = False

    @property
    def intent(self) -> Mapping[str, Any] | None:
        """What is known of its request before there is one."""
        return lasting({WINDOW_CLOSED: self.window_closed, ASKS_YES: self.asks_yes})

    def stored(self, now: datetime) -> "Delivery":
        """The Delivery as it is read once it was stored at that time."""
        return Delivery(
            id=self.id,
            space=self.space,
            event_id=self.event_id,
            source_id=self.source_id,
            destination_id=self.destination_id,
            mapping_id=self.mapping_id,
            person_id=self.person_id,
            status=DeliveryStatus.PENDING,
            message_status=None,
            reason=None,
            detail=None,
            channel=self.channel,
            recipient=self.recipient,
            country=phones.country_of(self.recipient),
            sender=None,
            message_sid=None,
            error_code=None,
            error_message=None,
            remedy=None,
            attempt_count=0,
            segments=None,
            price=None,
            explanation=(),
            intent=self.intent,
            next_attempt_at=self.due,
            first_attempt_at=None,
            held_at=None,
            rested_seconds=None,
            counted_on=None,
            replay_of=self.replay_of,
            fallback_of=self.fallback_of,
            created_at=now,
            updated_at=now,
        )


NOT_CREATED = "NOT_CREATED"
"""The error code of what is EXPIRED though the provider's list shows that no message was created."""


UNSETTLED = "UNSETTLED"
"""The error code of what is EXPIRED since nobody could learn whether a message was created, and no provider named one."""

RETRIES_EXHAUSTED = "RETRIES_EXHAUSTED"
"""The error code of what is REJECTED after it was tried for as long as it may be, and no provider named one."""


class AttemptOutcome(StrEnum):
    """How one try ended. STARTED is what a killed process leaves behind."""

    STARTED = "STARTED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    THROTTLED = "THROTTLED"
    UNCERTAIN = "UNCERTAIN"


class Waited(NamedTuple):
    """What of its time does not count as the age of a Delivery's event: since `replayed_at` nobody asks for that age, of a replay or a
    test; and for so long it `rested`, in quiet hours.
    """

    replayed_at: datetime | None = None
    rested: timedelta = timedelta(0)


NEVER_WAITED = Waited()


class Delivery(msgspec.Struct, frozen=True):
    """One event x one mapping. It is HELD for its reason since `held_at`; for `rested_seconds` it was in quiet hours before that."""

    id: str
    space: str
    event_id: str
    source_id: str
    destination_id: str
    mapping_id: str
    person_id: str | None
    status: DeliveryStatus
    message_status: MessageStatus | None
    reason: Reason | None
    detail: str | None
    channel: Channel | None
    recipient: str | None
    country: str | None
    sender: str | None
    message_sid: str | None
    error_code: str | None
    error_message: str | None
    remedy: str | None
    attempt_count: int
    segments: int | None
    price: str | None
    explanation: tuple[Mapping[str, Any], ...]
    intent: Mapping[str, Any] | None
    next_attempt_at: datetime | None
    first_attempt_at: datetime | None
    held_at: datetime | None
    rested_seconds: int | None
    counted_on: str | None
    replay_of: str | None
    fallback_of: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def fixed_recipient(self) -> str | None:
        """Whom a plan chose that was to be sent: no later one goes to anybody else. None: there was no such plan."""
        return None if self.intent is not None and RECIPIENT_OPEN in self.intent else self.recipient

    @property
    def is_window_closed(self) -> bool:
        """Whether it is sent because the provider said that the person's conversation is closed."""
        return self.intent is not None and WINDOW_CLOSED in self.intent

    @property
    def asks_yes(self) -> bool:
        """Whether it asks its recipient to confirm a yes: see `pipeline.double_opt_in`."""
        return self.intent is not None and ASKS_YES in self.intent

    @property
    def is_test(self) -> bool:
        """Whether it is a test send: to its recipient alone, whomever the mapping would pick."""
        return self.source_id.startswith(TESTS)

    @property
    def is_stop_confirmation(self) -> bool:
        """Whether it tells a person that their own stop was heard: see `pipeline.stop_confirmations`."""
        return stops.is_one(self.mapping_id)

    @property
    def replayed_at(self) -> datetime | None:
        """When somebody asked for this replay or test, so that its event's age is not asked; None where it is neither."""
        return self.created_at if self.replay_of is not None or self.is_test else None

    def rested(self, now: datetime) -> timedelta:
        """For how long it was in quiet hours, until now."""
        before = timedelta(seconds=self.rested_seconds or 0)
        if not self.is_resting or self.held_at is None:
            return before
        return before + max(now - self.held_at, timedelta(0))

    @property
    def is_resting(self) -> bool:
        """Whether it waits for quiet hours to be over."""
        return self.status is DeliveryStatus.HELD and self.reason is Reason.QUIET_HOURS

    def waited(self, now: datetime) -> Waited:
        """What of its time does not count as age."""
        return Waited(self.replayed_at, self.rested(now))

    @property
    def may_have_been_sent(self) -> bool:
        """Of what is final: whether there is a message, or nobody knows. `storage.replays` asks the database the same."""
        if self.status is DeliveryStatus.EXPIRED:
            return self.attempt_count > 0 and self.reason is None and self.error_code != NOT_CREATED
        return self.status is DeliveryStatus.ACCEPTED


class Attempt(msgspec.Struct, frozen=True):
    """One try of a Delivery: one request that may have left."""

    id: str
    delivery_id: str
    number: int
    started_at: datetime
    duration_ms: int | None
    outcome: AttemptOutcome
    http_status: int | None
    provider_code: str | None
    message: str | None
    request_id: str | None


class StatusCallback(msgspec.Struct, frozen=True):
    """The provider's word as it came."""

    id: str
    delivery_id: str
    received_at: datetime
    status: MessageStatus
    provider_code: str | None
