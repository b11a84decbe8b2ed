"""The /v1 API as a plain ASGI app: nothing between the socket and the queue that is not needed."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec

from gateway import events, ids, logging, metrics, spec
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import TakenRequest
from gateway.ingest.decode import events_of, parse
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BATCH_BYTES, BODY_SECONDS, inflate, too_large
from gateway.pipeline.core import Pipeline
from gateway.queue.base import JobKind, NewJob
from gateway.workspace import Source

KINDS: Mapping[str, str] = {
    **{kind: kind for kind in ("identify", "track", "page", "screen", "group", "alias", "batch", "import")},
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": "batch",
}
"""Paths below /v1, with the short spellings of analytics.js."""

_log = logging.get("ingest")
_SUCCESS = b'{"success":true}'


class IngestApp:
    """Takes events: what it answers with 200 is on disk."""

    def __init__(self, pipeline: Pipeline, body_seconds: float = BODY_SECONDS) -> None:
        self._pipeline = pipeline
        self._body_seconds = body_seconds

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            status, body = 200, await self._take(scope, receive)
            headers = []
        except IngestError as error:
            metrics.REQUESTS_REFUSED.labels(error.code).inc()
            status = error.status
            body = msgspec.json.encode({"success": False, "code": error.code, "message": error.message})
            headers = (
                [(b"retry-after", str(error.retry_after).encode())] if error.retry_after is not None else []
            )
            headers += [(b"allow", b"POST")] if status == 405 else []  # noqa: PLR2004  RFC 9110 asks for it
        except (StoreBusy, StoreUnavailable) as error:
            _log.error("Events were not taken", error=str(error))
            status, headers = 503, [(b"retry-after", b"1")]
            body = msgspec.json.encode({"success": False, "code": "store_unavailable", "message": str(error)})
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    *headers,
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _take(self, scope: Any, receive: Any) -> bytes:
        segments = [part for part in scope["path"].split("/") if part]
        kind = KINDS.get(segments[1]) if len(segments) == 2 and segments[0] == "v1" else None  # noqa: PLR2004  v1, kind
        if kind is None:
            raise IngestError(
                404, "not_found", "There is no such path. Post to /v1/batch, /v1/track, /v1/identify, ..."
            )
        if scope["method"] != "POST":
            raise IngestError(405, "method_not_allowed", "Events are sent with POST.")
        headers = dict(scope["headers"])
        scheme, _, credential = headers.get(b"authorization", b"").partition(b" ")
        # A stranger's body is not even read.
        source = await self._source(_basic_user(credential)) if scheme.lower() == b"basic" else None
        received_at = self._pipeline.clock.now()
        body = inflate(
            await _body(receive, self._body_seconds),
            headers.get(b"content-encoding", b"").decode("latin-1").strip().lower(),
        )
        parsed = parse(body)
        source = source or await self._source(parsed.get("writeKey"))
        taken = events_of(parsed, len(body), kind, received_at)
        payload = events.encode(TakenRequest(source.id, taken))
        job = NewJob(JobKind.MATCH, payload, source.id)
        queue = self._pipeline.queue
        await self._pipeline.store.write(
            lambda c: queue.enqueue(c, [job], received_at), bounded=True, size=len(payload)
        )
        self._pipeline.wakeups.ring(JobKind.MATCH)
        return _answer(taken, single=kind not in {"batch", "import"})

    async def _source(self, key: Any) -> Source:
        """Whose key it is: that of Basic authentication, else the body's (SDKs with OAuth send Bearer and the body's).

        Every SDK takes 401 and 403 as final.
        """
        if not isinstance(key, str) or not key:
            raise IngestError(
                401,
                "no_write_key",
                "No write key was sent. Use it as the user of Basic authentication, or as `writeKey`.",
            )
        source = (await self._pipeline.workspace.current()).by_key_hash.get(ids.digest(key))
        if source is None:
            raise IngestError(
                401,
                "unknown_write_key",
                "The write key is not known. Nothing was kept: take the key that sourceCreate showed.",
            )
        if not source.enabled:
            raise IngestError(403, "source_disabled", "The source is disabled. Nothing was kept: enable it.")
        return source


def _basic_user(credential: bytes) -> str | None:
    try:
        return base64.b64decode(credential.strip(), validate=True).partition(b":")[0].decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


async def _body(receive: Any, seconds: float) -> bytes:
    """The whole body, within the limit and in time."""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise IngestError(
                        400, "cut_short", "The body ended early. Nothing of it was kept: send it again."
                    )
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > BATCH_BYTES:
                    raise too_large()
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise IngestError(
            408,
            "body_timeout",
            f"The body did not arrive within {seconds:g} s. Nothing of it was kept: send it again.",
        ) from None


def _answer(taken: list[events.Event], *, single: bool) -> bytes:
    """Segment's answer. One bad event alone is a 400; in a batch the good ones are taken and the bad ones named."""
    bad = [(index, event.problem) for index, event in enumerate(taken) if event.problem is not None]
    if not bad:
        return _SUCCESS
    if single:
        problem = bad[0][1] or ""
        raise IngestError(
            400, problem, f"{spec.REASONS[problem]} The event was kept as INVALID and leads to nothing."
        )
    rejected = [{"index": index, "code": code, "message": spec.REASONS[code or ""]} for index, code in bad]
    return msgspec.json.encode({"success": True, "rejected": rejected})
