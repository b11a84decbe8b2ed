import gzip
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.console import graphiql_response, routes, wants_page
from gateway.console.pages import PLACES, nowhere

POLICY = (
    "default-src 'none'; script-src 'self'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OPERATORS = (
    "default-src 'none'; script-src 'self'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
    "style-src 'self' 'nonce-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OPERATORS_PAGE = '<!doctype html><title>Heliograph</title><script nonce="CSP_NONCE"></script>'


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A build: one page and one asset."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "graphiql.html").write_text("<!doctype html><title>Heliograph</title>", encoding="utf-8")
    (folder / "index.html").write_text(OPERATORS_PAGE, encoding="utf-8")
    (folder / "assets" / "index-abc.js").write_text("export {}", encoding="utf-8")
    (folder / "assets" / "large-abc.js").write_text("export {}", encoding="utf-8")
    (folder / "assets" / "large-abc.js.gz").write_bytes(gzip.compress(b"export {}", mtime=0))
    return folder


def client(static: Path) -> httpx.AsyncClient:
    def graphql(request: Request) -> Response:
        return graphiql_response(request, static) if wants_page(request) else PlainTextResponse("the API")

    app = Starlette(routes=[Route("/graphql", graphql, methods=["GET", "POST"]), *routes(static)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


async def get_page(static: Path) -> httpx.Response:
    async with client(static) as http:
        return await http.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})


async def get_asset(static: Path, path: str, **headers: str) -> httpx.Response:
    async with client(static) as http:
        return await http.get(f"/console/{path}", headers=headers)


async def test_the_page_is_guarded_and_never_cached(static: Path) -> None:
    response = await get_page(static)

    assert response.status_code == 200
    assert response.text == "<!doctype html><title>Heliograph</title>"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", *(f"/{place}" for place in PLACES), "/people/con_1"])
async def test_the_operators_page_is_at_each_of_its_places_with_a_nonce_of_its_own(
    static: Path, path: str
) -> None:
    nonces = set()
    async with client(static) as http:
        for _ in range(2):
            response = await http.get(path)
            assert response.status_code == 200
            [nonce] = re.findall(r'nonce="([\w-]{24})"', response.text)
            assert response.text == OPERATORS_PAGE.replace("CSP_NONCE", nonce)
            assert response.headers["content-security-policy"] == OPERATORS.format(nonce)
            assert response.headers["cache-control"] == "no-store"
            nonces.add(nonce)
    assert len(nonces) == 2


async def ask_for(
    static: Path, path: str, accept: str = "text/html,*/*;q=0.8", method: str = "GET"
) -> httpx.Response:
    async def api(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("the API's refusal", 404)

    app = Starlette(routes=routes(static), exception_handlers={404: nowhere(api, static)})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        return await http.request(method, f"http://gateway{path}", headers={"Accept": accept})


@pytest.mark.parametrize("path", ["/peopled", "/deliverys/d1?since=7d", "//nonsense", "/find?query=Ann"])
async def test_a_browser_gets_the_page_at_what_is_no_place_to_be_told_so(static: Path, path: str) -> None:
    response = await ask_for(static, path)

    assert response.status_code == 404
    [nonce] = re.findall(r'nonce="([\w-]{24})"', response.text)
    assert response.text == OPERATORS_PAGE.replace("CSP_NONCE", nonce)
    assert response.headers["content-security-policy"] == OPERATORS.format(nonce)
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/graphql/v2",
        "/v1",
        "/webhooks/dst_1",
        "/exports",
        "/uploads/1",
        "/healthz/1",
        "/readyz/1",
        "/metrics/1",
        "/console/assets/absent.js",
        "//console",
    ],
)
async def test_what_is_missing_below_an_address_of_programs_is_told_as_the_api_tells_it(
    static: Path, path: str
) -> None:
    response = await ask_for(static, path)

    assert (response.status_code, response.text) == (404, "the API's refusal")


@pytest.mark.parametrize(
    ("method", "accept"), [("GET", "*/*"), ("GET", "application/json"), ("POST", "text/html")]
)
async def test_a_program_is_told_as_the_api_tells_it_what_is_no_place(
    static: Path, method: str, accept: str
) -> None:
    response = await ask_for(static, "/peopled", accept, method)

    assert (response.status_code, response.text) == (404, "the API's refusal")


