"""A real browser with no network but one server; here a small one that answers the console from fixed data."""

import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
import uvicorn
from graphql import ExecutionResult, build_schema, execute_sync, get_operation_ast, parse, subscribe, validate
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request as Sent,
    expect,
    sync_playwright,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway import console
from gateway.console.pages import STATIC
from gateway.graphql.schema import sdl
from tests.browser import chromium
from tests.browser.planted import Planted, kept, serving
from tests.browser.watching import Bookshop, Watch, watched
from tests.integration import forks

TOKEN: Final = "hg_stub+admin/token"
SCHEMA: Final = build_schema(sdl())


def connection(*nodes: dict[str, Any]) -> dict[str, Any]:
    edges = [{"node": node, "cursor": str(index)} for index, node in enumerate(nodes)]
    return {
        "edges": edges,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
        "totalCount": len(nodes),
    }


def delivery(**changed: Any) -> dict[str, Any]:
    return {
        "id": "d1",
        "createdAt": "2026-01-01T12:00:00Z",
        "recipient": "+15005550006",
        "channel": "SMS",
        "status": "ACCEPTED",
        "messageStatus": "DELIVERED",
        "failedGate": None,
    } | changed


REFUSING_GATE = {"gate": "consent", "passed": False, "reason": "NOT_SUBSCRIBED", "detail": "nothing known"}
TAKEN = {
    "__typename": "InputError",
    "message": "There is a source of this name already: take another name.",
    "code": "TAKEN",
    "path": ["name"],
}


def source_create(_: object, **__: object) -> dict[str, Any]:
    """Refused, whatever is asked for."""
    return {"source": None, "writeKey": None, "errors": [TAKEN]}


DATA = {
    "sourceCreate": source_create,
    "viewer": {"name": "first admin", "role": "ADMIN", "space": "default"},
    "alerts": connection(),
    "definitions": [],
    "sources": connection({"id": "s1", "name": "Demo shop", "trust": "SERVER", "enabled": True}),
    "destinations": connection({"id": "t1", "name": "Texts", "status": "VERIFIED", "enabled": True}),
    "deliveries": connection(
        delivery(),
        delivery(
            status="SUPPRESSED",
            messageStatus=None,
            reason="NOT_SUBSCRIBED",
            remedy="Send an opt-in with the person's identify.",
            failedGate=REFUSING_GATE,
        ),
        delivery(status="REJECTED", messageStatus=None, errorCode="21211"),
    ),
}


@dataclass
class Server:
    """A running server, the token it accepts, every address it was asked for, and after which sequence each of
    its streams was to begin. `breaks_off`: its first stream ends behind one item, as no stream should."""

    url: str
    token: str = TOKEN
    refuses_everyone: bool = False
    tells_its_schema: bool = True
    breaks_off: bool = False
    asked: list[str] = field(default_factory=list)
    followed: list[str | None] = field(default_factory=list)

    async def graphql(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        if console.wants_page(request):
            return console.graphiql_response(request)
        if self.refuses_everyone or request.headers.get("authorization") != f"Bearer {self.token}":
            refusal = {
                "message": "No such token.",
                "extensions": {"code": "UNAUTHENTICATED", "requestId": "r1"},
            }
            return JSONResponse({"errors": [refusal]}, status_code=401)
        asked = await request.json()
        if not self.tells_its_schema and "__schema" in asked["query"]:
            return JSONResponse(
                {"errors": [{"message": "Introspection is off.", "extensions": {"code": "X"}}]}, 400
            )
        document = parse(asked["query"])
        problems = validate(SCHEMA, document)
        if problems:
            return JSONResponse({"errors": [problem.formatted for problem in problems]}, status_code=400)
        operation = get_operation_ast(document, asked.get("operationName"))
        if operation is not None and operation.operation.value == "subscription":
            self.followed.append((asked.get("variables") or {}).get("afterSequence"))
            broken = self.breaks_off and len(self.followed) == 1
            return StreamingResponse(tail(asked, breaks_off=broken), media_type="text/event-stream")
        result = execute_sync(
            SCHEMA,
            document,
            DATA,
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
        )
        return JSONResponse(result.formatted, headers={"X-Request-Id": "req_1"})


async def tail(asked: dict[str, Any], *, breaks_off: bool) -> AsyncIterator[str]:
    """Deliveries 1 and 2, or what follows the one asked for, as GraphQL over SSE has them in its mode of one
    connection for each operation."""
    after = (asked.get("variables") or {}).get("afterSequence") or "0"

    async def items(*_: object, **__: object) -> AsyncIterator[dict[str, Any]]:
        for sequence in "12"[int(after) :]:
            yield {"deliveryTail": {"sequence": sequence, "droppedBefore": 0, "delivery": delivery()}}

    results = subscribe(SCHEMA, parse(asked["query"]), {"deliveryTail": items})
    assert isinstance(results, AsyncIterator)
    async for result in results:
        assert isinstance(result, ExecutionResult)
        yield f"event: next\ndata: {json.dumps(result.formatted)}\n\n"
        if breaks_off:
            return
    yield "event: complete\ndata:\n\n"


@pytest.fixture
def graphiql_server() -> Iterator[Server]:
    _built()
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(routes=[Route("/graphql", server.graphql, methods=["GET", "POST"]), *console.routes()])
    runner = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=runner.run, kwargs={"sockets": [listening]})
    thread.start()
    yield server
    runner.should_exit = True
    thread.join()
    listening.close()


