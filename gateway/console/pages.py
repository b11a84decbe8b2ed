"""The pages over HTTP: the operator's page, GraphiQL where a browser's GET of the API gets it, and their assets below /console."""

import html
import mimetypes
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).with_name("static")

OPERATORS_PAGE: Final = "index.html"
GRAPHIQL: Final = "graphiql.html"

PLACES: Final = (
    "deliveries",
    "people",
    "events",
    "mappings",
    "accounts",
    "inbox",
    "consent-import",
    "settings",
)
"""What the operator's page shows is in the address, so that it can be reloaded and sent to somebody: the first part of each."""

_OF_PROGRAMS: Final = frozenset(
    {"graphql", "v1", "webhooks", "exports", "uploads", "healthz", "readyz", "metrics", "console"}
)
"""The first part of every other address: what is not there is told in JSON, whoever asks."""

_NONCE: Final = "CSP_NONCE"
"""The word that the build leaves where a nonce belongs."""

_ANYWHERE: Final = (
    "default-src 'none'; script-src 'self'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
)
_NOWHERE: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# Monaco writes style elements, which know no nonce, and carries its icon font as a data URL. The media of a text lie where whoever sent it
# put them, and are a link, never loaded.
_OF_GRAPHIQL: Final = f"{_ANYWHERE}worker-src 'self'; style-src 'self' 'unsafe-inline'; {_NOWHERE}"


def _of_page(nonce: str) -> str:
    """What the operator's page may load: what this server has, and the style elements that its own code writes."""
    return f"{_ANYWHERE}style-src 'self' 'nonce-{nonce}'; {_NOWHERE}"


def _guarded(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


_UNBUILT: Final = (
    "This copy of Heliograph runs from sources whose console was never built.\n\n"
    "What to do: install it with pip install -e . on a machine that has Node.js and npm, then load this page again."
)
_NOTICE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Heliograph</title>
<style>
body {{ max-width: 44rem; margin: 12vh auto; padding: 0 1.5rem; font: 1rem/1.6 system-ui, sans-serif; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: .875rem/1.5 ui-monospace, monospace; }}
</style>
<h1>The page is not here</h1>
<p>The operator's page and GraphiQL are missing from this installation, for the reason below. Everything else works, the API included:
<code>POST /graphql</code> with <code>Authorization: Bearer …</code> answers as ever.</p>
<pre>{reason}</pre>
</html>
"""


_CODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""How the build compresses, the better one first, and how such a file's name ends. Browsers take the first over TLS and on this machine."""


class _Assets(StaticFiles):
    """Files whose names hold a hash of their content, so a browser may keep them for good; compressed by the build where that pays."""

    async def check_config(self) -> None:
        """Nothing: a console that was not built has no folder, which is a 404 and no fault of the server."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        accepted = _accepted(scope)
        coding = next(
            (
                name
                for name, end in _CODINGS.items()
                if name in accepted and self.lookup_path(f"{path}{end}")[1]
            ),
            None,
        )
        response = await super().get_response(path if coding is None else f"{path}{_CODINGS[coding]}", scope)
        response.headers.update(
            _guarded(_OF_GRAPHIQL)
            | {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        )
        if coding is not None:
            response.headers["Content-Encoding"] = coding
            response.headers["Content-Type"] = _media_type(path)
        return response


def _accepted(scope: Scope) -> set[str]:
    """The codings that the browser takes, those left out that `q=0` rules out (RFC 9110, 12.5.3)."""
    told = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-encoding")
    codings = (coding.partition(";") for coding in told.split(","))
    return {
        name.strip().lower()
        for name, _, quality in codings
        if quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    }


def _media_type(path: str) -> str:
    known = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known


def routes(static: Path = STATIC) -> list[BaseRoute]:
    """The operator's page at `/` and at each of its places, and what the pages load: `/console/assets/...`, cacheable for a year; anything
    else below /console is a 404.
    """

    async def page(request: Request) -> Response:
        return page_response(request, static)

    return [
        Route("/", page),
        *(Route(path, page) for place in PLACES for path in (f"/{place}", f"/{place}/{{rest:path}}")),
        Mount("/console/assets", app=_Assets(directory=static / "assets", check_dir=False)),
    ]


Answering = Callable[[Request, Exception], Awaitable[Response]]


def nowhere(otherwise: Answering, static: Path = STATIC) -> Answering:
    """What answers at an address that nothing has: to a browser the operator's page with status 404, which says so and leads back; to
    everybody else, and below the addresses of programs, `otherwise`.
    """

    async def answer(request: Request, error: Exception) -> Response:
        first = request.scope["path"].lstrip("/").partition("/")[0]
        if first in _OF_PROGRAMS or not _is_opened(request):
            return await otherwise(request, error)
        return page_response(request, static, HTTPStatus.NOT_FOUND)

    return answer


def wants_page(request: Request) -> bool:
    """Whether a browser asks for the page: a GET that accepts HTML by name and carries no `query`."""
    return _is_opened(request) and "query" not in request.query_params


def _is_opened(request: Request) -> bool:
    accepted = {
        part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")
    }
    return request.method == "GET" and "text/html" in accepted


def page_response(_request: Request, static: Path = STATIC, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The operator's page, or with status 503 a page that says why it is missing and what to do. Never cached and never framed; its policy
    lets it load from this server only, and style elements only with the nonce that this answer brings.
    """
    nonce = secrets.token_urlsafe(18)
    return _html(static, OPERATORS_PAGE, _of_page(nonce), nonce, status)


def graphiql_response(_request: Request, static: Path = STATIC) -> Response:
    """GraphiQL, or with status 503 a page that says why it is missing and what to do. Never cached and never framed; its policy lets it
    load from this server only.
    """
    return _html(static, GRAPHIQL, _OF_GRAPHIQL, "", HTTPStatus.OK)


def _html(static: Path, name: str, policy: str, nonce: str, status: HTTPStatus) -> Response:
    headers = _guarded(policy) | {"Cache-Control": "no-store", "Vary": "Accept"}
    page = static / name
    if page.is_file():
        return HTMLResponse(page.read_text(encoding="utf-8").replace(_NONCE, nonce), status, headers)
    notice = static / "notice.txt"
    reason = notice.read_text(encoding="utf-8") if notice.is_file() else _UNBUILT
    # The notice is a page of one style element, which the policy of GraphiQL allows.
    headers["Content-Security-Policy"] = _OF_GRAPHIQL
    return HTMLResponse(_NOTICE.format(reason=html.escape(reason)), status_code=503, headers=headers)
