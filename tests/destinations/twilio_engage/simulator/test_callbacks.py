import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # it ships no types

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SENDER,
    SERVICE_SID,
    Account,
    Service,
    Simulator,
)
from destinations.twilio_engage.simulator.overrides import Overrides
from destinations.twilio_engage.simulator.signature import sign
from destinations.twilio_engage.simulator.urls import is_loopback
from destinations.twilio_engage.simulator.ways import LATE_SECONDS, Way, Ways

VECTORS = json.loads(Path(__file__).with_name("signature_vectors.json").read_text("utf-8"))["vectors"]
SIGNED_BY_ACCOUNT = [vector for vector in VECTORS if vector["valid"] and "algorithm" not in vector]
CALLBACK = "http://127.0.0.1:8080/status?delivery=1&note=a%20b"


@pytest.mark.parametrize("vector", SIGNED_BY_ACCOUNT, ids=lambda vector: str(vector["id"]))
def test_signs_as_twilio_does(vector: dict[str, Any]) -> None:
    pairs = [
        (name, value)
        for name, values in vector.get("params", {}).items()
        for value in (values if isinstance(values, list) else [values])
    ]

    signature = sign(vector["token"], vector["signed_url"], pairs)

    assert signature == vector["signature"]


def test_the_fragment_is_not_signed() -> None:
    url = "https://example.com/status"

    assert sign("token", f"{url}#rc=2&rp=all", [("a", "b")]) == sign("token", url, [("a", "b")])


async def test_a_callback_passes_the_validator_of_the_sdk(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    await twilio.send(StatusCallback=CALLBACK + "#rc=2", Body="caf\u00e9 & co")

    await simulator.advance()

    (request,), (form,) = webhook.requests, webhook.forms
    signature = request.headers["X-Twilio-Signature"]
    assert (request.method, str(request.url)) == ("POST", CALLBACK)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert RequestValidator(AUTH_TOKEN).validate(CALLBACK, form, signature)
    assert not RequestValidator(AUTH_TOKEN).validate(CALLBACK, form | {"MessageStatus": "failed"}, signature)


async def test_a_message_that_brings_no_callback_uses_that_of_its_service(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient], webhook: Any
) -> None:
    service = Service(SERVICE_SID, (SENDER,), status_callback="http://localhost/of-the-service")
    simulator = make_simulator(
        accounts=[Account(ACCOUNT_SID, AUTH_TOKEN, senders=(SENDER,), services=(service,))]
    )
    form = {"To": "+12025550142", "MessagingServiceSid": SERVICE_SID, "Body": "Hello"}

    async with connect(simulator) as client:
        uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        await client.post(uri, data=form)
        await client.post(uri, data=form | {"StatusCallback": "http://localhost/of-the-message"})
    await simulator.advance()

    assert [request.url.path for request in webhook.requests] == ["/of-the-service", "/of-the-message"]


@pytest.mark.parametrize(
    "case",
    [
        ("", httpx.ConnectError("refused"), 2),
        ("", httpx.ConnectTimeout("too slow"), 2),
        ("", httpx.ReadTimeout("too slow"), 1),
        ("", httpx.Response(500), 1),
        ("", httpx.Response(404), 1),
        ("#rc=0", httpx.ConnectError("refused"), 1),
        ("#rc=3", httpx.ConnectError("refused"), 4),
        ("#rc=2&rp=5xx", httpx.Response(503), 3),
        ("#rc=2&rp=5xx", httpx.Response(404), 1),
        ("#rc=2&rp=4xx,rt", httpx.Response(404), 3),
        ("#rc=2&rp=4xx,rt", httpx.ReadTimeout("too slow"), 3),
        ("#rc=2&rp=rt", httpx.ConnectError("refused"), 1),
        ("#rc=2&rp=all", httpx.RemoteProtocolError("closed"), 3),
        ("#rc=2&rp=all", httpx.Response(204), 1),
        ("#rc=9", httpx.ConnectError("refused"), 2),
    ],
)
async def test_retries_as_the_fragment_says(
    twilio: Any, simulator: Simulator, webhook: Any, case: tuple[str, httpx.Response | Exception, int]
) -> None:
    fragment, failure, tries = case
    webhook.answers = [failure] * 9
    await twilio.send(StatusCallback=CALLBACK + fragment)

    await simulator.advance()

    (call,) = simulator.messages[0].calls
    assert (len(webhook.requests), call.tries) == (tries, tries)
    assert len({request.headers["I-Twilio-Idempotency-Token"] for request in webhook.requests}) == 1


async def test_stops_retrying_when_a_try_succeeds(twilio: Any, simulator: Simulator, webhook: Any) -> None:
    webhook.answers = [httpx.ConnectError("refused"), httpx.Response(200)]
    await twilio.send(StatusCallback=CALLBACK + "#rc=5")

    await simulator.advance()

    assert [(call.status, call.result, call.tries) for call in simulator.messages[0].calls] == [
        ("sent", "200", 2)
    ]


