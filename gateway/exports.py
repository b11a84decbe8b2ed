"""`/exports/{id}`: all that is held of a person as JSON, by the same walk that an erasure takes (`storage.walk`).

It is read while it is sent, page by page, and kept nowhere: there is no file to forget. For an ADMIN of the person's space.
"""

import re
from collections.abc import AsyncIterator
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gateway.auth import Viewer
from gateway.services import Services
from gateway.spec import iso
from gateway.storage import audit, erased_refusals, whom as people
from gateway.storage.walk import WALK, Held, Look
from gateway.storage.whom import TooManyPeopleError, Whom
from gateway.workspace import Role

PATH: Final = "/exports"
PAGE: Final = 200
"""How many rows are read together."""

_ID: Final = re.compile(r"(con|per)_[0-9a-f]{32}")
_encode = msgspec.json.Encoder().encode


def path_of(whom: Whom) -> str:
    """Where the export of somebody is."""
    return f"{PATH}/{whom.subject}"


def routes(services: Services) -> list[BaseRoute]:
    """The one address."""

    async def export(request: Request) -> Response:
        viewer = await services.authenticator.authenticate(request.headers.get("authorization"))
        if viewer is None:
            message = "An export is for whoever has a token: send it as `Authorization: Bearer ...`."
            return _refused(HTTPStatus.UNAUTHORIZED, message, {"WWW-Authenticate": "Bearer"})
        if not viewer.may(Role.ADMIN):
            message = (
                f"An export takes the role ADMIN; this token has {viewer.role.value}. Nothing was exported."
            )
            return _refused(HTTPStatus.FORBIDDEN, message)
        one = request.path_params["one"]
        try:
            whom = await services.store.read(lambda c: people.of_id(c, one)) if _ID.fullmatch(one) else None
        except TooManyPeopleError as error:
            return _refused(HTTPStatus.CONFLICT, str(error))
        if whom is None or not viewer.sees(whom.space):
            message = "There is no contact or person with this id, or it was erased."
            return _refused(HTTPStatus.NOT_FOUND, message)
        found = whom
        await services.store.write(lambda c: _record(c, viewer, found, services))
        name = f'attachment; filename="{whom.subject}.json"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return StreamingResponse(written(services, whom), media_type="application/json", headers=headers)

    return [Route(f"{PATH}/{{one}}", export, methods=["GET"])]


def _record(connection: Connection, viewer: Viewer, whom: Whom, services: Services) -> None:
    audit.add(
        connection,
        space=whom.space,
        actor=viewer.name,
        action="contactExport.read",
        target_id=whom.subject,
        now=services.clock.now(),
    )


def _refused(status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> Response:
    said = {"errors": [{"message": message, "code": status.name}]}
    return JSONResponse(said, status_code=status, headers=headers)


async def written(services: Services, whom: Whom) -> AsyncIterator[bytes]:
    """The export, in pieces: whom it is about, then the rows of each table by its name."""
    look = Look(whom, services.secrets)
    about = {
        "exportedAt": iso(services.clock.now()),
        "about": whom,
        "refused": await _refusals(services, look),
    }
    yield _encode(about)[:-1] + b',"held":{'
    for place, held in enumerate(WALK):
        yield f'{"," if place else ""}"{held.table.name}":['.encode()
        async for piece in _rows(services, held, look):
            yield piece
        yield b"]"
    yield b"}}"


async def _refusals(services: Services, look: Look) -> list[dict[str, Any]]:
    """What is kept of an erasure before."""
    whom = look.whom
    kept = await services.store.read(lambda c: erased_refusals.of(c, look.secrets, whom.space, whom.phones))
    return [msgspec.to_builtins(one) for words in kept.values() for one in words]


async def _rows(services: Services, held: Held, look: Look) -> AsyncIterator[bytes]:
    keys = await services.store.read(lambda c: held.keys(c, look))
    for start in range(0, len(keys), PAGE):
        some = keys[start : start + PAGE]
        rows = await services.store.read(partial(held.rows, look=look, keys=some))
        yield (b"," if start else b"") + b",".join(_encode(row) for row in rows)
