"""The Segment Spec: from a client's JSON to an Event, or to the reason why it is none.

The reasons are the names Segment's own delivery page uses (`no_user_anon_id`, `event_not_defined`, ...); those that it has
no word for are ours (`id_too_long`, `too_deep`, `not_utf8`, ...).
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from gateway import events, ids
from gateway.events import UNKNOWN_TYPE, Doubt, Event, EventType, QueuedRequest, shown
from gateway.nobody import is_nobody
from gateway.times import times_of, times_of_forwarded
from mappings.text import number_text

LONGEST_MESSAGE_ID = 100
LONGEST_ID = 512
"""Of userId, anonymousId, groupId and previousId, in characters: ours, so that every id fits an index."""

_TYPES = frozenset(kind.value for kind in EventType)
_PEOPLE = ("userId", "anonymousId", "previousId")
_TYING_IDS = ("userId", "anonymousId", "previousId", "groupId")
IDS = (*_TYING_IDS, "messageId")
_OBJECTS = ("context", "integrations")
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "track": ("event",),
    "page": ("name", "category"),
    "screen": ("name", "category"),
}
FORWARDED_INTEGRATIONS = "forwardedIntegrations"
"""Where the `integrations` of a forwarded event are kept: they are about the destinations of whoever sent it on, and lead nowhere here."""

_DROPPED = ("writeKey", "_metadata", "options", "receivedAt", "originalTimestamp")

REASONS: Mapping[str, str] = {
    "bad_request": "The event is no JSON object, or its type is none of track, identify, page, screen, group, alias.",
    "no_user_anon_id": "Neither userId nor anonymousId is given; at least one is needed, and such as `undefined`, `null` or `0` are nobody's.",
    "id_not_string": "An id is not a text.",
    "id_too_long": f"userId, anonymousId, groupId and previousId must have at most {LONGEST_ID} characters.",
    "id_required": "groupId (group), or userId and previousId (alias), are needed.",
    "event_not_defined": "A track call needs `event`, the event's name.",
    "event_not_string": "`event` must be a text.",
    "name_not_string": "`name` must be a text.",
    "category_not_string": "`category` must be a text.",
    "properties_not_object": "`properties` must be an object.",
    "traits_not_object": "`traits` must be an object.",
    "context_not_object": "`context` must be an object.",
    "integrations_not_object": "`integrations` must be an object.",
    "message_id_too_long": f"`messageId` must have at most {LONGEST_MESSAGE_ID} characters.",
    "message_id_reused": "Its source sent another event under the same messageId within 24 hours: of another user, type or name. Send "
    "it again under an id of its own.",
    "number_not_finite": "A number is NaN or infinite, which JSON does not have.",
    "number_too_long": "A number has more than 4,300 digits.",
    "not_utf8": "A text is not UTF-8.",
    "too_deep": "More than 128 objects and lists lie in one another.",
    "internal_error": "The gateway failed on it; its log has the cause. Send it again.",
    "message_rejected": "The event is larger than 32 KB.",
}

HEAD_ALONE = frozenset({"message_rejected", "number_not_finite", "number_too_long", "not_utf8", "too_deep"})
"""The reasons for which only the head of an event is kept: enough to find it by."""


def event_of(
    raw: Any,
    *,
    received_at: datetime,
    kind: str | None = None,
    envelope: Mapping[str, Any] | None = None,
    imported: bool = False,
) -> Event:
    """The event that a client's JSON is. What is wrong with it is its `problem`, one of REASONS; it is kept all the same.

    `kind` is the type its path implies. Of the `envelope` of a batch, `context` and `integrations` lie under the
    event's own, and `sentAt` corrects the client's clock (`times.times_of`).
    """
    return _made(
        raw,
        event_id=ids.new("evt", received_at),
        received_at=received_at,
        kind=kind,
        envelope=envelope or {},
        imported=imported,
        problem=problem_of(raw, kind),
    )


@dataclass(frozen=True, slots=True)
class TakenRequest:
    """The events of a request that the queue kept: the same ones whenever they are asked for, and made only then. All of
    them at once may be a hundred times what came.
    """

    _request: QueuedRequest

    @property
    def source_id(self) -> str:
        return self._request.source_id

    def __len__(self) -> int:
        return len(self._request.calls)

    def __iter__(self) -> Iterator[Event]:
        return (event_at(self._request, index) for index in range(len(self)))

    def part(self, start: int, most: int, size: int) -> tuple[list[Event], int]:
        """So many of them at most, and one at least, from so much JSON; and how much of that is left."""
        shared = len(msgspec.json.encode(self._request.envelope))
        found: list[Event] = []
        for index in range(start, min(start + most, len(self))):
            size -= shared + len(self._request.calls[index])
            if found and size < 0:
                break
            found.append(event_at(self._request, index))
        return found, size


def taken(payload: bytes) -> TakenRequest:
    """The request that the queue kept."""
    return TakenRequest(events.decode(payload))


def message_id_at(request: QueuedRequest, index: int) -> str:
    """The messageId of one event of a request, without the rest of it."""
    call = _call_at(request, index)
    return _message_id(call.get("messageId") if isinstance(call, dict) else None, _event_id(request, index))


def event_at(request: QueuedRequest, index: int) -> Event:
    """One event of a request. Of one that can't be kept whole, its head is, so that it can be found."""
    problem = request.problems.get(index)
    made = _made(
        _call_at(request, index),
        event_id=_event_id(request, index),
        received_at=request.received_at,
        kind=request.kind,
        envelope=request.envelope,
        imported=request.imported,
        problem=problem,
        forwarded=request.forwarded,
    )
    if problem not in HEAD_ALONE:
        return made
    kept = {name: made.payload[name] for name in ("type", "messageId", "timestamp", "receivedAt")}
    return replace(made, payload=kept)