async def test_a_callback_that_fails_does_not_hold_up_the_message(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    webhook.answers = [httpx.ConnectError("refused"), httpx.ConnectError("refused"), httpx.Response(500)]
    sid = (await twilio.send(StatusCallback=CALLBACK)).json()["sid"]

    await simulator.advance()
    await simulator.advance()

    assert (await twilio.fetch(sid)).json()["status"] == "delivered"
    assert [call.result for call in simulator.messages[0].calls] == ["ConnectError: refused", "500"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/status",
        "http://example.com/status",
        "http://10.0.0.1/status",
        "http://localhost.example.com/status",
        "http://127.0.0.1.example.com/status",
    ],
)
async def test_calls_nobody_outside_this_machine(
    twilio: Any, simulator: Simulator, webhook: Any, url: str
) -> None:
    created = await twilio.send(StatusCallback=url)

    await simulator.advance()

    assert created.status_code == 201
    assert webhook.requests == []
    assert [call.result for call in simulator.messages[0].calls] == [
        "not sent: the callback is not on loopback"
    ]


async def test_a_redirect_does_not_lead_outside_either(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    webhook.answers = [httpx.Response(302, headers={"Location": "https://example.com/status"})]
    await twilio.send(StatusCallback=CALLBACK)

    await simulator.advance()

    assert [str(request.url) for request in webhook.requests] == [CALLBACK]


@pytest.mark.parametrize(
    ("url", "calls"), [("https://example.com/status", 1), ("http://example.com/status", 0)]
)
async def test_calls_others_by_https_only_and_when_allowed(
    make_simulator: Callable[..., Simulator],
    connect: Callable[..., httpx.AsyncClient],
    webhook: Any,
    url: str,
    calls: int,
) -> None:
    simulator = make_simulator(allow_remote_callbacks=True)
    form = {"To": "+12025550142", "From": SENDER, "Body": "Hello", "StatusCallback": url}

    async with connect(simulator) as client:
        await client.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", data=form)
    await simulator.advance()

    assert len(webhook.requests) == calls


@pytest.mark.parametrize(("copies", "statuses"), [(0, []), (2, ["sent", "sent", "delivered", "delivered"])])
async def test_callbacks_can_be_lost_or_repeated(
    twilio: Any, simulator: Simulator, webhook: Any, copies: int, statuses: list[str]
) -> None:
    await twilio.control("settings", callback_copies=copies)
    await twilio.send(StatusCallback=CALLBACK)

    await simulator.advance()
    await simulator.advance()

    assert webhook.statuses == statuses


@pytest.mark.parametrize(
    ("way", "statuses"),
    [
        ("normal", ["sent", "delivered"]),
        ("doubled", ["sent", "sent", "delivered", "delivered"]),
        ("reordered", ["delivered", "sent"]),
        ("late", ["sent", "delivered"]),
        ("never", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_callbacks_go_the_way_that_was_asked_for(
    twilio: Any, simulator: Simulator, webhook: Any, way: str, statuses: list[str]
) -> None:
    answer = await twilio.control("settings", callback_ways={way: 1})
    await twilio.send(StatusCallback=CALLBACK)

    await simulator.advance()
    await simulator.advance()

    assert answer.json()["callback_ways"] == {way: 1}
    assert webhook.statuses == statuses


async def test_late_callbacks_are_waited_for(make_simulator: Any, webhook: Any) -> None:
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    simulator = make_simulator(sleep=note)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.app), base_url="http://twilio", auth=(ACCOUNT_SID, AUTH_TOKEN)
    ) as client:
        await client.post("/_simulator/settings", json={"callback_ways": {"late": 1}})
        form = {"To": "+12025550142", "From": SENDER, "Body": "Hello", "StatusCallback": CALLBACK}
        await client.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", data=form)
        await simulator.advance()

    assert (waits, webhook.statuses) == ([LATE_SECONDS], ["sent"])


def test_a_recipient_has_one_way_and_recipients_have_them_by_weight() -> None:
    ways = Ways({Way.NORMAL: 3, Way.NEVER: 1})
    people = [f"+1202555{number:04}" for number in range(1000)]

    drawn = [ways.of(person) for person in people]

    assert drawn == [ways.of(person) for person in people]
    assert drawn.count(Way.NEVER) == 250
    assert set(drawn) == {Way.NORMAL, Way.NEVER}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_knows_this_machine(host: str) -> None:
    assert is_loopback(host)


def test_reads_every_override() -> None:
    overrides = Overrides.read_from(
        "https://example.com/#ct=100&rt=2500&tt=15000&rc=5&rp=5xx,rt&e=dublin&sni=y"
    )

    assert overrides == Overrides(0.1, 2.5, 15.0, 5, frozenset({"5xx", "rt"}))


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "#",
        "#ct=99",
        "#ct=10001",
        "#rt=15001",
        "#tt=x",
        "#rc=6",
        "#rc=-1",
        "#rp=6xx",
        "#rp=ct,never",
        "#top",
    ],
)
def test_an_override_out_of_range_changes_nothing(fragment: str) -> None:
    overrides = Overrides.read_from("https://example.com/" + fragment)

    assert overrides == Overrides(5.0, 15.0, 15.0, 1, frozenset({"ct"}))
