"""People who write: the webhook, the window it opens, the stops."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # it ships no types

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    DEFAULT_ACCOUNTS,
    MAGIC_SENDER,
    OTHER_SENDER,
    SENDER,
    SERVICE_SID,
    SHORT_CODE,
    WHATSAPP_SENDER,
    Account,
    SenderUrls,
    Service,
    Simulator,
)

PERSON = "+12025550142"
WEBHOOK = "http://127.0.0.1:8080/inbound?space=a%20b"
TOLL_FREE = "+18885550100"
DAY = 24 * 60 * 60


async def test_the_webhook_of_a_text(twilio: Any, webhook: Any) -> None:
    heard = await twilio.hear(**{"from": PERSON}, to=SENDER, body="Where is it?", url=WEBHOOK)

    sid = f"SM{1:032x}"
    [request], [form] = webhook.requests, webhook.forms
    assert form == {
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT_SID,
        "MessagingServiceSid": SERVICE_SID,
        "From": PERSON,
        "To": SENDER,
        "Body": "Where is it?",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
        "FromState": "",
        "FromZip": "",
        "FromCountry": "US",
        "ToCity": "",
        "ToState": "",
        "ToZip": "",
        "ToCountry": "US",
    }
    assert RequestValidator(AUTH_TOKEN).validate(WEBHOOK, form, request.headers["X-Twilio-Signature"])
    assert heard == {"sid": sid, "url": WEBHOOK, "parameters": form, "result": "204", "tries": 1}


async def test_the_webhook_of_a_whatsapp_message(twilio: Any, webhook: Any) -> None:
    await twilio.hear(
        body="",
        media=["https://media.example/a.jpg", "https://media.example/b"],
        url=WEBHOOK,
        ButtonText="Yes",
        ProfileName="Ada",
    )

    sid = f"MM{1:032x}"
    assert webhook.forms == [
        {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "AccountSid": ACCOUNT_SID,
            "MessagingServiceSid": SERVICE_SID,
            "From": f"whatsapp:{PERSON}",
            "To": WHATSAPP_SENDER,
            "Body": "",
            "NumMedia": "2",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            "MediaUrl0": "https://media.example/a.jpg",
            "MediaContentType0": "image/jpeg",
            "MediaUrl1": "https://media.example/b",
            "MediaContentType1": "application/octet-stream",
            "WaId": "12025550142",
            "ProfileName": "Ada",
            "ButtonText": "Yes",
        }
    ]


async def test_the_webhook_of_somebody_who_hides_their_number(twilio: Any, webhook: Any) -> None:
    heard = await twilio.hear(**{"from": "whatsapp:US.ENT.9aB", "url": "http://127.0.0.1:8080/inbound"})

    (form,) = webhook.forms
    assert form == heard["parameters"]
    assert (form["From"], form["ExternalUserId"]) == ("whatsapp:US.ENT.9aB", "US.ENT.9aB")
    assert "WaId" not in form


async def test_a_sender_in_no_service_names_none(twilio: Any, webhook: Any) -> None:
    await twilio.hear(**{"from": PERSON}, to=OTHER_SENDER, url=WEBHOOK)

    assert "MessagingServiceSid" not in webhook.forms[0]


async def test_what_was_received_is_a_message_of_twilio(twilio: Any, simulator: Simulator) -> None:
    sid = (await twilio.hear(**{"from": PERSON}, to=SENDER, body="Where is it?"))["sid"]
    await twilio.send()

    shown = (await twilio.fetch(sid)).json()
    assert (shown["direction"], shown["status"], shown["body"]) == ("inbound", "received", "Where is it?")
    assert (shown["from"], shown["to"], shown["price"]) == (PERSON, SENDER, None)
    assert [one["sid"] for one in (await twilio.list(To=SENDER))["messages"]] == [sid]
    assert [message.sid for message in simulator.inbound] == [sid]
    assert [message.body for message in simulator.messages] == ["Hello"]


async def test_nobody_is_called_when_no_webhook_is_known(twilio: Any, webhook: Any) -> None:
    heard = await twilio.hear()

    assert (heard["url"], heard["result"], heard["tries"]) == (None, None, 0)
    assert webhook.requests == []


async def test_says_what_the_webhook_answered(twilio: Any, webhook: Any) -> None:
    webhook.answers = [httpx.Response(503), httpx.ConnectError("refused"), httpx.ConnectError("refused")]

    failed, unreachable = await twilio.hear(url=WEBHOOK), await twilio.hear(url=WEBHOOK)

    assert (failed["result"], failed["tries"]) == ("503", 1)
    assert (unreachable["result"], unreachable["tries"]) == ("ConnectError: refused", 2)


async def test_a_webhook_elsewhere_is_not_called(twilio: Any, webhook: Any) -> None:
    heard = await twilio.hear(url="https://example.com/inbound")

    assert heard["result"] == "not sent: the callback is not on loopback"
    assert webhook.requests == []


async def test_a_webhook_can_be_repeated(twilio: Any, webhook: Any) -> None:
    await twilio.control("settings", callback_copies=2)

    await twilio.hear(url=WEBHOOK)

    first, second = webhook.requests
    assert first.content == second.content
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]


def account_with(service: Service) -> Account:
    urls = {
        one: SenderUrls(inbound=f"http://localhost/of/{one.rpartition(':')[2]}")
        for one in DEFAULT_ACCOUNTS[0].senders
    }
    return replace(DEFAULT_ACCOUNTS[0], urls=urls, services=(service,))


IN_SERVICE = Service(
    SERVICE_SID, (SENDER, WHATSAPP_SENDER), inbound_request_url="http://localhost/of/service"
)


@pytest.mark.parametrize(
    ("service", "said", "path"),
    [
        (IN_SERVICE, {"from": PERSON, "to": OTHER_SENDER}, f"/of/{OTHER_SENDER}"),
        (IN_SERVICE, {"from": PERSON, "to": SENDER}, "/of/service"),
        (IN_SERVICE, {"from": f"whatsapp:{PERSON}", "to": WHATSAPP_SENDER}, "/of/service"),
        (
            replace(IN_SERVICE, use_inbound_webhook_on_number=True),
            {"from": PERSON, "to": SENDER},
            f"/of/{SENDER}",
        ),
        (replace(IN_SERVICE, inbound_request_url=None), {"from": PERSON, "to": SENDER}, f"/of/{SENDER}"),
        (IN_SERVICE, {"from": PERSON, "to": SENDER, "url": "http://localhost/of/call"}, "/of/call"),
    ],
    ids=["number", "service", "WhatsApp in a service", "number asked for", "service without one", "call"],
)
async def test_calls_the_service_or_else_the_number_unless_told_where(
    make_simulator: Callable[..., Simulator],
    webhook: Any,
    service: Service,
    said: dict[str, str],
    path: str,
) -> None:
    simulator = make_simulator(accounts=[account_with(service)])

    await simulator.hear(said)

    assert [request.url.path for request in webhook.requests] == [path]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"from": "jane"}, "'from' is no E.164 number, nor an id of WhatsApp such as whatsapp:US.1349"),
        ({"from": "whatsapp:1349"}, "'from' is no E.164 number, nor an id of WhatsApp"),
        ({"from": "US.1349", "to": SENDER}, "'from' is no E.164 number, nor an id of WhatsApp"),
        ({"from": PERSON}, "the channels of 'from' and 'to' differ"),
        ({"to": "whatsapp:+12025550199"}, "no account has a sender whatsapp:+12025550199"),
        ({"url": "ftp://localhost"}, "'url' is no http(s) URL"),
        ({"media": "https://media.example/a.jpg"}, "media"),
        ({"ButtonText": 7}, "ButtonText"),
    ],
    ids=str,
)
async def test_a_message_that_makes_no_sense_is_refused(
    twilio: Any, simulator: Simulator, said: dict[str, Any], complaint: str
) -> None:
    answer = await twilio.control("inbound", **({"from": f"whatsapp:{PERSON}", "to": WHATSAPP_SENDER} | said))

    assert answer.status_code == 400
    assert complaint in answer.json()["error"]
    assert simulator.inbound == []


async def end_of_free_text(twilio: Any, simulator: Simulator, **form: Any) -> tuple[str, int | None]:
    answer = await twilio.whatsapp(**form)
    assert (answer.status_code, answer.json()["error_code"]) == (201, None)
    while await simulator.advance():
        pass
    message = simulator.messages[-1]
    return message.status, message.error_code


@pytest.mark.parametrize(
    ("seconds", "end"),
    [
        (0, ("delivered", None)),
        (DAY - 60, ("delivered", None)),
        (DAY - 1, ("delivered", None)),
        (DAY, ("failed", 63016)),
        (DAY + 60, ("failed", 63016)),
    ],
)
async def test_free_text_is_delivered_for_24_hours_after_the_person_wrote(
    twilio: Any, simulator: Simulator, clock: Any, seconds: int, end: tuple[str, int | None]
) -> None:
    await twilio.hear()
    clock.tick(seconds)

    assert await end_of_free_text(twilio, simulator) == end


@pytest.mark.parametrize("form", [{}, {"Body": None, "MediaUrl": "https://media.example/a.jpg"}])
async def test_free_content_to_someone_who_never_wrote_fails_later(
    twilio: Any, simulator: Simulator, webhook: Any, form: dict[str, Any]
) -> None:
    end = await end_of_free_text(twilio, simulator, StatusCallback="http://127.0.0.1/status", **form)

    assert end == ("failed", 63016)
    assert [(one["MessageStatus"], one["ErrorCode"]) for one in webhook.forms] == [("failed", "63016")]


async def test_each_message_opens_the_window_anew(twilio: Any, simulator: Simulator, clock: Any) -> None:
    await twilio.hear()
    clock.tick(DAY - 60)
    await twilio.hear()
    clock.tick(DAY - 60)

    assert await end_of_free_text(twilio, simulator) == ("delivered", None)


async def test_what_was_sent_in_the_window_is_delivered_after_it(
    twilio: Any, simulator: Simulator, clock: Any
) -> None:
    await twilio.hear()
    await twilio.whatsapp()
    clock.tick(DAY + 1)

    while await simulator.advance():
        pass

    assert [message.status for message in simulator.messages] == ["delivered"]


async def test_a_window_belongs_to_one_sender_and_one_person(twilio: Any, simulator: Simulator) -> None:
    await twilio.hear(**{"from": "whatsapp:+12025550143"})
    await twilio.hear(**{"from": PERSON}, to=SENDER)

    assert await end_of_free_text(twilio, simulator) == ("failed", 63016)


async def test_a_service_sends_from_the_sender_whose_window_is_open(
    twilio: Any, simulator: Simulator
) -> None:
    await twilio.hear()

    end = await end_of_free_text(twilio, simulator, From=None, MessagingServiceSid=SERVICE_SID)

    assert end == ("delivered", None)


@pytest.mark.parametrize(
    ("wrote", "dialled"),
    [
        ("+553171234567", "+5531971234567"),
        ("+5215512345678", "+525512345678"),
        ("+541123456789", "+5491123456789"),
    ],
    ids=["Brazil", "Mexico", "Argentina"],
)
async def test_a_person_is_the_same_however_whatsapp_writes_their_number(
    twilio: Any, simulator: Simulator, wrote: str, dialled: str
) -> None:
    await twilio.hear(**{"from": f"whatsapp:{wrote}"})

    assert await end_of_free_text(twilio, simulator, To=f"whatsapp:{dialled}") == ("delivered", None)


async def test_a_scheduled_text_finds_the_window_as_it_is_then(
    twilio: Any, simulator: Simulator, clock: Any
) -> None:
    await twilio.whatsapp(
        From=None,
        MessagingServiceSid=SERVICE_SID,
        ScheduleType="fixed",
        SendAt="2026-11-21T10:30:00Z",
    )
    await twilio.hear()
    clock.tick(3600)

    while await simulator.advance():
        pass

    assert [message.status for message in simulator.messages] == ["delivered"]


STOPS = ["STOP", "StopAll", "unsubscribe", "CANCEL", "end", " quit\n", "REVOKE", "OPTOUT"]


@pytest.mark.parametrize("word", STOPS)
async def test_a_stop_is_answered_with_21610_from_then_on(
    twilio: Any, simulator: Simulator, word: str
) -> None:
    await twilio.hear(**{"from": PERSON}, to=SENDER, body=word)

    answer = await twilio.send()

    assert (answer.status_code, answer.json()["code"]) == (400, 21610)
    assert simulator.messages == []


@pytest.mark.parametrize("word", ["START", "unstop", "Yes"])
async def test_a_start_undoes_it(twilio: Any, word: str) -> None:
    for body in ("STOP", word):
        await twilio.hear(**{"from": PERSON}, to=SENDER, body=body)

    assert (await twilio.send()).status_code == 201


@pytest.mark.parametrize("body", ["STOP it", "please stop", "", "HELP", "ARRET"])
async def test_no_other_message_is_a_stop(twilio: Any, body: str) -> None:
    await twilio.hear(**{"from": PERSON}, to=SENDER, body=body)

    assert (await twilio.send()).status_code == 201


async def test_the_webhook_hears_of_a_stop(twilio: Any, webhook: Any) -> None:
    await twilio.hear(**{"from": PERSON}, to=SENDER, body="STOP", url=WEBHOOK)

    assert webhook.forms[0]["Body"] == "STOP"
    assert "OptOutType" not in webhook.forms[0]


async def test_a_stop_on_whatsapp_blocks_nothing(twilio: Any, simulator: Simulator) -> None:
    await twilio.hear(body="STOP", OptOutType="STOP")

    assert await end_of_free_text(twilio, simulator) == ("delivered", None)
    assert (await twilio.send()).status_code == 201


async def test_a_stop_holds_for_one_number_or_for_all_of_its_service(twilio: Any) -> None:
    async def code(**form: Any) -> int:
        return int((await twilio.send(**form)).json().get("code", 201))

    await twilio.hear(**{"from": PERSON}, to=OTHER_SENDER, body="STOP")
    of_a_number = [await code(From=one) for one in (OTHER_SENDER, SENDER)]
    await twilio.hear(**{"from": PERSON}, to=SENDER, body="STOP")
    of_a_service = [
        await code(From=SENDER),
        await code(From=SHORT_CODE),
        await code(From=None, MessagingServiceSid=SERVICE_SID),
        await code(From=MAGIC_SENDER),
        await code(To="+12025550143"),
    ]

    assert of_a_number == [21610, 201]
    assert of_a_service == [21610, 21610, 21610, 201, 201]


@pytest.mark.parametrize(
    ("sender", "said", "blocked"),
    [
        (SHORT_CODE, {"body": "STOP"}, False),
        (SHORT_CODE, {"body": "Genug", "OptOutType": "STOP"}, True),
        (TOLL_FREE, {"body": "STOP"}, True),
        (TOLL_FREE, {"body": "QUIT"}, False),
    ],
)
async def test_each_kind_of_sender_knows_its_own_keywords(
    make_simulator: Callable[..., Simulator],
    connect: Callable[..., httpx.AsyncClient],
    sender: str,
    said: dict[str, str],
    blocked: bool,
) -> None:
    account = Account(ACCOUNT_SID, AUTH_TOKEN, senders=(SHORT_CODE, TOLL_FREE))
    simulator = make_simulator(accounts=[account])

    await simulator.hear({"from": PERSON, "to": sender} | said)
    async with connect(simulator) as client:
        answer = await client.post(
            f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
            data={"To": PERSON, "From": sender, "Body": "Hello"},
        )

    assert answer.status_code == (400 if blocked else 201)


async def test_yes_does_not_undo_a_stop_to_a_toll_free_number(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient]
) -> None:
    simulator = make_simulator(accounts=[Account(ACCOUNT_SID, AUTH_TOKEN, senders=(TOLL_FREE,))])
    form = {"To": PERSON, "From": TOLL_FREE, "Body": "Hello"}
    codes = []

    async with connect(simulator) as client:
        for word in ("STOP", "YES", "UNSTOP"):
            await simulator.hear({"from": PERSON, "to": TOLL_FREE, "body": word})
            answer = await client.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", data=form)
            codes.append(answer.status_code)

    assert codes == [400, 400, 201]


async def test_a_reset_forgets_windows_and_stops(twilio: Any, simulator: Simulator) -> None:
    await twilio.hear()
    await twilio.hear(**{"from": PERSON}, to=SENDER, body="STOP")

    await twilio.control("reset")

    assert simulator.inbound == []
    assert await end_of_free_text(twilio, simulator) == ("failed", 63016)
    assert (await twilio.send()).status_code == 201


async def test_what_is_written_to_a_receiver_without_a_webhook_goes_where_the_knob_says(
    twilio: Any, webhook: Any
) -> None:
    await twilio.control("settings", inbound_url="http://127.0.0.1:8080/elsewhere")

    await twilio.hear(**{"from": PERSON}, to=OTHER_SENDER, body="Hi")

    [request] = webhook.requests
    assert str(request.url) == "http://127.0.0.1:8080/elsewhere"
