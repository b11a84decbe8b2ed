"""What providers call."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal

import anyio
import httpx
import pytest
from structlog.testing import capture_logs

from destinations.kit import (
    Channel,
    ConsentStatus,
    DestinationStatus,
    MessageStatus,
    WebhookRequest,
    Webhooks,
)
from gateway import metrics
from gateway.consent import state
from gateway.errors import StoreUnavailable
from gateway.storage import conversations, people
from gateway.webhooks.endpoints import WebhookApp
from tests.factories import ANN, NOW, destination, identify, later, mapping, track
from tests.gateway import paper
from tests.gateway.world import World


class Choosy(paper.Settings):
    """Settings that take no blue any more."""

    colour: Literal["red"] | None = None


SIGNED = {"x-paper-signature": "s3cret-of-paper"}
URL = "/webhooks/dst_paper/status"
INBOUND = "/webhooks/dst_paper/inbound"
HELLO = {"sid": "SM9", "from": ANN, "to": "+12025550199", "text": "Hello"}


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    await world.take(identify(), track())
    await world.deliver()
    transport = httpx.ASGITransport(app=WebhookApp(world.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://inside:8080") as opened:
        yield opened


async def test_a_signed_callback_is_kept_and_then_answered(client: httpx.AsyncClient, world: World) -> None:
    one = await world.delivery()

    answer = await client.post(
        f"{URL}?delivery={one.id}", json={"sid": "SM1", "status": "DELIVERED"}, headers=SIGNED
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await world.delivery()).message_status is MessageStatus.DELIVERED
    assert len(await world.callbacks()) == 1


async def test_a_message_is_kept_and_answered_with_nothing_to_say(
    client: httpx.AsyncClient, world: World
) -> None:
    answer = await client.post(INBOUND, json=HELLO, headers=SIGNED)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response/>'
    (heard,) = (await world.store.read(lambda c: conversations.of_numbers(c, "default", [ANN])))[ANN]
    assert (heard.sender, heard.last_inbound_at) == ("+12025550199", NOW)
    assert len(await world.words()) == 1


async def test_a_message_repeated_by_the_provider_changes_nothing_the_second_time(
    client: httpx.AsyncClient, world: World
) -> None:
    stop = {**HELLO, "text": "STOP"}
    start = {**HELLO, "sid": "SM10", "text": "START"}
    await client.post(INBOUND, json=stop, headers=SIGNED)
    world.clock.advance(60)
    await client.post(INBOUND, json=start, headers=SIGNED)
    counts = await world.counts()

    world.clock.advance(60)
    answers = [await client.post(INBOUND, json=body, headers=SIGNED) for body in (stop, start, stop)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await world.counts() == counts
    stands = state(await world.words())
    assert stands is not None
    assert (stands.status, stands.stopped, stands.changed_at) == (
        ConsentStatus.SUBSCRIBED,
        False,
        later(60),
    )
    (heard,) = (await world.store.read(lambda c: conversations.of_numbers(c, "default", [ANN])))[ANN]
    assert heard.last_inbound_at == later(60)


async def test_a_message_on_whatsapp_opens_its_own_conversation(
    client: httpx.AsyncClient, world: World
) -> None:
    await client.post(
        INBOUND, json={**HELLO, "channel": "WHATSAPP", "from": "+5215512345678"}, headers=SIGNED
    )

    (heard,) = (await world.store.read(lambda c: conversations.of_numbers(c, "default", ["+525512345678"])))[
        "+525512345678"
    ]
    assert (heard.phone, heard.channel) == ("+525512345678", Channel.WHATSAPP)
    assert await world.store.read(lambda c: people.contact(c, "default", "+525512345678")) is not None


@pytest.mark.parametrize("headers", [{}, {"x-paper-signature": "wrong"}])
async def test_an_unsigned_message_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, world: World, headers: dict[str, str]
) -> None:
    counts = await world.counts()

    answer = await client.post(INBOUND, json={**HELLO, "text": "STOP"}, headers=headers)

    assert (answer.status_code, answer.text) == (403, "The signature is wrong. Nothing was changed.\n")
    assert await world.counts() == counts


async def test_a_message_that_can_not_be_read_is_refused(client: httpx.AsyncClient, world: World) -> None:
    counts = await world.counts()

    answer = await client.post(INBOUND, content=b"[]", headers=SIGNED)

    assert answer.status_code == 400
    assert await world.counts() == counts


async def test_a_message_wakes_nothing_that_waits(client: httpx.AsyncClient, world: World) -> None:
    await world.configure(destination(id="dst_draft", status=DestinationStatus.DRAFT))
    await world.configure(mapping(id="map_draft", destination_id="dst_draft"))
    await world.take(track(messageId="m-2"))
    await world.deliver()
    due = await world.due()

    await client.post(INBOUND, json=HELLO, headers=SIGNED)

    assert await world.deliver() == 0
    assert await world.due() == due


@pytest.mark.parametrize("headers", [{}, {"x-paper-signature": "wrong"}])
async def test_an_unsigned_one_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, world: World, headers: dict[str, str]
) -> None:
    answer = await client.post(URL, json={"sid": "SM1", "status": "DELIVERED"}, headers=headers)

    assert (answer.status_code, answer.text) == (403, "The signature is wrong. Nothing was changed.\n")
    assert (await world.delivery()).message_status is MessageStatus.QUEUED
    assert await world.callbacks() == []


@pytest.mark.parametrize("body", [b"[]", b'{"sid":"SM1","status":"LOST"}'])
async def test_one_that_can_not_be_read_is_refused(
    client: httpx.AsyncClient, world: World, body: bytes
) -> None:
    answer = await client.post(URL, content=body, headers=SIGNED)

    assert answer.status_code == 400
    assert answer.text.startswith("The callback can't be read (")
    assert answer.text.endswith("). Nothing was changed.\n")
    assert await world.callbacks() == []


async def test_a_stop_lands_in_the_ledger(client: httpx.AsyncClient, world: World) -> None:
    assert (await client.post(URL, json={"stop": ANN}, headers=SIGNED)).status_code == 204

    assert [(one.status, one.own_word) for one in await world.words()][-1] == (
        ConsentStatus.UNSUBSCRIBED,
        True,
    )


async def test_one_about_nothing_we_know_is_answered_all_the_same(
    client: httpx.AsyncClient, world: World
) -> None:
    answer = await client.post(URL, json={"sid": "SM404", "status": "SENT"}, headers=SIGNED)

    assert answer.status_code == 204
    assert await world.callbacks() == []


@pytest.mark.parametrize("about", ["status", "inbound"])
async def test_one_that_says_nothing_is_answered_counted_and_in_the_log(
    client: httpx.AsyncClient, world: World, about: str
) -> None:
    def read(_call: WebhookRequest, _settings: Any) -> tuple[Any, ...]:
        return ()

    object.__setattr__(world.definition, "webhooks", Webhooks(status=read, inbound=read))
    counts, before = await world.counts(), metrics.CALLBACKS.labels("silent")._value.get()
    with capture_logs() as logged:
        answer = await client.post(f"/webhooks/dst_paper/{about}", json={}, headers=SIGNED)

    assert answer.is_success
    assert await world.counts() == counts
    assert metrics.CALLBACKS.labels("silent")._value.get() == before + 1
    assert logged == [
        {
            "event": "A callback says nothing that is known here: nothing was changed",
            "destination": "dst_paper",
            "about": about,
            "log_level": "warning",
        }
    ]


@pytest.mark.parametrize("kind", ["status", "inbound"])
async def test_a_destination_nobody_knows_is_a_404(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post(f"/webhooks/dst_none/{kind}", json={}, headers=SIGNED)

    assert (answer.status_code, answer.text) == (404, "There is no such destination. Nothing was changed.\n")


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/",
        "/webhooks/status",
        "/webhooks/dst_paper/",
        "/webhooks/dst_paper/prices",
        "/webhooks/dst_paper//status",
        "/webhooks/dst_paper/key/more/status",
        "/webhooks/dst_paper/status/",
    ],
)
async def test_a_path_that_nobody_was_given_is_a_404(
    client: httpx.AsyncClient, world: World, path: str
) -> None:
    answer = await client.post(path, json={"sid": "SM1", "status": "SENT"}, headers=SIGNED)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert await world.callbacks() == []


async def test_another_method_is_told_which_there_are(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.put(URL, json={"sid": "SM1", "status": "SENT"}, headers=SIGNED)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, GET, HEAD")
    assert await world.callbacks() == []


async def test_a_body_that_does_not_come_is_waited_for_no_longer(world: World) -> None:
    counts = await world.counts()

    async def nothing() -> AsyncIterator[bytes]:
        await anyio.sleep_forever()
        yield b""

    app = WebhookApp(world.services, body_seconds=0.01)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside") as client:
        answer = await client.post(URL, content=nothing(), headers=SIGNED)

    assert (answer.status_code, answer.text) == (408, "The body did not arrive. Nothing was changed.\n")
    assert await world.counts() == counts


async def test_a_caller_who_goes_before_the_end_of_the_body_changes_nothing(world: World) -> None:
    counts = await world.counts()
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    said: list[Any] = []

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(name.encode(), value.encode()) for name, value in SIGNED.items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": URL,
        "query_string": b"",
        "scheme": "http",
        "headers": headers,
    }
    await WebhookApp(world.services)(scope, receive, send)

    assert said[0]["status"] == 408
    assert await world.counts() == counts


async def test_a_fault_of_ours_is_in_the_log_and_the_provider_calls_again(
    client: httpx.AsyncClient, world: World
) -> None:
    def read(_call: WebhookRequest, _settings: Any) -> tuple[Any, ...]:
        raise RuntimeError("a bug")

    object.__setattr__(world.definition, "webhooks", Webhooks(status=read, inbound=read))
    with capture_logs() as logged:
        answer = await client.post(URL, json={}, headers=SIGNED)

    assert (answer.status_code, answer.text) == (
        500,
        "The gateway failed on this call, and its log has the cause. Call again.\n",
    )
    assert [line["event"] for line in logged] == ["A callback failed"]


@pytest.mark.parametrize("host", ["[1.2.3.4.5]", "[::::]:80", "[", "a b", ""])
async def test_a_host_that_is_none_is_not_taken_for_the_address(world: World, host: str) -> None:
    settings = world.services.settings.model_copy(update={"public_url": None})
    app = WebhookApp(replace(world.services, settings=settings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside:8080") as other:
        answer = await other.post(f"{URL}?key=s3cret", json={}, headers={"Host": host})

    assert (answer.status_code, answer.text) == (403, "The signature is wrong. Nothing was changed.\n")


async def test_a_body_without_an_end_is_cut_off(client: httpx.AsyncClient, world: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    answer = await client.post(URL, content=endless(), headers=SIGNED)

    assert (answer.status_code, answer.text) == (413, "The body is too large. Nothing was changed.\n")
    assert await world.callbacks() == []


@pytest.mark.parametrize(("url", "body"), [(URL, {"sid": "SM1", "status": "SENT"}), (INBOUND, HELLO)])
async def test_where_the_store_does_not_commit_the_provider_may_call_again(
    client: httpx.AsyncClient,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    body: dict[str, str],
) -> None:
    async def write(_change: Any) -> None:
        raise StoreUnavailable("Gone.")

    monkeypatch.setattr(world.store, "write", write)
    answer = await client.post(url, json=body, headers=SIGNED)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        (
            "https://texts.example.com",
            "https://texts.example.com/webhooks/dst_paper/status?delivery=a%2Fb&x=",
        ),
        (
            "https://example.com/texts",
            "https://example.com/texts/webhooks/dst_paper/status?delivery=a%2Fb&x=",
        ),
        (None, "http://inside:8080/webhooks/dst_paper/status?delivery=a%2Fb&x="),
    ],
)
async def test_the_destination_sees_the_address_that_was_called(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch, public_url: str | None, url: str
) -> None:
    seen: list[WebhookRequest] = []

    def read(call: WebhookRequest, settings: Any) -> tuple[Any, ...]:
        seen.append(call)
        return ()

    object.__setattr__(world.definition, "webhooks", Webhooks(status=read, inbound=read))
    settings = world.services.settings.model_copy(update={"public_url": public_url})
    object.__setattr__(world.services, "settings", settings)

    await client.post(f"{URL}?delivery=a%2Fb&x=", content=b"body", headers={"X-Twice": "a"})

    assert [(call.url, call.body, call.headers["x-twice"]) for call in seen] == [(url, b"body", "a")]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_log_names_the_address_that_was_checked_and_no_value_of_its_query(
    client: httpx.AsyncClient, method: str
) -> None:
    with capture_logs() as logged:
        answer = await client.request(method, f"{URL}?key=s3cret&delivery=d1", json={})

    assert answer.status_code == 403
    assert [line["checked"] for line in logged] == [
        "https://texts.example.com/webhooks/dst_paper/status?key=…&delivery=…"
    ]
    assert "s3cret" not in str(logged)


@pytest.mark.parametrize(
    ("settings", "status", "heard"),
    [
        pytest.param({"token": "s3cret-of-paper", "colour": "blue"}, 200, 1, id="left out"),
        pytest.param({"colour": "blue"}, 503, 0, id="needed"),
    ],
)
async def test_a_stop_is_heard_though_a_setting_no_longer_fits(
    client: httpx.AsyncClient,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    status: int,
    heard: int,
) -> None:
    choosy = replace(world.services.definition("paper"), settings=Choosy)
    monkeypatch.setattr(world.services.workspace, "definitions", {"paper": choosy})
    known = await world.services.workspace.current()
    unfit = replace(known.destinations["dst_paper"], settings=settings)
    world.services.workspace._snapshot = replace(known, destinations={"dst_paper": unfit})
    before = len(await world.words())

    answer = await client.post(INBOUND, json={**HELLO, "text": "STOP"}, headers=SIGNED)

    assert (answer.status_code, answer.headers.get("retry-after")) == (
        status,
        "60" if status == 503 else None,
    )
    assert len(await world.words()) - before == heard
