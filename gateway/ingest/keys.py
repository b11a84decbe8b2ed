"""Whose write key a request carries. Every SDK takes 401, 403 and 404 as final."""

import base64
import binascii
from datetime import datetime
from functools import lru_cache
from typing import Any

from gateway import ids
from gateway.facts.snapshot import Snapshot
from gateway.ingest.call import Call
from gateway.ingest.errors import IngestError
from gateway.workspace import Source, SourceTrust

KEPT = 1024
LONGEST_KEPT = 256
"""How many Authorization headers, and how long ones, are remembered with what they hold: an SDK sends the same one with every
request, and taking it apart again was a tenth of the work.
"""


def basic_key(authorization: bytes | None) -> tuple[bool, str | None]:
    """Whether that is Basic authentication, and the digest of its user; None where it has none. SDKs with OAuth send
    Bearer, and the key in the body.
    """
    if authorization is None:
        return False, None
    return _remembered(authorization) if len(authorization) <= LONGEST_KEPT else _basic_key(authorization)


def _basic_key(authorization: bytes) -> tuple[bool, str | None]:
    scheme, _, credential = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return False, None
    try:
        user = base64.b64decode(credential.strip(), validate=True).partition(b":")[0].decode()
    except (binascii.Error, UnicodeDecodeError):
        return True, None
    return True, body_key(user)


_remembered = lru_cache(KEPT)(_basic_key)


def body_key(key: Any) -> str | None:
    """The digest of a write key as a body names it; None where it names none."""
    return ids.digest(key) if isinstance(key, str) and key else None


def identify(call: Call, snapshot: Snapshot, key_hash: str | None, now: datetime) -> Source:
    """The source of the write key with that digest, which is the call's from now on. Raises IngestError 401 or 403."""
    if key_hash is None:
        raise IngestError(
            401,
            "no_write_key",
            "No write key was sent. Nothing was kept: use it as the user of Basic authentication, or as `writeKey`.",
        )
    source = call.source = snapshot.source_of(key_hash, now)
    if source is None:
        raise IngestError(
            401,
            "unknown_write_key",
            "The write key is not known. Nothing was kept: take the key that sourceCreate showed.",
        )
    if not source.enabled:
        raise IngestError(403, "source_disabled", "The source is disabled. Nothing was kept: enable it.")
    return source


def identify_by_path(call: Call, snapshot: Snapshot, key: str, now: datetime) -> Source:
    """The source of a write key that stands in the path, where it allows that. Raises IngestError 401 or 403."""
    source = identify(call, snapshot, ids.digest(key), now)
    if not source.path_key_allowed:
        raise IngestError(
            403,
            "path_key_not_allowed",
            "The write key stands in the path, where proxies log it, and its source does not allow that. Nothing was kept: send the key as "
            "the user of Basic authentication to /v1/events and rotate it by `sourceKeyRotate`, or allow it by `sourceUpdate`, "
            "pathKeyAllowed: true.",
        )
    return source


def identify_page(call: Call, snapshot: Snapshot, key: str, now: datetime) -> Source:
    """The BROWSER source whose settings are asked for. Raises IngestError 403 or 404."""
    source = call.source = snapshot.source_of(ids.digest(key), now)
    if source is None:
        raise IngestError(
            404,
            "unknown_write_key",
            "There is no source with this write key: take the key that sourceCreate showed.",
        )
    if source.trust is SourceTrust.SERVER:
        raise IngestError(
            403,
            "server_key",
            "This write key is of a SERVER source, and in a page everyone can read it. Make a source with the trust "
            "BROWSER and put its key into the page; rotate this one where it was published.",
        )
    if not source.enabled:
        raise IngestError(
            403, "source_disabled", "The source is disabled: enable it, and load the page again."
        )
    return source
