"""What is kept of a call that can't be kept whole: enough to find it by."""

from typing import Any

import msgspec

from gateway import spec
from gateway.ingest.limits import EVENT_BYTES


class _Head(msgspec.Struct, rename="camel"):
    """What is kept of a call that can't be kept whole, so that it can be found."""

    type: msgspec.Raw = msgspec.Raw()
    user_id: msgspec.Raw = msgspec.Raw()
    anonymous_id: msgspec.Raw = msgspec.Raw()
    message_id: msgspec.Raw = msgspec.Raw()
    event: msgspec.Raw = msgspec.Raw()
    name: msgspec.Raw = msgspec.Raw()
    timestamp: msgspec.Raw = msgspec.Raw()
    original_timestamp: msgspec.Raw = msgspec.Raw()
    sent_at: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder().decode
_decode_head = msgspec.json.Decoder(_Head).decode
_HEAD_FIELDS = [(field.encode_name, field.name) for field in msgspec.structs.fields(_Head)]


def head_of(text: bytes) -> dict[str, Any] | None:
    """Its type, ids, names and times; None of what is no object."""
    try:
        head = _decode_head(text.decode(errors="replace"))
    except ValueError:
        return None  # it is no object
    found = {}
    for name, at in _HEAD_FIELDS:
        value = small(getattr(head, at), EVENT_BYTES)
        if isinstance(value, str):
            value = value[: spec.LONGEST_ID]
        lost = name in spec.IDS and "\ufffd" in str(value)  # half an id is nobody's
        if isinstance(value, str | int | float) and not lost:
            found[name] = value
    return found


def small(raw: msgspec.Raw, longest: int) -> Any:
    """The text or the number that it is; None where it is no such thing, can't be read, or is longer than that."""
    if not 0 < len(raw) <= longest or bytes(raw)[:1] in b"[{":
        return None
    try:
        return _decode(raw)
    except ValueError:
        return None
