"""`POST /uploads`: a file as text, kept for 24 hours for what imports it. It is stored while it comes, in pieces; one that does not come
to its end, or is none that can be read, leaves nothing. JSON is kept as rows: an object on each line. For an OPERATOR of the space.
"""

import asyncio
import codecs
import io
from collections.abc import AsyncIterator, Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from sqlalchemy import Connection
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gateway import audit
from gateway.auth import Viewer
from gateway.errors import HeliographError
from gateway.json_rows import JsonRows, JsonRowsError, begins_json
from gateway.services import Services
from gateway.spec import iso
from gateway.storage import audit as entries, uploads
from gateway.storage.uploads import Cut, Upload
from gateway.workspace import SPACE, Role

PATH: Final = "/uploads"

MOST_BYTES: Final = 100_000_000
"""Of one file."""

MOST_OF_A_SPACE: Final = 1_000_000_000
"""A space that keeps so many bytes takes no further file until some are gone."""

LONGEST_LINE: Final = 100_000
"""How many characters a line may have: whoever reads a file holds some lines of it."""

TOGETHER: Final = 256 * 1024
"""From so many bytes on what came is stored."""

SILENCE: Final = 30.0
"""For how many seconds a client may send nothing."""

_NOTHING = "Nothing of it was kept."
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _RefusedError(Exception):
    """What came is not taken, and why."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def routes(services: Services) -> list[BaseRoute]:
    """The one address."""

    async def upload(request: Request) -> Response:
        try:
            viewer, space = await _allowed(services, request)
            kept = await _keep(services, viewer, space, request)
        except _RefusedError as error:
            return _refused(error)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
        told = {
            "uploadId": kept.id,
            "bytes": kept.bytes,
            "lines": kept.lines,
            "expiresAt": iso(kept.expires_at),
        }
        return JSONResponse(told, status_code=HTTPStatus.CREATED, headers={"Cache-Control": "no-store"})

    return [Route(PATH, upload, methods=["POST"])]


def _refused(error: _RefusedError) -> Response:
    said = {"errors": [{"message": str(error), "code": error.status.name}]}
    headers = {"Connection": "close"}  # what still comes of the file is not read
    if error.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(said, status_code=error.status, headers=headers)


async def _allowed(services: Services, request: Request) -> tuple[Viewer, str]:
    """Who sends a file, and for which space. Raises _RefusedError."""
    viewer = await services.authenticator.authenticate(request.headers.get("authorization"))
    if viewer is None:
        message = f"An upload is for whoever has a token: send it as `Authorization: Bearer ...`. {_NOTHING}"
        raise _RefusedError(HTTPStatus.UNAUTHORIZED, message)
    if not viewer.may(Role.OPERATOR):
        message = f"An upload takes the role OPERATOR or a higher one; this token has {viewer.role.value}. {_NOTHING}"
        raise _RefusedError(HTTPStatus.FORBIDDEN, message)
    space = request.query_params.get("space", viewer.space)
    if SPACE.fullmatch(space) is None or not viewer.sees(space):
        message = f'This token belongs to the space "{viewer.space}" and has no right to any other. {_NOTHING} Leave `space` out.'
        raise _RefusedError(HTTPStatus.FORBIDDEN, message)
    packed = request.headers.get("content-encoding", "identity")
    if packed.strip().lower() not in ("", "identity"):
        raise _RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The file is packed. {_NOTHING} Send it as it is."
        )
    length = request.headers.get("content-length", "0")
    if (
        not length.isascii()
        or not length.isdigit()
        or len(length) > len(str(MOST_BYTES))
        or int(length) > MOST_BYTES
    ):
        raise _too_large()
    there = await services.store.read(lambda c: uploads.bytes_of(c, space))
    if there >= MOST_OF_A_SPACE:
        message = (
            f"The uploads of the space {space} have {there / 1e6:,.0f} MB, and each is kept for 24 hours. {_NOTHING} Send it once the first of "
            "them are gone."
        )
        raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS, message)
    return viewer, space


async def _keep(services: Services, viewer: Viewer, space: str, request: Request) -> Upload:
    """The file, once all of it is there. Raises _RefusedError, ClientDisconnect, and what the store raises: then nothing is kept."""
    now = services.clock.now()
    upload_id = await services.store.write(lambda c: uploads.begin(c, space, now))
    try:
        text = _Text()
        async for chunk in _chunks(request):
            text.add(chunk)
            if text.waiting >= TOGETHER:
                await services.store.write(
                    partial(uploads.add, upload_id=upload_id, pieces=text.take(), size=text.bytes)
                )
        text.end()

        def end(connection: Connection) -> None:
            uploads.add(connection, upload_id, text.take(), text.bytes)
            uploads.complete(connection, upload_id, text.bytes, text.lines)
            entries.add(
                connection,
                space=space,
                actor=viewer.name,
                action="upload",
                target_id=upload_id,
                now=now,
                changes=audit.changes({}, {"bytes": text.bytes, "lines": text.lines}),
            )

        await services.store.write(end)
    except BaseException:
        await asyncio.shield(_leave_nothing(services, upload_id))
        raise
    return Upload(upload_id, space, text.bytes, text.lines, now)


async def _leave_nothing(services: Services, upload_id: str) -> None:
    try:
        await services.store.write(lambda c: uploads.remove(c, upload_id))
    except HeliographError:
        return  # nobody finds it, and it goes with the day


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENCE):
                chunk = await anext(stream, None)
        except TimeoutError:
            message = f"Nothing came for {SILENCE:g} s. {_NOTHING} Send it again."
            raise _RefusedError(HTTPStatus.REQUEST_TIMEOUT, message) from None
        if chunk is None:
            return
        yield chunk


class _Text:
    """What came of a file, as text with line feeds alone, cut into pieces."""

    def __init__(self) -> None:
        self.bytes = 0
        self.waiting = 0
        self._read: Any = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder("utf-8-sig")(), translate=True
        )
        self._cut = Cut()
        self._begun: str | None = ""  # blanks that stand before anything; None behind them
        self._json: JsonRows | None = None
        self._pieces: list[tuple[int, str]] = []

    @property
    def lines(self) -> int:
        """How many lines it has so far."""
        return self._cut.lines

    def add(self, chunk: bytes) -> None:
        """Read on. Raises _RefusedError."""
        if self.bytes == 0 and chunk[:2] in _UTF_16:
            raise _no_text("It is UTF-16, as some spreadsheets save it: save it as CSV UTF-8")
        self.bytes += len(chunk)
        self.waiting += len(chunk)
        if self.bytes > MOST_BYTES:
            raise _too_large()
        self._decode(chunk)

    def end(self) -> None:
        """That was all of it. Raises _RefusedError."""
        self._decode(b"", final=True)
        if self._begun:
            self._pieces += self._cut.add(self._begun)
        if self._json is not None:
            self._pieces += self._cut.add(_rows(self._json.end))
        self._pieces += self._cut.end()
        if not self.lines:
            raise _RefusedError(
                HTTPStatus.BAD_REQUEST, f"The file is empty. {_NOTHING} Send its bytes as the body."
            )

    def take(self) -> list[tuple[int, str]]:
        """The pieces that are full and were not taken yet."""
        pieces, self._pieces, self.waiting = self._pieces, [], 0
        return pieces

    def _decode(self, chunk: bytes, *, final: bool = False) -> None:
        try:
            text: str = self._read.decode(chunk, final=final)
        except UnicodeDecodeError:
            where = f"about line {self.lines + 1}"
            raise _no_text(f"It is not UTF-8 ({where} is no text in it): save it as CSV UTF-8") from None
        if "\x00" in text:
            raise _no_text("It has a zero character, which no text has: save it as CSV UTF-8")
        self._pieces += self._cut.add(self._as_rows(text))
        if self._cut.unfinished > LONGEST_LINE:
            raise _no_text(f"A line of it has more than {LONGEST_LINE:,} characters: save it as CSV")

    def _as_rows(self, text: str) -> str:
        """What stands there of it: of JSON the rows that are whole. Raises _RefusedError."""
        if self._begun is not None:
            text = self._begun + text
            is_json = begins_json(text)
            if is_json is None and len(text) <= LONGEST_LINE:
                self._begun = text
                return ""
            self._begun = None
            self._json = JsonRows(LONGEST_LINE) if is_json else None
        rows = self._json
        return text if rows is None else _rows(lambda: rows.add(text))


def _rows(read: Callable[[], str]) -> str:
    try:
        return read()
    except JsonRowsError as error:
        raise _no_text(f"{error}: export it anew, as a list of objects or with one on each line") from None


def _no_text(why: str) -> _RefusedError:
    return _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{why}, and send it again. {_NOTHING}")


def _too_large() -> _RefusedError:
    message = f"The file has more than {MOST_BYTES // 1_000_000} MB. {_NOTHING} Send it in parts, each with the header."
    return _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
