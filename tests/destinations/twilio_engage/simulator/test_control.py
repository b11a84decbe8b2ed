import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import ACCOUNT_SID, SENDER, Simulator

CALLBACK = "http://127.0.0.1:8080/status"


async def test_an_error_is_answered_and_makes_nothing(twilio: Any, simulator: Simulator) -> None:
    await twilio.control("next", action="error", code=20429, retry_after=7)

    refused = await twilio.send()
    accepted = await twilio.send()

    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (429, 20429, "7")
    assert accepted.status_code == 201
    assert [message.sid for message in simulator.messages] == [accepted.json()["sid"]]
    assert [refusal.error.code for refusal in simulator.refusals] == [20429]


async def test_an_error_may_have_a_status_and_a_message_of_its_own(twilio: Any) -> None:
    await twilio.control("next", action="error", code=21999, status=418, message="Short and stout")

    answer = await twilio.send()

    assert (answer.status_code, answer.json()["message"]) == (418, "Short and stout")
    assert "Retry-After" not in answer.headers


async def test_an_error_may_come_although_the_message_was_made(twilio: Any, simulator: Simulator) -> None:
    await twilio.control("next", action="error", code=20500, created=True)

    answer = await twilio.send(Body="made all the same")

    assert (answer.status_code, answer.json()["code"]) == (500, 20500)
    assert [message.body for message in simulator.messages] == ["made all the same"]
    assert simulator.refusals == []


async def test_a_dropped_answer_leaves_the_message_made(twilio: Any, simulator: Simulator) -> None:
    await twilio.control("next", action="drop")

    with pytest.raises(httpx.RemoteProtocolError):
        await twilio.send(Body="made all the same")

    assert [message["body"] for message in (await twilio.list())["messages"]] == ["made all the same"]
    assert await simulator.advance() == 1


async def test_a_connection_that_is_dropped_before_makes_nothing(twilio: Any, simulator: Simulator) -> None:
    await twilio.control("next", action="drop", created=False)

    with pytest.raises(httpx.RemoteProtocolError):
        await twilio.send()

    assert simulator.messages == []
    assert (await twilio.send()).status_code == 201


async def test_an_answer_that_never_comes_leaves_the_message_made(twilio: Any, simulator: Simulator) -> None:
    await twilio.control("next", action="timeout", seconds=30)

    with pytest.raises(httpx.ReadTimeout):
        await twilio.send(Body="made all the same")

    assert [message.body for message in simulator.messages] == ["made all the same"]


async def test_a_delayed_create_makes_the_message_late(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient], clock: Any
) -> None:
    held: list[int] = []

    async def sleep(seconds: float) -> None:
        held.append(len(simulator.messages))
        clock.tick(seconds)

    simulator = make_simulator(sleep=sleep)
    simulator.steer({"action": "delay", "seconds": 20})
    form = {"To": "+12025550142", "From": SENDER, "Body": "Hello"}

    async with connect(simulator) as client:
        answer = await client.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", data=form)
        (shown,) = (await client.get("/_simulator/messages")).json()["messages"]

    assert held == [0]
    assert (answer.status_code, answer.json()["date_created"]) == (201, "Sat, 21 Nov 2026 09:30:20 +0000")
    assert shown["received"]["at"] == "2026-11-21T09:30:00+00:00"
    assert len(simulator.messages) == 1


async def test_a_truncated_answer_cannot_be_read(twilio: Any, simulator: Simulator) -> None:
    twilio.http.event_hooks = {}  # it is not as Twilio specifies
    await twilio.control("next", action="truncate")

    answer = await twilio.send()

    assert answer.status_code == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(simulator.messages) == 1


async def test_a_fault_may_be_kept_for_one_recipient_and_for_several_creates(twilio: Any) -> None:
    await twilio.control("next", action="error", code=21610, to="+12025550143", times=2)

    codes = [(await twilio.send(To=to)).status_code for to in ("+12025550142", *["+12025550143"] * 3)]

    assert codes == [201, 400, 400, 201]


async def test_a_fault_without_an_end_lasts_until_a_reset(twilio: Any) -> None:
    await twilio.control("next", action="error", code=21610, times=None)
    during = [(await twilio.send()).status_code for _ in range(3)]

    await twilio.control("reset")

    assert during == [400, 400, 400]
    assert (await twilio.send()).status_code == 201


