"""The Segment Spec as values: an event as it is kept, and how it came to be so."""

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace


class EventType(StrEnum):
    """The calls of the Segment Spec."""

    TRACK = "track"
    IDENTIFY = "identify"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"


UNKNOWN_TYPE = "unknown"
"""The type of an event that names none of these; it is INVALID."""


class EventOutcome(StrEnum):
    """What became of an event as a whole; what each mapping made of it is on its Deliveries."""

    ACCEPTED = "ACCEPTED"  # taken, not matched yet
    DUPLICATE = "DUPLICATE"  # another event of the same messageId and person was first
    INVALID = "INVALID"  # kept with its problem, leads to nothing
    UNMATCHED = "UNMATCHED"  # no mapping's trigger is for it
    MATCHED = "MATCHED"  # at least one Delivery


class Doubt(NamedTuple):
    """Something in an event that could not be read, or was not done, though the event itself is kept and matched.

    `code` is a stable name, such as `timestamp_not_read`; `message` says in words what came, what was made of it, and what
    would be right.
    """

    code: str
    message: str


MOST_DOUBTS = 20
"""Of one event, so that no event costs more than that to keep."""


def shown(value: Any, most: int = 80) -> str:
    """What came, as JSON, at most so many characters of it: for the message of a Doubt."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"


class Event(msgspec.Struct, frozen=True):
    """One call of an SDK. `payload` is the whole event, normalised, without its write key.

    A `problem` is why it leads to nothing: its outcome is INVALID. `doubts` are what was not read of one that goes on.
    `timestamp` is Segment's, which mappings read; the three behind it are what counts (`times.Times`).
    `repeats` is the id of the event whose texts it would have sent again.
    """

    id: str
    message_id: str
    type: str
    name: str | None
    user_id: str | None
    anonymous_id: str | None
    timestamp: datetime
    occurred_at: datetime
    earliest: datetime
    latest: datetime
    received_at: datetime
    payload: dict[str, Any]
    imported: bool = False
    problem: str | None = None
    doubts: tuple[Doubt, ...] = ()
    repeats: str | None = None


class StoredEvent(Event, frozen=True, kw_only=True):
    """An event as the ledger shows it."""

    space: str
    source_id: str
    outcome: EventOutcome
    payload_removed_at: datetime | None = None
    """When retention took the payload away; what is left of it is its head, which no mapping may be applied to."""

    @property
    def first_problem(self) -> str | None:
        """Why it is INVALID; of any other, the first thing that could not be read of it."""
        return self.problem or (self.doubts[0].code if self.doubts else None)


class QueuedRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request as it travels the queue: its calls as the client wrote them, and what is wrong with some of them.

    The ids of its events come from its own, so that they are the same however often the events are made of it.
    """

    id: str
    source_id: str
    received_at: datetime
    calls: list[Any]
    problems: dict[int, str] = {}
    kind: str | None = None
    imported: bool = False
    envelope: dict[str, Any] = {}
    places: list[int] = []
    """Of a part of a request: where each of its calls stood in the whole."""
    forwarded: bool = False
    """Whether another collector took its events before, and sent them on."""


class _KeptRequest(QueuedRequest, frozen=True):
    """As it comes out of the queue: each call as the bytes that it is, until it is asked for."""

    calls: list[msgspec.Raw]


def part(request: QueuedRequest, places: Sequence[int]) -> QueuedRequest:
    """Those of its calls alone: their events keep the ids that they have in the whole."""
    return replace(
        request,
        calls=[request.calls[place] for place in places],
        problems={
            at: request.problems[place] for at, place in enumerate(places) if place in request.problems
        },
        places=[request.places[place] if request.places else place for place in places],
    )


PACKED_FROM = 4096
"""Bytes from which a request is packed in the queue: a batch to a tenth, and each page less is written twice less. It takes a
tenth of what checking the batch does.
"""


def encode(request: QueuedRequest) -> bytes:
    """The request as the queue keeps it. A call may be JSON already: `msgspec.Raw`."""
    plain = _encoder.encode(request)
    return plain if len(plain) < PACKED_FROM else zlib.compress(plain, 1)


def decode(payload: bytes) -> QueuedRequest:
    """The request of `encode`, its calls as `msgspec.Raw`."""
    return _decoder.decode(payload if payload.startswith(b"{") else zlib.decompress(payload))


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_KeptRequest)
