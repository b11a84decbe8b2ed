"""The console over HTTP: its assets below /console, and the page that a browser's GET of the API gets."""

import html
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).with_name("static")

# Monaco writes style elements and carries its icon font as a data URL; nothing else needs an exception.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_GUARDED: Final = {
    "Content-Security-Policy": _POLICY,
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
<h1>The console is not here</h1>
<p>GraphiQL is missing from this installation, for the reason below. Everything else works, the API included:
<code>POST {path}</code> with <code>Authorization: Bearer …</code> answers as ever.</p>
<pre>{reason}</pre>
</html>
"""


class _Assets(StaticFiles):
    """Files whose names hold a hash of their content, so a browser may keep them for good."""

    async def check_config(self) -> None:
        """Nothing: a console that was not built has no folder, which is a 404 and no fault of the server."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_GUARDED | {"Cache-Control": "public, max-age=31536000, immutable"})
        return response


def routes(static: Path = STATIC) -> list[BaseRoute]:
    """What the console loads: `/console/assets/...`, cacheable for a year; anything else below it is a 404."""
    return [Mount("/console/assets", app=_Assets(directory=static / "assets", check_dir=False))]


def wants_page(request: Request) -> bool:
    """Whether a browser asks for the page: a GET that accepts HTML by name and carries no `query`."""
    accepted = {
        part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")
    }
    return request.method == "GET" and "text/html" in accepted and "query" not in request.query_params


def graphiql_response(request: Request, static: Path = STATIC) -> Response:
    """The GraphiQL page, or with status 503 a page that says why it is missing and what to do.

    Never cached and never framed; its policy lets it load from this server only.
    """
    headers = _GUARDED | {"Cache-Control": "no-store", "Vary": "Accept"}
    page = static / "index.html"
    if page.is_file():
        return HTMLResponse(page.read_text(encoding="utf-8"), headers=headers)
    notice = static / "notice.txt"
    reason = notice.read_text(encoding="utf-8") if notice.is_file() else _UNBUILT
    body = _NOTICE.format(path=html.escape(request.url.path), reason=html.escape(reason))
    return HTMLResponse(body, status_code=503, headers=headers)
