"""What is said to a client: always JSON, and of a refusal always a code and a message."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from gateway import spec
from gateway.events import QueuedRequest
from gateway.ingest.cors import Header
from gateway.ingest.errors import IngestError
from gateway.ingest.limits import BUSY_SECONDS, UNAVAILABLE_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a value. A refusal has a `code` and a `message`."""

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()
    code: str | None = None
    message: str | None = None


SUCCESS = Answer(200, b'{"success":true}')
"""Segment's own; rudder-sdk-python needs exactly 200."""


def taken(request: QueuedRequest, *, single: bool, strict: bool) -> Answer:
    """To what was kept. One bad event, sent alone (`single`), is a 400; in a batch the bad ones are named, with a 400 in strict mode."""
    if not request.problems:
        return SUCCESS
    if single:
        problem = request.problems[0]
        return _refusal(
            400, problem, f"{spec.REASONS[problem]} The event was kept as INVALID and leads to nothing."
        )
    rejected = [
        {
            "index": index,
            "messageId": spec.message_id_at(request, index),
            "code": problem,
            "message": spec.REASONS[problem],
        }
        for index, problem in request.problems.items()
    ]
    bad, good = len(rejected), len(request.calls) - len(rejected)
    if not strict:
        return Answer(200, msgspec.json.encode({"success": True, "rejected": rejected}))
    message = (
        f"{bad} of {bad + good} events can't be used; `rejected` says why. The other {good} were "
        "kept and go on. What can't be used is kept as INVALID, where `events` in GraphQL shows it, and leads to nothing: "
        "mend it and send it again."
    )
    return _refusal(400, "events_rejected", message, rejected=rejected)


def refused(error: IngestError) -> Answer:
    """To what was not taken."""
    return _refusal(error.status, error.code, error.message, retry_after=error.retry_after)


def wrong_method(allow: Header) -> Answer:
    """To a method that the path does not have (RFC 9110 asks for Allow)."""
    answer = _refusal(
        405, "method_not_allowed", f"This path answers to {allow[1].decode()} alone. Nothing was kept."
    )
    return replace(answer, headers=(allow,))


def busy(message: str) -> Answer:
    """Where too much waits for the store."""
    return _refusal(503, "store_busy", message, retry_after=BUSY_SECONDS)


def unavailable() -> Answer:
    """Where the store does not commit. What it said may name hosts and files: that is for the log."""
    message = "The store does not answer. Nothing of this request was kept: send it again."
    return _refusal(503, "store_unavailable", message, retry_after=UNAVAILABLE_SECONDS)


def failed() -> Answer:
    """To a bug of ours."""
    message = "The gateway failed on this request, and its log has the cause. Nothing was acknowledged: send it again."
    return _refusal(500, "internal_error", message)


def _refusal(
    status: int, code: str, message: str, *, retry_after: int | None = None, **details: Any
) -> Answer:
    headers: list[Header] = []
    if retry_after is not None:
        seconds = str(retry_after).encode()
        headers.append((b"retry-after", seconds))
        if status == 429:  # noqa: PLR2004  Segment's answer to a rate has both
            headers.append((b"x-ratelimit-reset", seconds))
    body = msgspec.json.encode({"success": False, "code": code, "message": message, **details})
    return Answer(status, body, tuple(headers), code, message)
