"""Ids that sort by when they were made, and ids that are the same however often they are made."""

import base64
import hashlib
import random
import re
import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta

_NAMESPACE = uuid.UUID("7a4f5f0e-2d0b-5d0c-9a6e-48656c696f67").bytes


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def new(prefix: str, at: datetime | None = None) -> str:
    """A fresh id such as `src_019aa3...`: 48 bits of milliseconds, then 80 random bits, as UUIDv7 orders them. Of something that has a
    time, `at`, they are that time's; of the random bits the first 20 then are of the clock, so that what came first stays first.
    """
    now = time.time_ns() // 1_000_000
    if at is None:
        return f"{prefix}_{now << 80 | random.getrandbits(80):032x}"
    order = (now & 0xFFFFF) << 60
    return f"{prefix}_{(at - _EPOCH) // _MILLISECOND << 80 | order | random.getrandbits(60):032x}"


_TIMED = re.compile(r"[a-z]+_([0-9a-f]{12})[0-9a-f]{20}")


def made_at(key: str) -> datetime | None:
    """The time that an id of `new` begins with, and those that are made of one; None: it is no such id."""
    found = _TIMED.fullmatch(key)
    return None if found is None else _EPOCH + int(found[1], 16) * _MILLISECOND


def before(prefix: str, at: datetime) -> str:
    """What comes before every id of that time, and behind those of the times before it."""
    return f"{prefix}_{(at - _EPOCH) // _MILLISECOND:012x}"


def delivery(space: str, mapping_id: str, message_id: str, person: str, key: str = "") -> str:
    """The one id of (space, mapping, messageId, userId or anonymousId, replay or test key): a UUIDv5, so that a second try finds
    the first, and so does the same event through another source.
    """
    return _delivery(f"{space}\x1f{mapping_id}\x1f{message_id}\x1f{person}\x1f{key}")


def former_delivery(source_id: str, message_id: str, mapping_id: str, key: str = "") -> str:
    """The id that a Delivery had while its source was part of it. What was sent under it counts as sent."""
    return _delivery(f"{source_id}\x1f{message_id}\x1f{mapping_id}\x1f{key}")


def _delivery(name: str) -> str:
    """`dlv_` and the hexadecimal digits of a UUIDv5 (RFC 9562, 5.5), made without the object: it takes longer than the hash."""
    digits = hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    return f"dlv_{digits[:12]}5{digits[13:16]}{_VARIANT[digits[16]]}{digits[17:32]}"


_VARIANT = {f"{digit:x}": f"{8 | digit & 3:x}" for digit in range(16)}


def secret(prefix: str) -> str:
    """A fresh credential with 192 random bits: a write key or an API token."""
    return f"{prefix}_{secrets.token_urlsafe(24)}"


def signing_secret() -> str:
    """A fresh secret that events are signed with, as Standard Webhooks writes one: 256 random bits."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode('ascii')}"


def digest(credential: str) -> str:
    """What is stored of a credential. It has 192 random bits, so a plain SHA-256 can't be searched."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()
