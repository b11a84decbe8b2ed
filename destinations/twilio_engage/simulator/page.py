"""The page: what was sent, as the phones it went to would show it. Its three files lie in `phone/`."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FILES = Path(__file__).with_name("phone")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[Route]:
    return [
        _file("/", "phone.html", "text/html"),
        _file("/_simulator/phone.css", "phone.css", "text/css"),
        _file("/_simulator/phone.js", "phone.js", "text/javascript"),
    ]


def _file(path: str, name: str, media_type: str) -> Route:
    content = (_FILES / name).read_bytes()

    async def serve(_: Request) -> Response:
        return Response(content, headers=_HEADERS, media_type=media_type)

    return Route(path, serve, methods=["GET"])
