"""`heliograph tail`: what it prints, and what it says where it can't."""

import asyncio
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from destinations.kit import Reason
from gateway import tail_command
from gateway.deliveries import DeliveryStatus
from gateway.errors import StartupError
from gateway.remote import Remote, remote
from gateway.settings import Settings
from gateway.shared.base import Topic
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.wire import PATIENCE, served

URL = "http://127.0.0.1:8080"


class Printed:
    """A console of which the lines are waited for."""

    def __init__(self) -> None:
        self._lines = StringIO()
        self._came = asyncio.Event()
        self.console = Console(file=self, width=80)  # type: ignore[arg-type]  # as much of a file as it needs

    def write(self, text: str) -> None:
        self._lines.write(text)
        self._came.set()

    def flush(self) -> None:
        """Nothing waits."""

    @property
    def lines(self) -> list[str]:
        return self._lines.getvalue().splitlines()

    async def until(self, count: int) -> list[str]:
        while len(self.lines) < count:
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), PATIENCE)
        return self.lines


@pytest.fixture
def printed() -> Printed:
    return Printed()


@pytest.mark.network
async def test_each_delivery_and_event_is_a_line(
    api: Api, ledger: Ledger, admin_token: str, printed: Printed
) -> None:
    first = await ledger.delivery(1, status=DeliveryStatus.ACCEPTED, recipient="+15551234567")
    second = await ledger.delivery(
        2,
        status=DeliveryStatus.SUPPRESSED,
        reason=Reason.OPTED_OUT,
        recipient="+15557654321",
        remedy="They have to write START.",
    )
    event = await ledger.event(3, name="Note \x1b[2J[red]Written")
    tail, now = api.services.shared.tail, api.clock.now()
    async with served(api.endpoint) as port:
        url = f"http://127.0.0.1:{port}"
        watching = asyncio.create_task(
            tail_command.tail(Remote(url, SecretStr(admin_token)), printed.console, events=True)
        )
        await printed.until(1)
        while len(api.endpoint.subscriptions.feeds._feeds) < 2:  # noqa: ASYNC110  nothing says so
            await asyncio.sleep(0)
        tail.publish(Topic.DELIVERY, [("default", first), ("default", second)], now)
        await printed.until(3)
        tail.publish(Topic.EVENT, [("default", event)], now)
        lines = await printed.until(4)
        watching.cancel()
        await asyncio.wait({watching})

    assert lines == [
        f"Watching {url}. Ctrl-C ends it.",
        f"12:00:00 ACCEPTED    +15551234567     Notes ← Note Written  {first}",
        f"12:00:00 SUPPRESSED  +15557654321     Notes ← Note Written  OPTED_OUT · They have to write START.  {second}",
        f"12:00:00 MATCHED     u1               track Note �[2J[red]Written ← Shop  {event}",
    ]


@pytest.mark.network
async def test_numbers_are_masked_as_the_role_of_the_token_says(
    api: Api, ledger: Ledger, printed: Printed
) -> None:
    token = await api.token(Role.VIEWER)
    delivery = await ledger.delivery(1, recipient="+15551234567")
    async with served(api.endpoint) as port:
        asked = Remote(f"http://127.0.0.1:{port}", SecretStr(token))
        watching = asyncio.create_task(tail_command.tail(asked, printed.console))
        await printed.until(1)
        api.services.shared.tail.publish(Topic.DELIVERY, [("default", delivery)], api.clock.now())
        lines = await printed.until(2)
        watching.cancel()
        await asyncio.wait({watching})

    assert lines[1] == f"12:00:00 PENDING     +1••••67         Notes ← Note Written  {delivery}"


def item(sequence: str, dropped: int = 0) -> bytes:
    """An event of the stream."""
    delivery = {
        "id": "dlv_1",
        "status": "ACCEPTED",
        "messageStatus": "DELIVERED",
        "reason": None,
        "recipient": "+15551234567",
        "errorCode": None,
        "errorMessage": None,
        "remedy": None,
        "mapping": None,
        "event": None,
    }
    told = {
        "sequence": sequence,
        "at": "2026-03-01T12:00:00.000Z",
        "droppedBefore": dropped,
        "delivery": delivery,
    }
    return b":\n\nevent: next\ndata: " + json.dumps({"data": {"deliveryTail": told}}).encode() + b"\n\n"


async def answered(
    printed: Printed, *responses: httpx.Response | httpx.HTTPError, **given: Any
) -> list[dict[str, Any]]:
    """The variables it asked with, of a gateway that answers so, one after the other."""
    asked: list[dict[str, Any]] = []
    coming: Iterator[httpx.Response | httpx.HTTPError] = iter(responses)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["variables"])
        response = next(coming)
        if isinstance(response, httpx.HTTPError):
            raise response
        return response

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    await tail_command.tail(Remote(URL, SecretStr("t")), printed.console, client=client, **given)
    return asked


