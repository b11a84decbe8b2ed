"""Ids that sort by when they were made, and ids that are the same however often they are made."""

import hashlib
import random
import secrets
import time
import uuid

_NAMESPACE = uuid.UUID("7a4f5f0e-2d0b-5d0c-9a6e-48656c696f67")


def new(prefix: str) -> str:
    """A fresh id such as `src_019aa3...`: 48 bits of milliseconds, then 80 random bits, as UUIDv7 orders them."""
    return f"{prefix}_{time.time_ns() // 1_000_000 << 80 | random.getrandbits(80):032x}"


def delivery(space: str, mapping_id: str, message_id: str, person: str, key: str = "") -> str:
    """The one id of (space, mapping, messageId, userId or anonymousId, replay or test key): a UUIDv5, so that a second try finds
    the first, and so does the same event through another source.
    """
    name = f"{space}\x1f{mapping_id}\x1f{message_id}\x1f{person}\x1f{key}"
    return f"dlv_{uuid.uuid5(_NAMESPACE, name).hex}"


def former_delivery(source_id: str, message_id: str, mapping_id: str, key: str = "") -> str:
    """The id that a Delivery had while its source was part of it. What was sent under it counts as sent."""
    name = f"{source_id}\x1f{message_id}\x1f{mapping_id}\x1f{key}"
    return f"dlv_{uuid.uuid5(_NAMESPACE, name).hex}"


def secret(prefix: str) -> str:
    """A fresh credential with 192 random bits: a write key or an API token."""
    return f"{prefix}_{secrets.token_urlsafe(24)}"


def digest(credential: str) -> str:
    """What is stored of a credential. It has 192 random bits, so a plain SHA-256 can't be searched."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()
