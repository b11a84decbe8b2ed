"""From the bytes of a request to its calls, and to what is wrong with some of them.

Events are made of them where they are matched: here every call is read and checked, since that decides the answer, and
goes on as the client wrote it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec.structs import replace

from gateway import ids, spec
from gateway.events import QueuedRequest
from gateway.ingest import json_text
from gateway.ingest.errors import IngestError
from gateway.ingest.heads import head_of, small
from gateway.ingest.limits import BATCH_EVENTS, DEEPEST, EVENT_BYTES, SPREAD_BYTES
from gateway.ingest.paths import FORWARDED
from gateway.nobody import is_nobody

T = TypeVar("T")

BATCHES = frozenset({"batch", "import"})
"""The kinds of path that take many calls at once."""

BOM = b"\xef\xbb\xbf"
"""What some editors and .NET put in front of UTF-8."""

_BLANKS = b" \t\r\n"
_LONGEST_KEY = 1024
_TOGETHER = 16
"""So many calls have their brackets counted together: few calls have more than DEEPEST, and each by itself takes longer."""


class Body(msgspec.Struct, frozen=True):
    """A body that was read: its calls, and what is wrong with those that are no events."""

    calls: list[Any]
    problems: dict[int, str]
    kind: str
    envelope: dict[str, Any]
    forwarded: bool = False

    @property
    def single(self) -> bool:
        """Whether it is one call, which is answered for by itself."""
        return self.kind not in BATCHES

    def queued(self, source_id: str, received_at: datetime) -> QueuedRequest:
        """As a request of that source."""
        return QueuedRequest(
            ids.new("req", received_at),  # the events have their ids of it, by which their days are found
            source_id,
            received_at,
            self.calls,
            self.problems,
            None if self.forwarded or self.kind in BATCHES else self.kind,
            self.kind == "import",
            self.envelope,
            forwarded=self.forwarded,
        )


class _Keyed(msgspec.Struct, rename="camel"):
    """What is read of a body before it is known whose it is."""

    write_key: msgspec.Raw = msgspec.Raw()


class _Single(_Keyed, rename="camel"):
    """What is read of one call, to see whether it is a batch in its place."""

    batch: msgspec.Raw = msgspec.Raw()
    user_id: msgspec.Raw = msgspec.Raw()
    anonymous_id: msgspec.Raw = msgspec.Raw()


class _Envelope(msgspec.Struct, rename="camel"):
    """What is read of a batch, each call as the bytes that it is."""

    batch: list[msgspec.Raw]
    sent_at: msgspec.Raw = msgspec.Raw()
    context: msgspec.Raw = msgspec.Raw()
    integrations: msgspec.Raw = msgspec.Raw()


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
_decode_raw = msgspec.json.Decoder(msgspec.Raw).decode
_decode_plain = msgspec.json.Decoder(_Plain).decode
_decode_keyed = msgspec.json.Decoder(_Keyed).decode
_decode_single = msgspec.json.Decoder(_Single).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def write_key(body: bytes, kind: str) -> Any:
    """The write key that a body names. Nothing else of it is read: so much is done for anybody.

    Raises IngestError 400 for what is no JSON object; a list of events, where a path takes one, names none.
    """
    body = body.removeprefix(BOM)
    if kind == FORWARDED and _is_list(body):
        return None
    raw = _opened(_decode_keyed, body)[0].write_key
    return small(raw, _LONGEST_KEY)


def read(body: bytes, kind: str) -> Body:
    """The calls of a body, whatever its Content-Type says: one for the path of a type, those of the batch for `batch`
    and `import`; what is forwarded may be one, a batch, or a list of them. A bad one has its problem and fails no other.

    Raises IngestError 400 for what is no JSON object, or has no batch that can be read.
    """
    body = body.removeprefix(BOM)
    if kind == FORWARDED:
        return _forwarded(body)
    return _batch(body, *_opened(_decode_envelope, body), kind) if kind in BATCHES else _single(body, kind)


def _forwarded(body: bytes) -> Body:
    """What a forwarder sends, read as what it is: a call that names its type, a batch, or a list that might be one's."""
    if _is_plain(body):
        return Body([msgspec.Raw(body)], {}, FORWARDED, {}, forwarded=True)
    if _is_list(body):
        calls, text = _opened(_decode_list, body)
        return replace(_batch(body, _Envelope(calls), text, "batch"), forwarded=True)
    one, text = _opened(_decode_single, body)
    if _is_batch(one):
        return replace(_batch(body, *_opened(_decode_envelope, body), "batch"), forwarded=True)
    call, problem = _looked_at(text, EVENT_BYTES)
    return Body([call], {} if problem is None else {0: problem}, FORWARDED, {}, forwarded=True)