def _call_at(request: QueuedRequest, index: int) -> Any:
    call = request.calls[index]
    return msgspec.json.decode(call) if isinstance(call, msgspec.Raw) else call


def _event_id(request: QueuedRequest, index: int) -> str:
    """As `ids.new` has it, and in the order of the calls."""
    place = request.places[index] if request.places else index
    return f"evt_{request.id[-32:-4]}{place:04x}"


class _Named(msgspec.Struct, rename="camel"):
    """What is read of a call, to see whom it names."""

    user_id: msgspec.Raw = msgspec.Raw()
    anonymous_id: msgspec.Raw = msgspec.Raw()
    previous_id: msgspec.Raw = msgspec.Raw()


_decode_named = msgspec.json.Decoder(_Named).decode


def people_at(request: QueuedRequest, index: int) -> list[str]:
    """The ids of people that one event of a request names, as its Event would have them. Those of what is no object are none."""
    call = request.calls[index]
    if isinstance(call, msgspec.Raw):
        try:
            named = _decode_named(call)
        except (msgspec.DecodeError, RecursionError):
            return []
        given = [_decoded(raw) for raw in (named.user_id, named.anonymous_id, named.previous_id)]
    else:
        given = [call.get(name) for name in _PEOPLE] if isinstance(call, dict) else []
    found = (_text_or_none(_id(one, name)) for one, name in zip(given, _PEOPLE, strict=False))
    return [one for one in found if one is not None]


def _decoded(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw) if bytes(raw) else None
    except (ValueError, RecursionError):
        return None


def _message_id(given: Any, event_id: str) -> str:
    """The client's, or one of ours where that can't be used."""
    text = _id(given, "messageId")
    if isinstance(text, str) and 0 < len(text) <= LONGEST_MESSAGE_ID:
        return text
    return f"heliograph-{uuid.UUID(event_id.rpartition('_')[2])}"


def _made(
    raw: Any,
    *,
    event_id: str,
    received_at: datetime,
    kind: str | None,
    envelope: Mapping[str, Any],
    imported: bool,
    problem: str | None,
    forwarded: bool = False,
) -> Event:
    given: dict[str, Any] = raw if isinstance(raw, dict) else {}
    payload = dict(given)
    for name in _DROPPED:
        payload.pop(name, None)
    event_type = kind or given.get("type")
    known_type = event_type if isinstance(event_type, str) and event_type in _TYPES else None
    payload["type"] = event_type
    doubts = []
    for name in IDS:
        if name in payload:
            payload[name] = _id(payload[name], name)
            if payload[name] is None:
                del payload[name]
                if given[name] is not None and given[name] != "":
                    doubts.append(_of_nobody(name, given[name]))
    for name in _OBJECTS:
        own, shared = given.get(name), envelope.get(name)
        payload[name] = {
            **(shared if isinstance(shared, dict) else {}),
            **(own if isinstance(own, dict) else {}),
        }
    if known_type == EventType.IDENTIFY:
        _lift_traits(payload)
    if forwarded and payload["integrations"]:
        payload[FORWARDED_INTEGRATIONS], payload["integrations"] = payload["integrations"], {}
    message_id = payload["messageId"] = _message_id(given.get("messageId"), event_id)
    times = times_of_forwarded(given, received_at) if forwarded else times_of(given, envelope, received_at)
    if times.unread is not None:
        doubts.append(_unread_time(times.unread))
    payload |= {
        "timestamp": iso(times.timestamp),
        "originalTimestamp": iso(times.original),
        "receivedAt": iso(received_at),
    }
    title = payload.get("event" if known_type == EventType.TRACK else "name")
    return Event(
        id=event_id,
        message_id=message_id,
        type=known_type or UNKNOWN_TYPE,
        name=title.replace("\x00", "") if isinstance(title, str) else None,
        user_id=_text_or_none(payload.get("userId")),
        anonymous_id=_text_or_none(payload.get("anonymousId")),
        timestamp=times.timestamp,
        occurred_at=times.occurred_at,
        earliest=times.earliest,
        latest=times.latest,
        received_at=received_at,
        payload=payload,
        imported=imported,
        problem=problem,
        doubts=tuple(doubts),
    )


