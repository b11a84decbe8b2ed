"""How much one request may carry (Segment: 32 KB an event, 500 KB a batch, 2,500 events)."""

import zlib

from gateway.ingest.errors import IngestError

EVENT_BYTES = 32 * 1024
BATCH_BYTES = 500 * 1024
BATCH_EVENTS = 2_500
BODY_SECONDS = 10.0
"""How long a client may take to send its body: SDKs give up after 10 to 15 seconds themselves."""

DEEPEST = 100
"""How many objects and lists may lie in one another: what comes later walks them with the interpreter's own stack."""

_GZIP = 16 + zlib.MAX_WBITS


def too_large() -> IngestError:
    """The body is over the limit of a batch."""
    return IngestError(
        400,
        "request_too_large",
        f"The body is larger than {BATCH_BYTES} bytes. Nothing of it was kept: send fewer events at once.",
    )


def inflate(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed, up to the limit of a batch.

    Raises IngestError 400 for what is no gzip or grows too large, 415 for another encoding.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise IngestError(
            415,
            "unsupported_encoding",
            f"Content-Encoding {encoding[:40]!r} is not known. Send gzip or none.",
        )
    unpack = zlib.decompressobj(_GZIP)
    try:
        data = unpack.decompress(body, BATCH_BYTES + 1)
    except zlib.error as error:
        raise IngestError(
            400, "bad_gzip", f"The body is no gzip ({error}). Nothing of it was kept."
        ) from error
    if len(data) > BATCH_BYTES:
        raise too_large()
    if not unpack.eof or unpack.unused_data:
        what = "has more behind its end" if unpack.eof else "is cut short"
        raise IngestError(400, "bad_gzip", f"The gzip body {what}. Nothing of it was kept: send it again.")
    return data
