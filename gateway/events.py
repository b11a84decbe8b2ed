"""The Segment Spec as values: an event as it is kept, and how it came to be so."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class EventType(StrEnum):
    """The calls of the Segment Spec."""

    TRACK = "track"
    IDENTIFY = "identify"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"


class EventOutcome(StrEnum):
    """What became of an event as a whole; what each mapping made of it is on its Deliveries."""

    ACCEPTED = "ACCEPTED"  # taken, not matched yet
    DUPLICATE = "DUPLICATE"  # its messageId was seen within the last 24 hours
    INVALID = "INVALID"  # kept with its problem, leads to nothing
    UNMATCHED = "UNMATCHED"  # no mapping's trigger is for it
    MATCHED = "MATCHED"  # at least one Delivery


@dataclass(frozen=True, slots=True)
class Event:
    """One call of an SDK. `payload` is the whole event, normalised, without its write key."""

    id: str
    message_id: str
    type: str
    name: str | None
    user_id: str | None
    anonymous_id: str | None
    timestamp: datetime
    received_at: datetime
    payload: dict[str, Any]
    imported: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent(Event):
    """An event as the ledger shows it."""

    space: str = field(kw_only=True)
    source_id: str = field(kw_only=True)
    outcome: EventOutcome = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class TakenRequest:
    """The events of one request, as they travel the queue."""

    source_id: str
    events: list[Event]


def encode(request: TakenRequest) -> bytes:
    """The request as the queue keeps it."""
    return _encoder.encode(request)


def decode(payload: bytes) -> TakenRequest:
    """The request of `encode`."""
    return _decoder.decode(payload)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(TakenRequest)