def _of_nobody(name: str, came: Any) -> Doubt:
    message = f"{name} came as {shown(came)}, which is nobody's id: it counts as absent. Leave it out where it is not known."
    return Doubt("id_of_nobody", message)


def _unread_time(came: Any) -> Doubt:
    message = (
        f"The timestamp came as {shown(came)}, which is no time: the event is kept and sends nothing, and nothing that it says "
        "replaces what is known, but for a no. Write it as 2026-11-21T12:00:00Z."
    )
    return Doubt("timestamp_not_read", message)


def _lift_traits(payload: dict[str, Any]) -> None:
    """rudder-sdk-python puts the traits of an identify into its context alone; what the event's own traits say stands."""
    below, own = payload["context"].get("traits"), payload.get("traits")
    if isinstance(below, dict) and below and (own is None or isinstance(own, dict)):
        payload["traits"] = {**below, **(own or {})}


def problem_of(raw: Any, kind: str | None = None) -> str | None:
    """What is wrong with a call, one of REASONS; None where nothing is. `kind` is the type its path implies."""
    if not isinstance(raw, dict):
        return "bad_request"
    given = raw.get
    event_type = kind or given("type")
    if not isinstance(event_type, str) or event_type not in _TYPES:
        return "bad_request"
    for name in _OBJECTS:
        value = given(name)
        if value is not None and not isinstance(value, dict):
            return f"{name}_not_object"
    return _id_problem(raw) or _missing(raw, event_type) or _shape_problem(raw, event_type)


def _id_problem(raw: Mapping[str, Any]) -> str | None:
    for name in IDS:
        value = raw.get(name)
        if value is None or (type(value) is str and len(value) <= LONGEST_MESSAGE_ID):
            continue  # as nearly all are
        text = _id(value, name)
        if text is None:
            continue
        if not isinstance(text, str):
            return "id_not_string"
        if name == "messageId":
            if len(text) > LONGEST_MESSAGE_ID:
                return "message_id_too_long"
        elif len(text) > LONGEST_ID:
            return "id_too_long"
    return None


def _missing(raw: Mapping[str, Any], event_type: str) -> str | None:
    given = raw.get
    user = _id(given("userId"), "userId")
    if user is None and _id(given("anonymousId"), "anonymousId") is None:
        return "no_user_anon_id"
    if event_type == "track":
        return "event_not_defined" if given("event") in (None, "") else None
    if event_type == "group" and _id(given("groupId"), "groupId") is None:
        return "id_required"
    if event_type == "alias" and (user is None or _id(given("previousId"), "previousId") is None):
        return "id_required"
    return None


def _shape_problem(raw: Mapping[str, Any], event_type: str) -> str | None:
    for name in _TEXTS.get(event_type, ()):
        value = raw.get(name)
        if value is not None and not isinstance(value, str):
            return f"{name}_not_string"
    for name in ("properties", "traits"):
        value = raw.get(name)
        if value is not None and not isinstance(value, dict):
            return f"{name}_not_object"
    return None


def _id(value: Any, name: str) -> Any:
    """An id as a text: SDKs turn numbers into texts, so numbers are taken. None where it is absent: null, or nobody's. A
    messageId is nobody's, and is whatever it is.
    """
    if isinstance(value, str):
        text = value.replace("\x00", "")
    elif isinstance(value, bool) and name != "messageId":
        return None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        text = number_text(value)
    else:
        return value
    return None if name != "messageId" and is_nobody(text) else text


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


@lru_cache(maxsize=1024)  # the events of a request are all received at one time
def iso(time: datetime) -> str:
    """A UTC time as Segment writes it: milliseconds and Z."""
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return f"{utc.isoformat(timespec='milliseconds')[:23]}Z"
