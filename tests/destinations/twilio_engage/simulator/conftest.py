import itertools
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SENDER,
    WHATSAPP_SENDER,
    Simulator,
)
from tests.destinations.twilio_engage.openapi_answers import complaints_of_answer

PERSON = "+12025550142"
_TWILIOS = ("/2010-04-01", "/v1/", "/v2/")
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def tick(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Webhook(httpx.AsyncBaseTransport):
    """Stands where callbacks go: keeps each request and answers 204, or what `answers` holds."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else httpx.Response(204)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def forms(self) -> list[dict[str, str]]:
        return [dict(httpx.QueryParams(request.content.decode())) for request in self.requests]

    @property
    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for form in self.forms]


class Twilio:
    """A client of the simulator, in the process; `send` fills in what a test does not care about."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.http = client

    async def send(self, **form: Any) -> httpx.Response:
        """Create a message; a value of None leaves that parameter out."""
        whole = {"To": PERSON, "From": SENDER, "Body": "Hello"} | form
        return await self.http.post(
            MESSAGES, data={key: value for key, value in whole.items() if value is not None}
        )

    async def list(self, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(MESSAGES, params=query)
        assert answer.status_code == 200
        page: dict[str, Any] = answer.json()
        return page

    async def fetch(self, sid: str) -> httpx.Response:
        return await self.http.get(MESSAGES.replace(".json", f"/{sid}.json"))

    async def whatsapp(self, **form: Any) -> httpx.Response:
        """Create a WhatsApp message to the same person."""
        return await self.send(**{"To": f"whatsapp:{PERSON}", "From": WHATSAPP_SENDER} | form)

    async def hear(self, **said: Any) -> dict[str, Any]:
        """Let the person write, on WhatsApp unless a test says where."""
        whole = {"from": f"whatsapp:{PERSON}", "to": WHATSAPP_SENDER, "body": "Hi"} | said
        answer = await self.control("inbound", **whole)
        assert answer.status_code == 200, answer.text
        heard: dict[str, Any] = answer.json()
        return heard

    async def control(self, name: str, **value: Any) -> httpx.Response:
        return await self.http.post(f"/_simulator/{name}", json=value)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def make_simulator(clock: Clock, webhook: Webhook) -> Callable[..., Simulator]:
    """A simulator that only moves by hand, with a clock of its own and ids that count up."""
    ids = itertools.count(1)

    async def no_time(_: float) -> None:
        pass

    def make(**options: Any) -> Simulator:
        defaults: dict[str, Any] = {
            "step": None,
            "transport": webhook,
            "now": clock,
            "sleep": no_time,
            "new_id": lambda: f"{next(ids):032x}",
        }
        return Simulator(**(defaults | options))

    return make


@pytest.fixture
def simulator(make_simulator: Callable[..., Simulator]) -> Simulator:
    return make_simulator()


async def _is_as_twilio_specifies(answer: httpx.Response) -> None:
    """Holds every answer of every test against Twilio's specification; what is not Twilio's has none."""
    asked = answer.request
    if not asked.url.path.startswith(_TWILIOS):
        return
    content = await answer.aread()
    assert complaints_of_answer(asked.method, str(asked.url), answer.status_code, content) == []


@pytest.fixture
def connect() -> Callable[..., httpx.AsyncClient]:
    def open_client(
        simulator: Simulator, auth: tuple[str, str] | None = (ACCOUNT_SID, AUTH_TOKEN)
    ) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(simulator.app)
        return httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1",
            auth=auth,
            event_hooks={"response": [_is_as_twilio_specifies]},
        )

    return open_client


@pytest.fixture
async def twilio(simulator: Simulator, connect: Callable[..., httpx.AsyncClient]) -> AsyncIterator[Twilio]:
    async with connect(simulator) as client:
        yield Twilio(client)


@pytest.fixture
def serve() -> Callable[[Starlette], Any]:
    """Serve an app on loopback for the length of a `with`; gives its base URL."""

    @contextmanager
    def run(app: Starlette) -> Iterator[str]:
        listener = socket.create_server(
            ("127.0.0.1", 0)
        )  # it queues connections before the server takes them
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            listener.close()

    return run
