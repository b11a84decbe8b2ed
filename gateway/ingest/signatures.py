"""Whether a request was signed with its source's shared secret, as Segment's Webhooks destinations sign: the hex HMAC of the body.

What is signed are the bytes as they came, before a gzip is unpacked: so nothing is unpacked into what nobody signed.
"""

import hmac
import re
import secrets
from collections.abc import Mapping

import msgspec

from gateway.facts.snapshot import Snapshot
from gateway.ingest.call import Call
from gateway.ingest.errors import IngestError
from gateway.workspace import SOURCE_ID, Source

HEADER = b"x-signature"

_HASHES: Mapping[int, str] = {40: "sha1", 64: "sha256"}
"""Which hash has so many hexadecimal digits."""

_WRITTEN = re.compile(rb"(?:(sha1|sha256)=)?([0-9a-f]{40}(?:[0-9a-f]{24})?)", re.IGNORECASE)
_NOBODYS = secrets.token_bytes(32)
"""What is compared with where there is no secret, lest it be seen by the time that takes."""

_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode

_HOW = (
    "`X-Signature` has to be the hex HMAC-SHA1 or HMAC-SHA256 of the body as it is sent, packed or not, made with the `sharedSecret` of "
    "the source"
)
_GIVE_ONE = "A source that has none gets one by `sourceUpdate`; or post to /v1/events with its write key as the user of Basic authentication."


def signer(call: Call, snapshot: Snapshot, source_id: str, body: bytes) -> Source:
    """The source that the path names, which is the call's from now on: whoever has its secret may send for it.

    Raises IngestError 401 alike where there is no such source, where it has no secret, and where the signature is not its own; 403
    where it is disabled.
    """
    source, secret = snapshot.sources.get(source_id), snapshot.shared_secret(source_id)
    call.suspected = source if secret is not None else None
    given = call.headers.get(HEADER)
    if given is None:
        raise IngestError(
            401,
            "not_signed",
            f"This address takes signed requests alone. Nothing was kept: {_HOW} {_shown(source_id)}. {_GIVE_ONE}",
        )
    compared, signed = _NOBODYS if secret is None else secret, call.packed or body
    if not _is_signed(given, compared, signed) or source is None or secret is None:
        _refuse_first_alone(given, compared, signed)
        raise IngestError(
            401,
            "wrong_signature",
            f"The signature does not fit, or there is no such source with a shared secret. Nothing was kept: {_HOW} "
            f"{_shown(source_id)}. {_GIVE_ONE}",
        )
    call.source = source
    if not source.enabled:
        raise IngestError(403, "source_disabled", "The source is disabled. Nothing was kept: enable it.")
    return source


def check(call: Call, secret: bytes, body: bytes) -> None:
    """That a request with a write key is signed as well, since its source has that secret. Raises IngestError 401."""
    given = call.headers.get(HEADER)
    if given is None:
        raise IngestError(
            401,
            "not_signed",
            f"The source has a shared secret, so that its write key alone opens nothing. Nothing was kept: {_HOW}. To take what is not "
            "signed again, clear it by `sourceUpdate`, sharedSecret: null.",
        )
    signed = call.packed or body
    if not _is_signed(given, secret, signed):
        _refuse_first_alone(given, secret, signed)
        raise IngestError(
            401,
            "wrong_signature",
            f"The signature does not fit. Nothing was kept: {_HOW}, and of nothing else.",
        )


def _is_signed(given: bytes, secret: bytes, body: bytes) -> bool:
    """In constant time; which hash it is, is told by its length."""
    written = _WRITTEN.fullmatch(given.strip())
    if written is None:
        return False
    label, digits = written.groups()
    name = _HASHES[len(digits)]
    if label is not None and label.lower().decode() != name:
        return False
    wanted = hmac.digest(secret, body, name).hex().encode()
    return hmac.compare_digest(wanted, digits.lower())


def _refuse_first_alone(given: bytes, secret: bytes, body: bytes) -> None:
    """Segment's Webhooks (Actions) destination signs the first event of a batch alone: anybody could have added the others."""
    try:
        first = next(iter(_decode_list(body)), None)
    except (ValueError, RecursionError):
        return
    if first is not None and _is_signed(given, secret, bytes(first)):
        raise IngestError(
            401,
            "first_event_signed",
            "The signature is of the first event alone, as Segment makes it for batches: of the others nobody knows who sent them. Nothing "
            "was kept: turn batching off in the mapping at Segment (Enable Batching), or send from a Function that signs the whole body.",
        )


def _shown(source_id: str) -> str:
    """The id that the path has, where it looks like one."""
    return f"`{source_id}`" if SOURCE_ID.fullmatch(source_id) else "in the path"
