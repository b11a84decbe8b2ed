"""The /v1 API as a plain ASGI app: nothing between the socket and the queue that is not needed."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from typing import Any

from gateway import events, logging, metrics
from gateway.deadlines import Deadlines
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.events import QueuedRequest
from gateway.facts.snapshot import Snapshot
from gateway.ingest import analytics_js, answers, body, decode, keys, signatures
from gateway.ingest.answers import Answer
from gateway.ingest.backlog import BacklogFullError
from gateway.ingest.call import Call
from gateway.ingest.cors import PREFLIGHT, VARY, Cors, Header
from gateway.ingest.errors import IngestError
from gateway.ingest.intake import Intake
from gateway.ingest.limits import (
    BODY_SECONDS,
    HEADER_BYTES,
    HEADERS,
    NAMELESS_BODY_SECONDS,
    QUEUE_SECONDS,
    SETTINGS_SECONDS,
    SETTLE_SECONDS,
)
from gateway.ingest.pace import Pace
from gateway.ingest.paths import Resource, Target, target_of
from gateway.ingest.refusals import Refusals
from gateway.ingest.split import by_person
from gateway.jobs import JobKind, NewJob
from gateway.services import Services
from gateway.workspace import Source

_BY_CLASS = {first: metrics.INGEST_REQUESTS.labels(f"{first}xx") for first in (2, 4, 5)}
_JSON: Header = (b"content-type", b"application/json")
_NO_STORE: Header = (b"cache-control", b"no-store")
_CLOSE: Header = (b"connection", b"close")
_log = logging.get("ingest")


class IngestApp:
    """Takes events: what it answers with 200 is on disk."""

    def __init__(
        self, services: Services, *, body_seconds: float = BODY_SECONDS, pace: Pace | None = None
    ) -> None:
        self._services = services
        self._deadlines = Deadlines(body_seconds)
        self._nameless_deadlines = Deadlines(min(body_seconds, NAMELESS_BODY_SECONDS))
        self._pace = Pace(services.clock) if pace is None else pace
        self._intake = Intake(services.store, services.clock)
        self._refusals = Refusals(services.store, services.clock)
        self._cors = Cors(services.settings.cors_origins)

    async def share(self) -> None:
        """For ever, where there are other gateways: take no more of a source than all of them together may."""
        limits = self._services.shared.limits
        while limits.told:
            await self._pace.settle(limits)
            await asyncio.sleep(SETTLE_SECONDS)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        call = Call(scope, self._pace)
        try:
            answer = await self._answer(call, scope, receive)
        except IngestError as error:
            answer = answers.refused(error)
        except StoreBusy as error:
            answer = answers.busy(str(error))
        except StoreUnavailable:  # what was the matter is in the log once, not for every request
            answer = answers.unavailable()
        except Exception:  # noqa: BLE001  a bug: whatever it is, the client hears of it in the form that SDKs read
            _log.exception("A request failed")
            answer = answers.failed()
        finally:
            call.leave()
        _BY_CLASS[answer.status // 100].inc()
        if answer.code is not None:
            metrics.REQUESTS_REFUSED.labels(answer.code).inc()
            whose = call.source or call.suspected
            if whose is not None:
                self._refusals.add(whose, answer.code, answer.message or "")
        await self._say(call, answer, receive, send)

    async def _answer(self, call: Call, scope: Any, receive: Any) -> Answer:
        raw = scope["headers"]
        if len(raw) > HEADERS or sum(map(len, chain.from_iterable(raw))) > HEADER_BYTES:
            raise IngestError(
                431,
                "headers_too_large",
                f"The request has more than {HEADERS} headers, or more than {HEADER_BYTES} bytes of them. Nothing of it "
                "was kept: send fewer, cookies among them.",
            )
        target = target_of(scope["path"])
        if call.method == "OPTIONS":
            # A preflight mostly. On a path that is none it passes too, so that the page can read the 404.
            return Answer(204, headers=(_allow(target), *PREFLIGHT))
        if target is None:
            raise IngestError(
                404, "not_found", "There is no such path. Post to /v1/batch, /v1/track, /v1/identify, ..."
            )
        if call.method not in target.methods:
            return answers.wrong_method(_allow(target))
        match target.resource:
            case Resource.EVENTS:
                return await self._take(call, target, receive)
            case Resource.METRICS:
                call.enter_nameless()
                call.unread = not await body.drain(receive)
                return answers.SUCCESS
            case Resource.SETTINGS:
                return await self._settings(call, target.whose)

    async def _settings(self, call: Call, write_key: str) -> Answer:
        snapshot = await self._services.workspace.current()
        keys.identify_page(call, snapshot, write_key, self._services.clock.now())
        content = analytics_js.settings(write_key, self._services.settings.public_url)
        return Answer(200, content, ((b"cache-control", f"max-age={SETTINGS_SECONDS}".encode()),))

    async def _take(self, call: Call, target: Target, receive: Any) -> Answer:
        received_at = self._services.clock.now()
        try:
            jobs, answer = await self._read(call, target, receive, received_at)
        except BacklogFullError as full:
            raise IngestError(
                503,
                "queue_full",
                f"{full} Nothing of this one was kept: send it again in {QUEUE_SECONDS} s.",
                retry_after=QUEUE_SECONDS,
            ) from None
        await self._intake.put(*jobs)
        self._services.shared.wakeups.ring(JobKind.MATCH)
        return answer

    async def _read(
        self, call: Call, target: Target, receive: Any, received_at: datetime
    ) -> tuple[list[NewJob], Answer]:
        """The events of a request as jobs, and the answer once these are on disk. While it waits for that, nothing
        else of the request is in memory.
        """
        workspace = self._services.workspace
        snapshot = workspace.ready or await workspace.current()
        source = _known_by_head(call, snapshot, target, received_at)
        if source is None:
            call.enter_nameless()
        else:
            call.enter(source.id, received_at)
        deadlines = self._nameless_deadlines if source is None else self._deadlines
        content = await body.read(call, receive, deadlines)
        if source is None:
            snapshot = await workspace.current()
            source = _known_by_body(call, snapshot, target, content, received_at)
            call.enter(source.id, received_at)
        secret = snapshot.shared_secret(source.id)
        if secret is not None and not target.names_source:
            signatures.check(call, secret, content)
        lane = source.id
        if not self._intake.backlog.has_room(lane, received_at):
            await self._intake.backlog.check(lane, received_at)
        read = decode.read(content, target.kind)
        call.spend(len(read.calls))
        request = read.queued(source.id, received_at)
        if not request.problems:
            return self._jobs(request), answers.SUCCESS
        return self._jobs(request), answers.taken(request, single=read.single, strict=_is_strict(call))

    def _jobs(self, request: QueuedRequest) -> list[NewJob]:
        """One, where one process matches all. Else one for each part that another worker may match at the same time."""
        source_id = request.source_id
        if self._services.settings.alone:
            return [NewJob(JobKind.MATCH, events.encode(request), source_id)]
        return [
            NewJob(JobKind.MATCH, events.encode(part.request), source_id, part.lanes)
            for part in by_person(request)
        ]

    async def _say(self, call: Call, answer: Answer, receive: Any, send: Any) -> None:
        if answer is answers.SUCCESS:
            headers = [*_SUCCESS]
        else:
            headers = [*answer.headers]
            if answer.status != HTTPStatus.NO_CONTENT:
                headers += (_JSON, _length(answer.body))
        origin = call.headers.get(b"origin")
        if origin is not None and call.readable_by_pages:
            headers += self._cors.readable(origin)
        if origin is not None or call.method != "POST":
            headers.append(VARY)
        if answer.code is not None and call.method != "POST":
            headers.append(_NO_STORE)
        if call.unread:
            headers.append(_CLOSE)
        content = b"" if call.method == "HEAD" else answer.body
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if call.unread and answer.status != HTTPStatus.REQUEST_TIMEOUT:
            # The client has its answer; what it still sends is let in, lest the answer be lost with the connection.
            await send({"type": "http.response.body", "body": content, "more_body": True})
            await body.drain(receive)
            content = b""
        await send({"type": "http.response.body", "body": content})


def _known_by_head(call: Call, snapshot: Snapshot, target: Target, now: datetime) -> Source | None:
    """The source of the write key in a request's path or header; None where its body has to be read to know whose it is. A path that says
    whose it is counts, whatever the header says.
    """
    if target.whose:
        return None if target.names_source else keys.identify_by_path(call, snapshot, target.whose, now)
    basic, key_hash = keys.basic_key(call.headers.get(b"authorization"))
    return keys.identify(call, snapshot, key_hash, now) if basic else None


def _known_by_body(call: Call, snapshot: Snapshot, target: Target, content: bytes, now: datetime) -> Source:
    """The source that has signed the body, or whose write key is in it."""
    if target.names_source:
        return signatures.signer(call, snapshot, target.whose, content)
    return keys.identify(call, snapshot, keys.body_key(decode.write_key(content, target.kind)), now)


def _length(content: bytes) -> Header:
    return b"content-length", str(len(content)).encode()


_SUCCESS = (_JSON, _length(answers.SUCCESS.body))


def _is_strict(call: Call) -> bool:
    label = call.headers.get(b"x-strict-mode")
    return label is not None and label.strip().lower() in {b"1", b"true"}


def _allow(target: Target | None) -> Header:
    methods = () if target is None else target.methods
    return b"allow", ", ".join((*methods, "OPTIONS")).encode()
