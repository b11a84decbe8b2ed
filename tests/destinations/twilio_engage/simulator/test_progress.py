from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from destinations.twilio_engage.simulator import ACCOUNT_SID, SENDER, SERVICE_SID, WHATSAPP_SENDER, Simulator

CALLBACK = "http://127.0.0.1:8080/status?delivery=1"
BY_SERVICE = {"From": None, "MessagingServiceSid": SERVICE_SID}
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
FORM = {"To": "+12025550142", "From": SENDER, "Body": "Hello", "StatusCallback": CALLBACK}


async def advance_to_the_end(simulator: Simulator) -> None:
    while await simulator.advance():
        pass


async def test_says_nothing_of_the_first_status(twilio: Any, webhook: Any) -> None:
    await twilio.send(StatusCallback=CALLBACK)

    assert webhook.requests == []


async def test_moves_one_status_at_a_time_and_calls_back_for_each(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    sid = (await twilio.send(StatusCallback=CALLBACK)).json()["sid"]

    moved = [await simulator.advance() for _ in range(3)]

    assert moved == [1, 1, 0]
    assert webhook.statuses == ["sent", "delivered"]
    assert (await twilio.fetch(sid)).json()["status"] == "delivered"


async def test_a_service_chooses_its_sender_when_it_queues(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    sid = (await twilio.send(**BY_SERVICE, StatusCallback=CALLBACK)).json()["sid"]

    await simulator.advance()

    message = (await twilio.fetch(sid)).json()
    assert (message["status"], message["from"], message["num_segments"]) == ("queued", SENDER, "1")
    assert (webhook.forms[0]["From"], webhook.forms[0]["MessagingServiceSid"]) == (SENDER, SERVICE_SID)
    await advance_to_the_end(simulator)
    assert webhook.statuses == ["queued", "sent", "delivered"]


async def test_time_and_price_come_with_sent(twilio: Any, simulator: Simulator, clock: Any) -> None:
    sid = (await twilio.send(Body="a" * 161)).json()["sid"]
    clock.tick(2)

    await simulator.advance()

    message = (await twilio.fetch(sid)).json()
    assert message["date_created"] == "Sat, 21 Nov 2026 09:30:00 +0000"
    assert message["date_sent"] == "Sat, 21 Nov 2026 09:30:02 +0000"
    assert message["date_updated"] == "Sat, 21 Nov 2026 09:30:02 +0000"
    assert (message["price"], message["price_unit"]) == ("-0.01500", "USD")


async def test_the_price_may_come_some_time_after_the_last_status(
    twilio: Any, simulator: Simulator, clock: Any
) -> None:
    knobs = (await twilio.control("settings", price_lag=60)).json()
    sid = (await twilio.send()).json()["sid"]
    prices = [(await twilio.fetch(sid)).json()["price"]]
    while await simulator.advance():
        clock.tick(50)
        prices.append((await twilio.fetch(sid)).json()["price"])

    clock.tick(9)
    early = (await twilio.list())["messages"][0]
    clock.tick(1)

    assert knobs["price_lag"] == 60.0
    assert prices == [None, None, None]
    assert (early["status"], early["price"]) == ("delivered", None)
    assert (await twilio.fetch(sid)).json()["price"] == "-0.00750"
    assert (await twilio.list())["messages"][0]["price"] == "-0.00750"


@pytest.mark.parametrize(
    ("end", "statuses"),
    [
        ({"status": "failed", "code": 30001}, ["failed"]),
        ({"status": "undelivered", "code": 30003}, ["sent", "undelivered"]),
        ({"status": "sent"}, ["sent"]),
        ({"status": "read"}, ["sent", "delivered", "read"]),
    ],
    ids=lambda value: str(value.get("status")) if isinstance(value, dict) else "",
)
async def test_a_message_ends_as_it_was_asked_to(
    twilio: Any, simulator: Simulator, webhook: Any, end: dict[str, Any], statuses: list[str]
) -> None:
    simulator.steer({"action": "status"} | end)
    created = await twilio.send(StatusCallback=CALLBACK)

    await advance_to_the_end(simulator)

    assert (created.status_code, created.json()["status"]) == (201, "queued")
    assert webhook.statuses == statuses
    message = (await twilio.fetch(created.json()["sid"])).json()
    assert (message["status"], message["error_code"]) == (statuses[-1], end.get("code"))
    assert [form.get("ErrorCode") for form in webhook.forms[:-1]] == [None] * (len(statuses) - 1)
    assert webhook.forms[-1].get("ErrorCode") == (str(end["code"]) if "code" in end else None)


async def test_a_failed_message_says_why(twilio: Any, simulator: Simulator) -> None:
    simulator.steer({"action": "status", "status": "failed", "code": 30007})
    sid = (await twilio.send()).json()["sid"]

    await simulator.advance()

    message = (await twilio.fetch(sid)).json()
    assert (message["error_code"], message["error_message"]) == (30007, "Carrier violation")
    assert (message["price"], message["date_sent"]) == (None, None)


async def test_the_form_of_a_callback_for_a_text(twilio: Any, simulator: Simulator, webhook: Any) -> None:
    sid = (await twilio.send(StatusCallback=CALLBACK)).json()["sid"]

    await advance_to_the_end(simulator)

    common = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": SENDER,
        "To": "+12025550142",
        "ApiVersion": "2010-04-01",
    }
    assert webhook.forms == [
        common | {"MessageStatus": "sent", "SmsStatus": "sent"},
        common | {"MessageStatus": "delivered", "SmsStatus": "delivered", "RawDlrDoneDate": "2611210930"},
    ]


async def test_the_form_of_a_callback_for_whatsapp(twilio: Any, simulator: Simulator, webhook: Any) -> None:
    await simulator.hear({"from": "whatsapp:+12025550142", "to": WHATSAPP_SENDER})
    sid = (
        await twilio.send(To="whatsapp:+12025550142", From=WHATSAPP_SENDER, StatusCallback=CALLBACK)
    ).json()["sid"]

    await advance_to_the_end(simulator)

    assert webhook.forms[-1] == {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": ACCOUNT_SID,
        "From": WHATSAPP_SENDER,
        "To": "whatsapp:+12025550142",
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": f"XE{51:032d}",
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": "+1202555XXXX",
        "EventType": "DELIVERED",
    }


async def test_moves_every_message_oldest_first(twilio: Any, simulator: Simulator, webhook: Any) -> None:
    sids = [(await twilio.send(Body=body, StatusCallback=CALLBACK)).json()["sid"] for body in "ab"]

    moved = await simulator.advance()

    assert moved == 2
    assert [form["MessageSid"] for form in webhook.forms] == sids


async def test_a_reset_forgets_everything_and_calls_nobody(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    await twilio.send(StatusCallback=CALLBACK)
    await twilio.send(To=None)
    simulator.steer({"action": "drop"})

    simulator.reset()

    assert await simulator.advance() == 0
    assert (simulator.messages, simulator.refusals, webhook.requests) == ([], [], [])
    assert (await twilio.send()).status_code == 201


async def test_moves_by_itself_while_it_is_served(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient], webhook: Any
) -> None:
    naps: list[float] = []
    may_wake = anyio.Semaphore(0)

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        await may_wake.acquire()

    simulator = make_simulator(step=0.3, sleep=sleep)

    async with connect(simulator) as client, simulator.app.router.lifespan_context(simulator.app):
        with anyio.fail_after(10):
            await client.post(MESSAGES, data=FORM)
            before = list(webhook.statuses)
            for expected in (["sent"], ["sent", "delivered"]):
                may_wake.release()
                while webhook.statuses != expected:
                    await anyio.lowlevel.checkpoint()

    assert before == []
    assert naps == [0.3, 0.3]


async def test_takes_up_on_its_own_what_was_created_before(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient], webhook: Any
) -> None:
    simulator = make_simulator(step=0.3)

    async with connect(simulator) as client:
        await client.post(MESSAGES, data=FORM)
        async with simulator.app.router.lifespan_context(simulator.app):
            with anyio.fail_after(10):
                while webhook.statuses != ["sent", "delivered"]:
                    await anyio.lowlevel.checkpoint()

    assert [message.status for message in simulator.messages] == ["delivered"]