async def test_what_is_refused_anyway_uses_up_no_fault(twilio: Any) -> None:
    await twilio.control("next", action="error", code=20429)

    codes = [answer.json()["code"] for answer in (await twilio.send(To=None), await twilio.send())]

    assert codes == [21604, 20429]


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({}, "action"),
        ({"action": "explode"}, "explode"),
        ({"action": "error"}, "error.code: Field required"),
        ({"action": "drop", "seconds": 1}, "drop.seconds: Extra inputs are not permitted"),
        ({"action": "status", "status": "lost"}, "status.status"),
        ({"action": "delay", "seconds": -1}, "delay.seconds"),
        ({"action": "drop", "times": 0}, "drop.times"),
    ],
    ids=str,
)
async def test_a_fault_that_makes_no_sense_is_refused(
    twilio: Any, fault: dict[str, Any], complaint: str
) -> None:
    answer = await twilio.control("next", **fault)

    assert answer.status_code == 400
    assert complaint in answer.json()["error"]
    assert (await twilio.send()).status_code == 201


@pytest.mark.parametrize("name", ["next", "inbound", "approval", "advance", "settings", "reset"])
async def test_a_form_of_another_page_commands_nothing(twilio: Any, simulator: Simulator, name: str) -> None:
    await twilio.send()

    answer = await twilio.http.post(f"/_simulator/{name}", data={"action": "drop"})

    assert answer.status_code == 415
    assert [message.status for message in simulator.messages] == ["queued"]
    assert (await twilio.send()).status_code == 201


async def test_a_body_that_is_not_json_is_refused(twilio: Any) -> None:
    answer = await twilio.http.post(
        "/_simulator/next", content=b"{", headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()) == (400, {"error": "the body is not JSON"})


async def test_advances_when_asked(twilio: Any, webhook: Any) -> None:
    await twilio.send(StatusCallback=CALLBACK)

    answer = await twilio.control("advance")

    assert answer.json() == {"moved": 1}
    assert webhook.statuses == ["sent"]


async def test_shows_everything_it_received(twilio: Any, simulator: Simulator) -> None:
    created = (await twilio.send(StatusCallback=CALLBACK, Tags="{}")).json()
    await simulator.advance()
    await twilio.send(To="+15005550001")

    shown = (await twilio.http.get("/_simulator/messages")).json()

    (message,), (refusal,) = shown["messages"], shown["refusals"]
    pairs = [["To", "+12025550142"], ["From", SENDER], ["Body", "Hello"]]
    assert (shown["epoch"], shown["version"]) == (0, 3)
    assert (message["sid"], message["status"]) == (created["sid"], "sent")
    assert message["received"] == {
        "at": "2026-11-21T09:30:00+00:00",
        "pairs": [*pairs, ["StatusCallback", CALLBACK], ["Tags", "{}"]],
    }
    assert [entry["status"] for entry in message["history"]] == ["queued", "sent"]
    assert message["callbacks"] == [
        {"status": "sent", "url": CALLBACK, "at": "2026-11-21T09:30:00+00:00", "result": "204", "tries": 1}
    ]
    assert refusal["pairs"] == [["To", "+15005550001"], *pairs[1:]]
    assert (refusal["error"]["code"], refusal["at"]) == (21211, "2026-11-21T09:30:00+00:00")


async def test_shows_only_what_is_new_when_asked(twilio: Any, simulator: Simulator) -> None:
    for body in ("old", "moved"):
        await twilio.send(Body=body)
    version = (await twilio.http.get("/_simulator/messages")).json()["version"]
    simulator.steer({"action": "error", "code": 21610})
    await twilio.send(Body="refused")
    await twilio.send(Body="new")

    shown = (await twilio.http.get("/_simulator/messages", params={"after": version})).json()
    newest = (await twilio.http.get("/_simulator/messages", params={"newest": 1})).json()

    assert [message["body"] for message in shown["messages"]] == ["new"]
    assert [refusal["error"]["code"] for refusal in shown["refusals"]] == [21610]
    assert [message["body"] for message in newest["messages"]] == ["new"]


async def test_a_reset_begins_a_new_epoch(twilio: Any) -> None:
    await twilio.send()

    await twilio.control("reset")

    shown = (await twilio.http.get("/_simulator/messages")).json()
    assert shown == {"epoch": 1, "version": 0, "messages": [], "refusals": []}
