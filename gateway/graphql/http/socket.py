"""GraphQL over a WebSocket, by the protocol graphql-transport-ws: any number of operations on one connection.

| closed with | when |
| --- | --- |
| 4400 | a message is none of the protocol, or comes where it makes no sense |
| 4401 | something is asked before the connection was acknowledged |
| 4403 | the token is unknown, or was revoked since |
| 4406 | the client speaks no graphql-transport-ws, such as one that speaks the older graphql-ws |
| 4408 | the client did not say who it is in time |
| 4409 | two operations have the same id |
| 4429 | the client said twice who it is |
| 1013 | too many watch already |
| 1012 | the server stops |
"""

import asyncio
import contextlib
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import ids
from gateway.auth import Viewer
from gateway.graphql.http import sse
from gateway.graphql.http.requests import Asked, RequestRefused, asked_in
from gateway.graphql.http.seats import REVOKED, Seat, Seats
from gateway.graphql.http.subscriptions import NotSubscribed
from gateway.graphql.terms.errors import Refused, formatted, meaning_of, of_request
from gateway.listening import ABORT

PROTOCOL: Final = "graphql-transport-ws"

INIT_SECONDS: Final = 10.0
"""How long a client may take to say who it is."""

MOST_AT_ONCE: Final = 50
"""How many operations of one connection run at once."""

Message = dict[str, Any]


class Endpoint(Protocol):
    """What a connection asks."""

    @property
    def seats(self) -> Seats:
        """Of those who watch."""
        ...

    async def authenticate(self, header: str) -> Viewer | None:
        """Whose Authorization header that is."""
        ...

    async def ask(self, request_id: str, viewer: Viewer, header: str, asked: Asked) -> Response:
        """The answer to an operation, or the stream of them. Raises RequestRefused."""
        ...


