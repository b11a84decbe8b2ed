from typing import Any

import pytest

from destinations.twilio_engage.simulator import ACCOUNT_SID, SENDER, SERVICE_SID, Simulator

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
SCHEDULED = {"From": None, "MessagingServiceSid": SERVICE_SID, "ScheduleType": "fixed"}


async def test_fetches_a_message_by_its_sid(twilio: Any) -> None:
    created = (await twilio.send()).json()

    fetched = await twilio.fetch(created["sid"])

    assert (fetched.status_code, fetched.json()) == (200, created)


async def test_an_unknown_sid_is_20404(twilio: Any) -> None:
    answer = await twilio.fetch(f"SM{99:032x}")

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


async def test_a_deleted_message_is_gone_from_the_api_but_not_from_the_phone(
    twilio: Any, simulator: Simulator
) -> None:
    sid = (await twilio.send()).json()["sid"]

    deleted = await twilio.http.delete(f"{MESSAGES}/{sid}.json")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await twilio.fetch(sid)).status_code == 404
    assert (await twilio.list())["messages"] == []
    assert [message.deleted for message in simulator.messages] == [True]


async def test_an_empty_body_redacts(twilio: Any) -> None:
    sid = (await twilio.send()).json()["sid"]

    answer = await twilio.http.post(f"{MESSAGES}/{sid}.json", data={"Body": ""})

    assert (answer.status_code, answer.json()["body"]) == (200, "")
    assert (await twilio.fetch(sid)).json()["body"] == ""


@pytest.mark.parametrize("form", [{"Body": "other"}, {"Status": "delivered"}])
async def test_any_other_update_is_refused(twilio: Any, form: dict[str, str]) -> None:
    created = (await twilio.send()).json()

    answer = await twilio.http.post(f"{MESSAGES}/{created['sid']}.json", data=form)

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert (await twilio.fetch(created["sid"])).json() == created


async def test_a_scheduled_message_waits_for_its_time(twilio: Any, simulator: Simulator, clock: Any) -> None:
    created = await twilio.send(**SCHEDULED, SendAt="2026-11-21T09:35:00Z")
    moved_too_early = await simulator.advance()
    clock.tick(300)

    moved_in_time = await simulator.advance()

    assert (created.status_code, created.json()["status"]) == (201, "scheduled")
    assert (moved_too_early, moved_in_time) == (0, 1)
    assert (await twilio.fetch(created.json()["sid"])).json()["status"] == "queued"


async def test_a_scheduled_message_can_be_canceled_and_says_so(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    callback = "http://127.0.0.1/status"
    created = await twilio.send(**SCHEDULED, SendAt="2026-11-21T10:30:00Z", StatusCallback=callback)
    sid = created.json()["sid"]

    canceled = await twilio.http.post(f"{MESSAGES}/{sid}.json", data={"Status": "canceled"})

    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    assert webhook.statuses == ["canceled"]
    assert await simulator.advance() == 0


async def test_a_message_on_its_way_cannot_be_canceled(twilio: Any) -> None:
    sid = (await twilio.send()).json()["sid"]

    answer = await twilio.http.post(f"{MESSAGES}/{sid}.json", data={"Status": "canceled"})

    assert (answer.status_code, answer.json()["code"]) == (400, 30409)
    assert (await twilio.fetch(sid)).json()["status"] == "queued"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"ScheduleType": "fixed"}, 35111),
        ({"SendAt": "2026-11-21T10:30:00Z"}, 35126),
        ({"ScheduleType": "loose", "SendAt": "2026-11-21T10:30:00Z"}, 35126),
        ({"ScheduleType": "fixed", "SendAt": "2026-11-21T09:34:59Z"}, 35114),
        ({"ScheduleType": "fixed", "SendAt": "2026-12-26T09:30:01Z"}, 35114),
        ({"ScheduleType": "fixed", "SendAt": "2026-11-21T10:30:00"}, 35114),
        ({"ScheduleType": "fixed", "SendAt": "tomorrow"}, 35114),
        (
            {
                "ScheduleType": "fixed",
                "SendAt": "2026-11-21T10:30:00Z",
                "From": SENDER,
                "MessagingServiceSid": None,
            },
            35118,
        ),
    ],
)
async def test_a_wrong_schedule_is_refused(
    twilio: Any, simulator: Simulator, form: dict[str, Any], code: int
) -> None:
    answer = await twilio.send(**({"From": None, "MessagingServiceSid": SERVICE_SID} | form))

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert simulator.messages == []


@pytest.mark.parametrize("send_at", ["2026-11-21T09:35:00Z", "2026-12-26T09:30:00+00:00"])
async def test_both_ends_of_the_window_may_be_scheduled(twilio: Any, send_at: str) -> None:
    answer = await twilio.send(**SCHEDULED, SendAt=send_at)

    assert answer.status_code == 201
