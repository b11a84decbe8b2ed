"""From the bytes of a request to its events."""

import json
import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from gateway import spec
from gateway.events import Event
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BATCH_EVENTS, DEEPEST, EVENT_BYTES

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, whatever its Content-Type says. Raises IngestError 400."""
    try:
        parsed = _decoded(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise IngestError(
            400,
            "invalid_json",
            f"The body is no JSON ({str(error)[:120]}). Nothing of it was kept: mend it and send it again.",
        ) from error
    if not isinstance(parsed, dict):
        raise IngestError(400, "invalid_json", "The body must be a JSON object. Nothing of it was kept.")
    if not _flat(body) and _deep(parsed):
        raise IngestError(
            400,
            "too_deep",
            f"More than {DEEPEST} objects and lists lie in one another. Nothing of it was kept.",
        )
    return parsed


def _decoded(body: bytes) -> Any:
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        # What SDKs write although it is no JSON: NaN and Infinity (Python), and half of an escaped emoji, which
        # JavaScript leaves after cutting a text: U+FFFD takes its place. Each costs its own event at most.
        return _whole_texts(json.loads(body.decode()))


def _whole_texts(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case list():
            return [_whole_texts(item) for item in value]
        case dict():
            return {_whole_texts(key): _whole_texts(item) for key, item in value.items()}
    return value


def _has_no_number(value: Any) -> bool:
    """Whether a NaN or an Infinity is in it."""
    match value:
        case float():
            return not math.isfinite(value)
        case list():
            return any(map(_has_no_number, value))
        case dict():
            return any(map(_has_no_number, value.values()))
    return False


def _flat(body: bytes) -> bool:
    """Whether the body is surely not too deep, judged by its brackets alone: innermost pairs are taken out in turn.

    Brackets inside of texts may spoil that; then the values themselves are looked at.
    """
    brackets = body.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        if not brackets:
            return True
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return not brackets


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        insides = (item.values() if isinstance(item, dict) else item for item in level)
        level = [inner for inside in insides for inner in inside if isinstance(inner, dict | list)]
    return bool(level)


def events_of(body: dict[str, Any], size: int, kind: str, received_at: datetime) -> list[Event]:
    """The events of a request: one for the path of a type, those of the batch for `batch` and `import`.

    A bad one carries its problem and fails no other. Raises IngestError 400 where there is no batch to read.
    """
    if kind not in {"batch", "import"}:
        event = spec.event_of(body, received_at=received_at, kind=kind)
        return [_headed(event, "message_rejected") if size > EVENT_BYTES else _checked(event, body)]
    batch = body.get("batch")
    if not isinstance(batch, list):
        raise IngestError(400, "bad_request", "`batch` must be a list of events. Nothing of it was kept.")
    if not batch:
        raise IngestError(400, "empty_batch", "`batch` is empty. There was nothing to keep.")
    if len(batch) > BATCH_EVENTS:
        raise IngestError(
            400,
            "batch_too_long",
            f"`batch` has {len(batch)} events, at most {BATCH_EVENTS} are taken. Nothing of it was kept.",
        )
    found = []
    for raw in batch:
        event = spec.event_of(raw, received_at=received_at, envelope=body, imported=kind == "import")
        large = size > EVENT_BYTES and len(_encoder.encode(raw)) > EVENT_BYTES
        found.append(_headed(event, "message_rejected") if large else _checked(event, raw))
    return found


def _checked(event: Event, raw: Any) -> Event:
    return _headed(event, "number_not_finite") if _has_no_number(raw) else event


def _headed(event: Event, problem: str) -> Event:
    """What can't be kept whole: its head is, so that it can be found."""
    kept = {name: event.payload[name] for name in ("type", "messageId", "timestamp", "receivedAt")}
    return replace(event, payload=kept, problem=problem)