class _Closed(Exception):  # noqa: N818  it says what became of the connection
    """Raised where the connection ends; `code` is None where its client ended it."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _Gone(Exception):  # noqa: N818  it says what became of the connection
    """Raised where nothing can be said to the client any more."""


class _Who(NamedTuple):
    viewer: Viewer
    header: str


class Socket:
    """One connection: who it is, and what it asked for."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, endpoint: Endpoint) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._endpoint = endpoint
        self._running: dict[str, asyncio.Task[None]] = {}

    async def serve(self, *, allowed: bool) -> None:
        """Serve it to its end. `allowed`: whether a page of that origin may connect at all."""
        await self._receive()  # that there is one
        if not allowed:
            await self._refuse()
            return
        if PROTOCOL not in self._scope["subprotocols"]:
            await self._transmit({"type": "websocket.accept"})
            await self._close(4406, "Subprotocol not acceptable: graphql-transport-ws is spoken here")
            return
        await self._transmit({"type": "websocket.accept", "subprotocol": PROTOCOL})
        try:
            await self._serve()
        except _Closed as closed:
            await self._end_all()
            if closed.code is not None:
                await self._close(closed.code, closed.reason)
        except _Gone:
            return
        finally:
            await self._end_all()

    async def _serve(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                who = await self._introduction()
        except TimeoutError:
            raise _Closed(4408, "Connection initialisation timeout") from None
        try:
            with self._endpoint.seats.take(who.viewer) as seat:
                await self._say({"type": "connection_ack"})
                await self._until_ended(who, seat)
        except Refused as refusal:
            raise _Closed(1013, _short(str(refusal))) from refusal

    async def _until_ended(self, who: _Who, seat: Seat) -> None:
        reading = asyncio.create_task(self._read(who))
        try:
            ends: set[asyncio.Future[Any]] = {reading, seat.ended}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                await reading
            why = seat.ended.result()
            if why is not REVOKED:
                # An error would be the end of an operation, which its client is to begin again.
                raise _Closed(1012, "Service restart")
            names = list(self._running)
            await self._end_all()
            for name in names:
                await self._fail(name, [of_request(why.code, str(why), ids.new("req"))])
            raise _Closed(4403, "Forbidden: the token was revoked")
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    # -- what the client says -----------------------------------------------------------------------------------------

    async def _introduction(self) -> _Who:
        """Who the client says it is, which is the first that it says, but for pings."""
        while True:
            message = await self._message()
            match message["type"]:
                case "connection_init":
                    header = _header(message.get("payload"))
                    viewer = None if header is None else await self._endpoint.authenticate(header)
                    if header is None or viewer is None:
                        raise _Closed(4403, "Forbidden")
                    return _Who(viewer, header)
                case "subscribe":
                    raise _Closed(4401, "Unauthorized")
                case "complete":
                    continue
                case _:
                    await self._answer_ping(message)

    async def _read(self, who: _Who) -> None:
        """Do what the client says, until it ends the connection or says what makes no sense. Raises _Closed."""
        while True:
            message = await self._message()
            match message["type"]:
                case "subscribe":
                    await self._begin(who, _id_of(message), message.get("payload"))
                case "complete":
                    await self._end(_id_of(message))
                case "connection_init":
                    raise _Closed(4429, "Too many initialisation requests")
                case _:
                    await self._answer_ping(message)

    async def _answer_ping(self, message: Message) -> None:
        if message["type"] == "ping":
            payload = message.get("payload")
            await self._say({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
        elif message["type"] != "pong":
            raise _Closed(4400, "Invalid message received")

    async def _message(self) -> Message:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise _Closed(None)
        try:
            message = msgspec.json.decode(event.get("text") or b"")
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _Closed(4400, "Invalid message received")
        payload = message.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise _Closed(4400, "Invalid message received")
        return message

    # -- its operations -----------------------------------------------------------------------------------------------

    async def _begin(self, who: _Who, name: str, payload: Any) -> None:
        if name in self._running:
            raise _Closed(4409, _short(f"Subscriber for {name} already exists"))
        try:
            asked = asked_in(payload or {})
        except RequestRefused:
            raise _Closed(4400, "Invalid message received") from None
        request_id = ids.new("req")
        if len(self._running) >= MOST_AT_ONCE:
            said = f"This connection runs {MOST_AT_ONCE} operations, and may run no more at once. This one was not begun."
            await self._fail(name, [of_request("TOO_MANY_SUBSCRIPTIONS", said, request_id)])
            return
        self._running[name] = asyncio.create_task(self._operate(who, name, asked, request_id))

    async def _operate(self, who: _Who, name: str, asked: Asked, request_id: str) -> None:
        try:
            problems = await self._run(who, name, asked, request_id)
            self._running.pop(name, None)
            await (
                self._say({"type": "complete", "id": name})
                if problems is None
                else self._fail(name, problems)
            )
        except _Gone:  # which whoever reads is told, too
            return

    async def _run(self, who: _Who, name: str, asked: Asked, request_id: str) -> Any:
        """Send what the operation leads to. The errors where it could not be begun; None: it is complete."""
        try:
            response = await self._endpoint.ask(request_id, who.viewer, who.header, asked)
            if not isinstance(response, sse.EventStream):
                body = bytes(response.body)
                given = msgspec.json.decode(body)
                if "data" not in given:
                    return given["errors"]
                await self._next(name, body)
                return None
            with response.seat:
                async with contextlib.aclosing(response.answers) as answers:
                    async for body in answers:
                        await self._next(name, body)
        except (RequestRefused, Refused) as refusal:
            return [of_request(refusal.code, str(refusal), request_id)]
        except NotSubscribed as refused:
            return formatted(refused.errors, request_id)
        except _Gone:
            raise
        except Exception as fault:  # noqa: BLE001  whatever failed, the client hears of it in the shape they can read
            return [of_request(*meaning_of(fault, request_id), request_id)]
        return None

    async def _end(self, name: str) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _end_all(self) -> None:
        running, self._running = self._running, {}
        for task in running.values():
            task.cancel()
        if running:
            await asyncio.wait(running.values())

    # -- what the client is told --------------------------------------------------------------------------------------

    async def _next(self, name: str, body: bytes) -> None:
        await self._say({"type": "next", "id": name, "payload": msgspec.Raw(body)})

    async def _fail(self, name: str, problems: Any) -> None:
        await self._say({"type": "error", "id": name, "payload": problems})

    async def _say(self, message: Message) -> None:
        text = msgspec.json.encode(message).decode()
        await self._transmit({"type": "websocket.send", "text": text})

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(_Gone):
            await self._transmit({"type": "websocket.close", "code": code, "reason": reason})

    async def _transmit(self, message: Message) -> None:
        """Raises _Gone where the client has left, or has read nothing for too long, which ends the connection."""
        try:
            async with asyncio.timeout(sse.STALLED_SECONDS):
                await self._send(message)
        except TimeoutError:
            self._cut()
            raise _Gone from None
        except (OSError, RuntimeError):  # as uvicorn has it
            raise _Gone from None

    def _cut(self) -> None:
        self._scope.get("state", {}).get(ABORT, _nothing)()

    async def _refuse(self) -> None:
        """A page of another origin: no connection at all."""
        said = "A page of another origin asked, and nothing was done. Pages that may are named in HELIOGRAPH_CORS_ORIGINS."
        error = of_request("ORIGIN_NOT_ALLOWED", said, ids.new("req"))
        start = {"type": "websocket.http.response.start", "status": HTTPStatus.FORBIDDEN.value}
        await self._send({**start, "headers": [(b"content-type", b"application/json; charset=utf-8")]})
        await self._send({"type": "websocket.http.response.body", "body": sse.errors([error])})


def _header(payload: Any) -> str | None:
    """The Authorization header that a client says in its first message: as one, or as a bare token."""
    for name, value in (payload or {}).items():
        if not isinstance(value, str):
            continue
        if name.lower() == "authorization":
            return value
        if name == "token":
            return f"Bearer {value}"
    return None


def _id_of(message: Message) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not name:
        raise _Closed(4400, "Invalid message received")
    return name


def _short(reason: str) -> str:
    """As much of it as a closing frame takes."""
    return reason.encode()[:120].decode(errors="ignore")


def _nothing() -> None:
    """Where nobody can cut the connection, such as in a test."""
