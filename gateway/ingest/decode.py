"""From the bytes of a request to its calls, and to what is wrong with some of them.

Events are made of them where they are matched: here every call is read and checked, since that decides the answer, and
goes on as the client wrote it.
"""

import json
import math
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from gateway import ids, spec
from gateway.events import QueuedRequest
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BATCH_EVENTS, DEEPEST, EVENT_BYTES

BATCHES = frozenset({"batch", "import"})
"""The kinds of path that take many calls at once."""


class Body(msgspec.Struct, frozen=True):
    """A body that was read: whose it says it is, its calls, and what is wrong with those that are no events."""

    write_key: Any
    calls: list[Any]
    problems: dict[int, str]
    kind: str
    envelope: dict[str, Any]

    def queued(self, source_id: str, received_at: datetime) -> QueuedRequest:
        """As a request of that source."""
        return QueuedRequest(
            ids.new("req"),
            source_id,
            received_at,
            self.calls,
            self.problems,
            None if self.kind in BATCHES else self.kind,
            self.kind == "import",
            self.envelope,
        )


class _Envelope(msgspec.Struct, rename="camel"):
    """What is read of a batch, each call as the bytes that it is."""

    batch: list[msgspec.Raw]
    write_key: Any = None
    sent_at: Any = None
    context: Any = None
    integrations: Any = None


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=spec.LONGEST_ID)]
_Object = dict[str, Any]


class _Plain(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A call as SDKs make most of them, its types checked while it is decoded. Whatever else it may be is no mistake, but
    has to be looked at by itself.
    """

    type: Literal["track", "identify", "page", "screen"]
    user_id: _Id | None = None
    anonymous_id: _Id | None = None
    message_id: Annotated[str, msgspec.Meta(max_length=spec.LONGEST_MESSAGE_ID)] | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    context: _Object | None = None
    integrations: _Object | None = None
    properties: _Object | None = None
    traits: _Object | None = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    channel: Any = None
    version: Any = None
    metadata: Any = msgspec.field(default=None, name="_metadata")


_decode = msgspec.json.Decoder().decode
_decode_plain = msgspec.json.Decoder(_Plain).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_encode = msgspec.json.Encoder().encode
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def read(body: bytes, kind: str) -> Body:
    """The calls of a body, whatever its Content-Type says: one for the path of a type, those of the batch for `batch`
    and `import`. A bad one has its problem and fails no other.

    Raises IngestError 400 for what is no JSON object, too deep, or has no batch to read.
    """
    if kind not in BATCHES:
        return _single(body, kind)
    return _plain_batch(body, kind) or _any_batch(body, kind)


def _single(body: bytes, kind: str) -> Body:
    if len(body) <= EVENT_BYTES and _is_plain(body, kind):
        return Body(None, [msgspec.Raw(body)], {}, kind, {})
    call, plain = _parsed(body)
    problem = spec.problem_of(call, kind)
    if not plain and _has_no_number(call):
        problem = "number_not_finite"
    if len(body) > EVENT_BYTES:
        problem = "message_rejected"
    return Body(call.pop("writeKey", None), [call], {} if problem is None else {0: problem}, kind, {})


def _is_plain(body: bytes, kind: str) -> bool:
    try:
        call = _decode_plain(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return call.type == kind and _names_all(call) and _flat(body)


def _names_all(call: _Plain) -> bool:
    """Whether a plain call has what its type asks for."""
    user, anonymous = call.user_id, call.anonymous_id
    if user is None and anonymous is None:
        return False
    if (user is not None and user[0] == "\0") or (anonymous is not None and anonymous[0] == "\0"):
        return False  # perhaps there is nothing else in it
    return call.type != "track" or bool(call.event)


def _plain_batch(body: bytes, kind: str) -> Body | None:
    """A batch of plain JSON, its good calls as they came; None for one that has to be looked at as a whole."""
    try:
        body.isascii() or body.decode()
        envelope = _decode_envelope(body)
        calls: list[Any] = list(envelope.batch)
        if not 0 < len(calls) <= BATCH_EVENTS or not _flat(body):
            return None
        problems = {}
        for index in _doubtful(envelope.batch):
            call = calls[index] = _without_key(_decode(calls[index]))
            problem = _problem(call)
            if problem is not None:
                problems[index] = problem
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    shared = {"sentAt": envelope.sent_at, "context": envelope.context, "integrations": envelope.integrations}
    return Body(envelope.write_key, calls, problems, kind, shared)


def _doubtful(raws: list[msgspec.Raw]) -> list[int]:
    """Which calls may be no events, or can't go on as they are."""
    found = []
    for index, raw in enumerate(raws):
        try:
            if len(raw) <= EVENT_BYTES and _names_all(_decode_plain(raw)):
                continue
        except msgspec.ValidationError:
            pass
        found.append(index)
    return found


def _any_batch(body: bytes, kind: str) -> Body:
    parsed, plain = _parsed(body)
    batch = parsed.get("batch")
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
    calls = [_without_key(call) for call in batch]
    found = {index: _problem(call, plain=plain) for index, call in enumerate(calls)}
    problems = {index: problem for index, problem in found.items() if problem is not None}
    shared = {name: parsed.get(name) for name in ("sentAt", "context", "integrations")}
    return Body(parsed.get("writeKey"), calls, problems, kind, shared)


def _problem(call: Any, *, plain: bool = True) -> str | None:
    """What is wrong with one call of a batch."""
    if len(_encode(call)) > EVENT_BYTES:
        return "message_rejected"
    if not plain and _has_no_number(call):
        return "number_not_finite"
    return spec.problem_of(call)


def _without_key(call: Any) -> Any:
    """Of write keys a hash is stored, and no more."""
    if isinstance(call, dict):
        call.pop("writeKey", None)
    return call


def _parsed(body: bytes) -> tuple[dict[str, Any], bool]:
    """The JSON object of a body, and whether it is plain JSON. Raises IngestError 400."""
    try:
        parsed, plain = _decoded(body)
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
    return parsed, plain


def _decoded(body: bytes) -> tuple[Any, bool]:
    try:
        return _decode(body), True
    except msgspec.DecodeError:
        # What SDKs write although it is no JSON: NaN and Infinity (Python), and half of an escaped emoji, which
        # JavaScript leaves after cutting a text: U+FFFD takes its place. Each costs its own event at most.
        return _whole_texts(json.loads(body.decode())), False


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
    if len(brackets) <= DEEPEST:
        return True
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