def _is_list(body: bytes) -> bool:
    return body.lstrip(_BLANKS)[:1] == b"["


def _is_batch(one: _Single) -> bool:
    """Whether that is a batch in the place of a call: a call may have a field of that name."""
    nameless = all(bytes(value) in (b"", b"null") for value in (one.user_id, one.anonymous_id))
    return bytes(one.batch)[:1] == b"[" and nameless


def _single(body: bytes, kind: str) -> Body:
    if _is_plain(body, kind):
        return Body([msgspec.Raw(body)], {}, kind, {})
    one, text = _opened(_decode_single, body)
    if _is_batch(one):
        raise IngestError(
            400,
            "batch_not_here",
            f"The body is a batch, and /v1/{kind} takes one call. Nothing of it was kept: post it to /v1/batch.",
        )
    call, problem = _looked_at(text, EVENT_BYTES, kind)
    return Body([call], {} if problem is None else {0: problem}, kind, {})


def _is_plain(body: bytes, kind: str | None = None) -> bool:
    """Whether that is a call as SDKs make most of them, of that type or, without one, of the type that it names."""
    if len(body) > EVENT_BYTES:
        return False
    try:
        call = _decode_plain(body)
    except (ValueError, RecursionError):
        return False
    return kind in (None, call.type) and _names_all(call) and json_text.openings(body) <= DEEPEST


def _names_all(call: _Plain) -> bool:
    """Whether a plain call has what its type asks for."""
    user, anonymous = call.user_id, call.anonymous_id
    if (user is None or is_nobody(user)) and (anonymous is None or is_nobody(anonymous)):
        return False
    if (user is not None and "\0" in user) or (anonymous is not None and "\0" in anonymous):
        return False  # perhaps nobody's is left of it
    return call.type != "track" or bool(call.event)


def _batch(body: bytes, envelope: _Envelope, text: bytes, kind: str) -> Body:
    raws = envelope.batch
    if not raws:
        raise IngestError(400, "empty_batch", "The batch is empty. There was nothing to keep.")
    if len(raws) > BATCH_EVENTS:
        raise IngestError(
            400,
            "batch_too_long",
            f"The batch has {len(raws)} events, at most {BATCH_EVENTS} are taken. Nothing of it was kept.",
        )
    shared = {
        "sentAt": small(envelope.sent_at, spec.LONGEST_ID),
        "context": _shared("context", envelope.context),
        "integrations": _shared("integrations", envelope.integrations),
    }
    # Each of its events gets them, and is as much larger.
    spread = sum(len(part) for part in (envelope.context, envelope.integrations) if part != b"null")
    room = EVENT_BYTES - spread
    calls: list[Any] = list(raws)
    problems: dict[int, str] = {}
    for index in range(len(raws)) if text is not body else _doubtful(raws, room):
        calls[index], problem = _looked_at(bytes(raws[index]), room)
        if problem is not None:
            problems[index] = problem
    whole = len(calls) - sum(problem in spec.HEAD_ALONE for problem in problems.values())
    if spread * whole > SPREAD_BYTES:
        raise IngestError(
            400,
            "envelope_too_large",
            f"`context` and `integrations` of the batch are part of each of its {whole} events, which makes more than "
            f"{SPREAD_BYTES} bytes. Nothing of it was kept: send fewer events at once, or smaller ones of both.",
        )
    return Body(calls, problems, kind, shared)