def absent(what: str) -> NoReturn:
    """A laptop may lack it; in CI it is there, or something is broken."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def _built() -> None:
    if not (STATIC / "index.html").is_file():
        absent("the console is not built: install the package where npm is")


def _chromium() -> str:
    found = chromium.executable()
    if found is None:
        absent(f"no browser: none of {', '.join(chromium.NAMES)} is on PATH")
    return found


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """No wider than a module: while it is started, its event loop counts as running and async tests cannot."""
    expect.set_options(timeout=30_000)  # the machine may have more to do than this
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One for all tests of a module: each takes a context of its own."""
    started = playwright.chromium.launch(executable_path=_chromium(), args=list(chromium.ARGUMENTS))
    yield started
    started.close()


@pytest.fixture(scope="session")
def planted_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ledgers are planted, each once for all processes of a run."""
    forks.prepare()
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "planted"


@pytest.fixture(scope="module")
def bookshop(planted_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bookshop]:
    """A gateway over a few hundred rows, which tests of a module share: for those that change nothing."""
    with served(planted_root, 300, tmp_path_factory.mktemp("bookshop")) as shop:
        yield shop


@pytest.fixture
def own_bookshop(planted_root: Path, tmp_path: Path) -> Iterator[Bookshop]:
    """The same for one test alone, which may do with it what it likes."""
    with served(planted_root, 300, tmp_path) as shop:
        yield shop


@pytest.fixture
def empty_bookshop(planted_root: Path, tmp_path: Path) -> Iterator[Bookshop]:
    """A gateway with nothing but tokens, for one test alone."""
    with served(planted_root, 0, tmp_path) as shop:
        yield shop


@pytest.fixture(scope="module", params=[0, 1, 100_000], ids=lambda rows: f"{rows}-rows")
def any_bookshop(
    request: pytest.FixtureRequest, planted_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bookshop]:
    """A gateway with nothing, with one of each, and with very many rows: for tests that change nothing."""
    with served(planted_root, request.param, tmp_path_factory.mktemp("bookshop")) as shop:
        yield shop


@contextmanager
def served(root: Path, rows: int, folder: Path) -> Iterator[Bookshop]:
    _built()
    _chromium()
    ledger = kept(root, rows)
    with serving(ledger, folder) as system:
        yield Bookshop(system, Planted.of(ledger))


@pytest.fixture
def watch(browser: Browser, bookshop: Bookshop) -> Iterator[Watch]:
    """A browser on the shared bookshop; the test fails where a page does what none may."""
    with watched(browser, bookshop) as watch:
        yield watch


@pytest.fixture
def own_watch(browser: Browser, own_bookshop: Bookshop) -> Iterator[Watch]:
    """The same on a bookshop of the test's own."""
    with watched(browser, own_bookshop) as watch:
        yield watch


@pytest.fixture
def context(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that was never used before, and that can resolve no name."""
    started = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=_chromium(),
        viewport={"width": 1280, "height": 800},
        args=list(chromium.ARGUMENTS),
    )
    yield started
    started.close()


@dataclass
class Seen:
    """What a page should not have done: requests to others, and what its console complained of, which
    includes all that the content security policy refused, workers' attempts among them."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture
def seen(context: BrowserContext, graphiql_server: Server) -> Seen:
    """Fills while the test runs; asks for itself before any page is opened."""
    log = Seen()

    def on_request(request: Sent) -> None:
        if not request.url.startswith((graphiql_server.url, "data:", "blob:")):
            log.foreign.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            log.errors.append(message.text)

    context.on("request", on_request)
    context.on("console", on_console)
    context.on("weberror", lambda error: log.errors.append(str(error.error)))
    return log


@pytest.fixture
def page(context: BrowserContext, seen: Seen) -> Page:
    return context.new_page()