async def test_a_gateway_that_went_away_is_asked_again_from_where_it_was(
    printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_command, "FIRST_PAUSE", 0.0)
    asked: list[Any] = []
    stopping = b'event: next\ndata: {"errors": [{"message": "x", "extensions": {"code": "UNAVAILABLE"}}]}\n\n'

    with pytest.raises(StartupError) as error:
        asked += await answered(
            printed,
            httpx.Response(200, content=item("ab-1") + stopping),
            httpx.ConnectError("refused"),
            httpx.Response(503),
            httpx.Response(200, content=item("ab-9", dropped=7)),
            httpx.Response(401),
            destination_id="dst_1",
        )

    line = "12:00:00 DELIVERED   +15551234567     a deleted mapping ← a deleted event  dlv_1"
    again = f"The gateway at {URL} went away; it is asked again in 0 s."
    assert printed.lines == [
        f"Watching {URL}. Ctrl-C ends it.",
        line,
        again,
        again,
        again,
        "… 7 or more before this are missing here: the lists of the API have them.",
        line,
        again,
    ]
    assert str(error.value).startswith(f"The gateway at {URL} does not know this token, or it was revoked.")


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (
            httpx.ConnectError("All connection attempts failed"),
            (
                f"No gateway answers at {URL} (All connection attempts failed). Nothing was done. Start it (`heliograph serve`), or say "
                "where it is with --url."
            ),
        ),
        (
            httpx.Response(401),
            (
                f"The gateway at {URL} does not know this token, or it was revoked. Nothing was done. On the server, `heliograph token "
                "create --role READER --name NAME` makes one; give it with HELIOGRAPH_TOKEN, or with --token."
            ),
        ),
        (
            httpx.Response(404),
            (
                f"What answers at {URL} is no gateway that can do this (it said 404). Nothing was done. Say where the gateway is with "
                "--url."
            ),
        ),
        (httpx.Response(429, json={"errors": [{"message": "Too many."}]}), "Too many."),
        (
            httpx.Response(
                200,
                content=b'event: next\ndata: {"errors": [{"message": "No \\u001b[2J.", "extensions": {"code": "FORBIDDEN"}}]}\n\n',
            ),
            "No �[2J.",
        ),
    ],
)
async def test_what_keeps_it_from_watching_is_said(
    printed: Printed, response: httpx.Response | httpx.HTTPError, said: str
) -> None:
    with pytest.raises(StartupError) as error:
        await answered(printed, response)

    assert str(error.value) == said


@pytest.mark.network
async def test_a_destination_that_is_not_there_is_said_and_not_watched(
    api: Api, admin_token: str, printed: Printed
) -> None:
    async with served(api.endpoint) as port:
        gateway = Remote(f"http://127.0.0.1:{port}", SecretStr(admin_token))
        with pytest.raises(StartupError) as error:
            await tail_command.tail(gateway, printed.console, destination_id="nope")

    assert str(error.value) == (
        "`filter.destinationId` names no destination that this token sees. Nothing was done: give the id of one, as `destinations` "
        "lists them, or leave it out for all."
    )


# -- which gateway, and with which token ------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "admin-token").write_text("hgt_of-the-file\n")
    return Settings(data_dir=tmp_path)


@pytest.mark.parametrize(
    ("url", "environ", "given", "token"),
    [
        (URL, {}, "hgt_given", "hgt_given"),
        (URL, {"HELIOGRAPH_TOKEN": "hgt_of-the-environment"}, None, "hgt_of-the-environment"),
        (f"{URL}/graphql", {}, None, "hgt_of-the-file"),
        ("http://localhost:8080/", {}, None, "hgt_of-the-file"),
        ("https://elsewhere.example", {"HELIOGRAPH_TOKEN": "hgt_theirs"}, None, "hgt_theirs"),
    ],
)
def test_the_nearest_token_is_taken(
    settings: Settings, url: str, environ: dict[str, str], given: str | None, token: str
) -> None:
    found = remote(settings, environ, url=url, token=given)

    assert found.token.get_secret_value() == token
    assert found.address == url.rstrip("/").removesuffix("/graphql") + "/graphql"
    assert token not in repr(found)


def test_nobody_elses_gateway_is_told_the_token_of_this_installation(settings: Settings) -> None:
    with pytest.raises(StartupError, match="with a token, and there is none"):
        remote(settings, {}, url="https://elsewhere.example", token=None)


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_what_is_no_address_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(StartupError, match="is no address of a gateway"):
        remote(settings, {}, url=url, token="t")