async def test_calls_at_most_32_at_once_and_loses_none(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient]
) -> None:
    in_flight = [0]

    async def answer(_: httpx.Request) -> httpx.Response:
        in_flight.append(in_flight[-1] + 1)
        for _turn in range(50):
            await anyio.lowlevel.checkpoint()
        in_flight.append(in_flight[-1] - 1)
        return httpx.Response(204)

    simulator = make_simulator(step=0.3, transport=httpx.MockTransport(answer))

    async with connect(simulator) as client:
        for _ in range(100):
            await client.post(MESSAGES, data=FORM)
        async with simulator.app.router.lifespan_context(simulator.app):
            with anyio.fail_after(30):
                while any(len(message.calls) < 2 for message in simulator.messages):
                    await anyio.lowlevel.checkpoint()

    assert max(in_flight) == 32
    assert {call.result for message in simulator.messages for call in message.calls} == {"204"}


async def test_stops_moving_when_it_is_no_longer_served(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient], webhook: Any
) -> None:
    simulator = make_simulator(step=0.3, sleep=anyio.sleep)

    async with connect(simulator) as client, simulator.app.router.lifespan_context(simulator.app):
        await client.post(MESSAGES, data=FORM)

    assert [message.status for message in simulator.messages] == ["queued"]
    assert webhook.requests == []