async def test_without_a_build_a_wrong_address_says_how_to_get_one(tmp_path: Path) -> None:
    response = await ask_for(tmp_path, "/peopled")

    assert response.status_code == 503
    assert "pip install -e ." in response.text


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, br", "gzip"), ("deflate, GZIP;q=0.5", "gzip"), ("br", None), ("gzip;q=0", None), ("", None)],
)
async def test_an_asset_comes_compressed_to_whoever_takes_that(
    static: Path, accepted: str, coding: str | None
) -> None:
    response = await get_asset(static, "assets/large-abc.js", **{"Accept-Encoding": accepted})

    assert response.status_code == 200
    assert response.headers.get("content-encoding") == coding
    assert response.text == "export {}"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, br", "br", b"in Brotli"),
        ("br;q=0.1", "br", b"in Brotli"),
        ("gzip, br;q=0", "gzip", gzip.compress(b"export {}", mtime=0)),
        ("zstd", None, b"export {}"),
    ],
)
async def test_the_better_of_two_codings_is_taken(
    static: Path, accepted: str, coding: str | None, body: bytes
) -> None:
    (static / "assets" / "large-abc.js.br").write_bytes(b"in Brotli")

    async with (
        client(static) as http,
        http.stream("GET", "/console/assets/large-abc.js", headers={"Accept-Encoding": accepted}) as response,
    ):
        raw = b"".join([part async for part in response.aiter_raw()])

    assert response.headers.get("content-encoding") == coding
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert raw == body


async def test_an_asset_may_be_kept_for_good(static: Path) -> None:
    response = await get_asset(static, "assets/index-abc.js")

    assert response.status_code == 200
    assert response.text == "export {}"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == POLICY


async def test_an_asset_that_the_browser_has_is_not_sent_again(static: Path) -> None:
    etag = (await get_asset(static, "assets/index-abc.js")).headers["etag"]

    response = await get_asset(static, "assets/index-abc.js", **{"If-None-Match": etag})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path", ["assets/absent.js", "assets/", "assets/%2e%2e/index.html", "index.html", ""]
)
async def test_nothing_else_is_served_or_cached(static: Path, path: str) -> None:
    response = await get_asset(static, path)

    assert response.status_code == 404
    assert "cache-control" not in response.headers


async def test_a_notice_says_why_there_is_no_page_and_that_the_api_works(tmp_path: Path) -> None:
    (tmp_path / "notice.txt").write_text("`npm ci` failed: <b>no & network</b>", encoding="utf-8")

    response = await get_page(tmp_path)

    assert response.status_code == 503
    assert "`npm ci` failed: &lt;b&gt;no &amp; network&lt;/b&gt;" in response.text
    assert "<code>POST /graphql</code>" in response.text
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["cache-control"] == "no-store"


async def test_without_a_build_or_a_notice_the_page_says_how_to_get_one(tmp_path: Path) -> None:
    response = await get_page(tmp_path)

    assert response.status_code == 503
    assert "pip install -e ." in response.text


async def test_assets_that_were_never_built_are_missing_and_no_error(tmp_path: Path) -> None:
    response = await get_asset(tmp_path, "assets/index-abc.js")

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("method", "query", "accept", "wanted"),
    [
        ("GET", b"", "text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("GET", b"", "application/xml, Text/HTML;level=1", True),
        ("GET", b"a=b", "text/html", True),
        ("GET", b"query={viewer{name}}", "text/html", False),
        ("GET", b"", "*/*", False),
        ("GET", b"", "application/json", False),
        ("GET", b"", "text/event-stream", False),
        ("POST", b"", "text/html", False),
    ],
)
def test_only_a_browser_that_opens_the_address_wants_the_page(
    method: str, query: bytes, accept: str, wanted: bool
) -> None:
    headers = [(b"accept", accept.encode())]

    request = Request({"type": "http", "method": method, "query_string": query, "headers": headers})

    assert wants_page(request) is wanted