def _doubtful(raws: list[msgspec.Raw], room: int) -> list[int]:
    """Which calls may be no events, or can't go on as they are."""
    crowded = _crowded(raws)
    found = []
    for index, raw in enumerate(raws):
        try:
            if len(raw) <= room and index not in crowded and _names_all(_decode_plain(raw)):
                continue
        except ValueError:  # msgspec's own among them
            pass
        found.append(index)
    return found


def _crowded(raws: list[msgspec.Raw]) -> set[int]:
    """Which calls have so many brackets that they may be too deep."""
    found: set[int] = set()
    for at in range(0, len(raws), _TOGETHER):
        some = raws[at : at + _TOGETHER]
        if json_text.openings(b"".join(some)) > DEEPEST:
            found.update(
                index for index, raw in enumerate(some, at) if json_text.openings(bytes(raw)) > DEEPEST
            )
    return found


def _shared(name: str, raw: msgspec.Raw) -> Any:
    """What the events of a batch share under that name."""
    text = bytes(raw)
    if not text:
        return None
    if _is_deep(text, DEEPEST - 1):
        raise IngestError(
            400, "too_deep", f"`{name}`: {spec.REASONS['too_deep']} Nothing of the batch was kept."
        )
    try:
        return _decode(text)
    except ValueError as error:
        raise IngestError(
            400,
            "invalid_json",
            f"`{name}` of the batch can't be read ({str(error)[:120]}). Nothing of it was kept: mend it and send it again.",
        ) from error


def _looked_at(text: bytes, room: int, kind: str | None = None) -> tuple[Any, str | None]:
    """One call by itself, as it goes on, and what is wrong with it. Of one that can't be kept whole its head goes on."""
    call, problem = _value(text, room)
    if problem is not None:
        return head_of(text), problem
    if not isinstance(call, dict):
        return call, "bad_request"
    call.pop("writeKey", None)  # of write keys a hash is stored, and no more
    if json_text.MENDED in text and _has_broken_id(call):
        return call, "id_not_string"
    return call, spec.problem_of(call, kind)


def _value(text: bytes, room: int) -> tuple[Any, str | None]:
    """What the JSON of a call is; or why it is not worth making, or nothing that can be kept."""
    if len(text) > room and json_text.length(text, room) > room:
        return None, "message_rejected"
    if _is_deep(text, DEEPEST):
        return None, "too_deep"
    try:
        return _decode(text), None
    except msgspec.ValidationError as error:  # asked for nothing, it minds numbers out of their range alone
        return None, "number_too_long" if "Integer" in str(error) else "number_not_finite"
    except ValueError:
        return None, "not_utf8"


def _is_deep(text: bytes, deepest: int) -> bool:
    return json_text.openings(text) > deepest and json_text.levels(text) > deepest


def _has_broken_id(call: dict[str, Any]) -> bool:
    """Whether a part of an id is lost. Of two such messageIds nobody can say whether they were the same."""
    broken = [name for name in spec.IDS if isinstance(call.get(name), str) and "\ufffd" in call[name]]
    if "messageId" in broken:
        del call["messageId"]
    return bool(broken)


def _opened(decode: Callable[[bytes], T], body: bytes) -> tuple[T, bytes]:
    """The outermost of a body, and the text that it was read in: with what is no JSON mended, where that is all.

    Raises IngestError 400.
    """
    text = body
    try:
        try:
            return decode(body), body
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            text = json_text.mended(body)
            return decode(text), text
    except msgspec.ValidationError:
        raise _misshapen(text) from None
    except (ValueError, RecursionError) as error:
        raise _no_json(error) from error


def _misshapen(text: bytes) -> IngestError:
    """Why JSON is no body. A shape is refused at its first byte: there may be no JSON behind it."""
    try:
        first = bytes(_decode_raw(text))[:1]
    except (ValueError, RecursionError) as error:
        return _no_json(error)
    if first != b"{":
        return IngestError(400, "invalid_json", "The body must be a JSON object. Nothing of it was kept.")
    return IngestError(400, "bad_request", "`batch` must be a list of events. Nothing of it was kept.")


def _no_json(error: Exception) -> IngestError:
    return IngestError(
        400,
        "invalid_json",
        f"The body is no JSON ({str(error)[:120]}). Nothing of it was kept: mend it and send it again.",
    )
