import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    DEFAULT_ACCOUNTS,
    MAGIC_SENDER,
    SENDER,
    SERVICE_SID,
    SHORT_CODE,
    TEMPLATE_SID,
    WHATSAPP_SENDER,
    Account,
    Service,
    Simulator,
)

EMPTY_SERVICE = f"MG{1:032d}"
SMS_ONLY_SERVICE = f"MG{2:032d}"
FOREIGN_SENDER = "+12025550177"


async def test_answers_201_with_the_message_resource(twilio: Any) -> None:
    answer = await twilio.send(Body="Hello, world!", ShortenUrls="true", Tags='{"a":"b"}')

    uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/SM{1:032x}"
    assert answer.status_code == 201
    assert answer.json() == {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": "Hello, world!",
        "date_created": "Sat, 21 Nov 2026 09:30:00 +0000",
        "date_sent": None,
        "date_updated": "Sat, 21 Nov 2026 09:30:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": SENDER,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": f"SM{1:032x}",
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
        "to": "+12025550142",
        "uri": f"{uri}.json",
    }


async def test_every_answer_carries_the_headers_of_twilio(twilio: Any) -> None:
    answers = [await twilio.send(), await twilio.send(To=None), await twilio.http.get("/nowhere")]

    for answer in answers:
        assert answer.headers["Twilio-Request-Id"].startswith("RQ")
        assert len(answer.headers["Twilio-Request-Id"]) == 34
        assert answer.headers["Twilio-Concurrent-Requests"] == "1"
        assert float(answer.headers["Twilio-Request-Duration"]) >= 0
        assert answer.headers["X-Home-Region"] == "us1"
        assert answer.headers["X-API-Domain"] == "api.twilio.com"
    assert len({answer.headers["Twilio-Request-Id"] for answer in answers}) == 3


@pytest.mark.parametrize(
    "sender",
    [{"From": None, "MessagingServiceSid": SERVICE_SID}, {"From": SERVICE_SID}],
    ids=["by MessagingServiceSid", "by its SID in From"],
)
async def test_a_service_accepts_first_and_names_no_sender_yet(
    twilio: Any, sender: dict[str, str | None]
) -> None:
    answer = (await twilio.send(**sender)).json()

    assert (answer["status"], answer["from"], answer["num_segments"]) == ("accepted", None, "0")
    assert answer["messaging_service_sid"] == SERVICE_SID


async def test_a_sender_may_be_picked_from_the_pool(twilio: Any) -> None:
    answer = (await twilio.send(From=SENDER, MessagingServiceSid=SERVICE_SID)).json()

    assert (answer["status"], answer["from"], answer["num_segments"]) == ("accepted", SENDER, "1")


async def test_media_make_an_mms(twilio: Any) -> None:
    answer = (
        await twilio.send(Body=None, MediaUrl=["https://a.example/1.jpg", "https://a.example/2.jpg"])
    ).json()

    assert (answer["sid"][:2], answer["num_media"], answer["body"]) == ("MM", "2", "")


async def test_counts_segments_after_smart_encoding(twilio: Any) -> None:
    plain = (await twilio.send(Body="\u2019" * 71)).json()
    smart = (await twilio.send(Body="\u2019" * 71, SmartEncoded="true")).json()

    assert (plain["num_segments"], smart["num_segments"]) == ("2", "1")


@pytest.mark.parametrize("sender", [MAGIC_SENDER, SHORT_CODE])
async def test_any_configured_sender_may_send(twilio: Any, sender: str) -> None:
    answer = await twilio.send(From=sender)

    assert (answer.status_code, answer.json()["from"]) == (201, sender)


async def test_an_alphanumeric_sender_may_send_outside_north_america(twilio: Any) -> None:
    answer = await twilio.send(From="Northwind", To="+447700900123")

    assert (answer.status_code, answer.json()["from"]) == (201, "Northwind")


@pytest.mark.parametrize("to", ["+15005550006", "+15005550007", "+15005550008"])
async def test_the_other_magic_recipients_are_accepted(twilio: Any, to: str) -> None:
    answer = await twilio.send(To=to)

    assert answer.status_code == 201


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("no recipient", {"To": None}, 21604),
    ("empty recipient", {"To": ""}, 21604),
    ("a word as recipient", {"To": "jane"}, 21211),
    ("national number", {"To": "2025550142"}, 21211),
    ("short code as recipient", {"To": "20255"}, 21211),
    ("recipient of 16 digits", {"To": "+1234567890123456"}, 21211),
    ("recipient is sender", {"To": SENDER}, 21211),
    ("magic recipient 1", {"To": "+15005550001"}, 21211),
    ("magic recipient 2", {"To": "+15005550002"}, 21612),
    ("magic recipient 3", {"To": "+15005550003"}, 21408),
    ("magic recipient 4", {"To": "+15005550004"}, 21610),
    ("magic recipient 9", {"To": "+15005550009"}, 21614),
    ("no sender", {"From": None}, 21603),
    ("malformed sender", {"From": "+1-202-555"}, 21212),
    ("too long an alphanumeric sender", {"From": "NorthwindTraders", "To": "+447700900123"}, 21212),
    ("alphanumeric sender to the United States", {"From": "Northwind"}, 21612),
    ("unknown number", {"From": "+12025550199"}, 21606),
    ("unknown short code", {"From": "20256"}, 21606),
    ("magic sender 1", {"From": "+15005550001"}, 21212),
    ("magic sender 8", {"From": "+15005550008"}, 21611),
    ("sender of another account", {"From": FOREIGN_SENDER}, 21660),
    ("SMS sender to WhatsApp", {"To": "whatsapp:+12025550142"}, 30016),
    ("WhatsApp sender to SMS", {"From": WHATSAPP_SENDER}, 30016),
    ("unknown WhatsApp sender", {"To": "whatsapp:+12025550142", "From": "whatsapp:+12025550199"}, 63007),
    ("malformed service", {"From": None, "MessagingServiceSid": "MG123"}, 21705),
    ("malformed service in From", {"From": "MG1111222233334444"}, 21705),
    ("unknown service", {"From": None, "MessagingServiceSid": f"MG{9:032d}"}, 21701),
    ("empty service", {"From": None, "MessagingServiceSid": EMPTY_SERVICE}, 21704),
    (
        "service without a sender of the channel",
        {"To": "whatsapp:+12025550142", "From": None, "MessagingServiceSid": SMS_ONLY_SERVICE},
        21703,
    ),
    ("sender outside the pool", {"From": MAGIC_SENDER, "MessagingServiceSid": SERVICE_SID}, 21703),
    ("no content", {"Body": None}, 21602),
    ("empty body", {"Body": ""}, 21619),
    ("blank body", {"Body": " \n"}, 21619),
    ("body of 1601", {"Body": "a" * 1601}, 21617),
    ("malformed media", {"MediaUrl": "ftp://a.example/1.jpg"}, 21620),
    ("media without a host", {"MediaUrl": "https:///1.jpg"}, 21620),
    ("eleven media", {"MediaUrl": [f"https://a.example/{n}.jpg" for n in range(11)]}, 21623),
    ("variables without a template", {"Body": None, "ContentVariables": "{}"}, 21654),
    ("variables with a body", {"ContentVariables": "{}"}, 35127),
    ("malformed template", {"Body": None, "ContentSid": "HX_tmpl"}, 21655),
    ("unknown template", {"Body": None, "ContentSid": f"HX{9:032d}"}, 21655),
    ("variables not JSON", {"Body": None, "ContentSid": TEMPLATE_SID, "ContentVariables": "{1:2}"}, 21656),
    (
        "variables not strings",
        {"Body": None, "ContentSid": TEMPLATE_SID, "ContentVariables": '{"1":2}'},
        21656,
    ),
    ("variables a list", {"Body": None, "ContentSid": TEMPLATE_SID, "ContentVariables": '["a"]'}, 21656),
    (
        "a variable of 1601",
        {"Body": None, "ContentSid": TEMPLATE_SID, "ContentVariables": json.dumps({"1": "a" * 1601})},
        21658,
    ),
    (
        "101 variables",
        {
            "Body": None,
            "ContentSid": TEMPLATE_SID,
            "ContentVariables": json.dumps({str(n): "a" for n in range(101)}),
        },
        92002,
    ),
    (
        "a template over 1600 when filled in",
        {"Body": None, "ContentSid": TEMPLATE_SID, "ContentVariables": json.dumps({"1": "a" * 1600})},
        21617,
    ),
    ("callback not a URL", {"StatusCallback": "example.com/status"}, 21609),
    ("callback by ftp", {"StatusCallback": "ftp://example.com/status"}, 21609),
    ("callback with an underscore in its host", {"StatusCallback": "https://my_host.example/status"}, 21609),
    ("callback with a blank", {"StatusCallback": "https://example.com/a b"}, 21609),
    ("callback of 4001", {"StatusCallback": "https://example.com/" + "a" * 3981}, 21609),
    ("callback with a bad port", {"StatusCallback": "https://example.com:port/"}, 21609),
    ("validity of 0", {"ValidityPeriod": "0"}, 21624),
    ("validity of 36001", {"ValidityPeriod": "36001"}, 21624),
    ("validity a word", {"ValidityPeriod": "long"}, 21624),
    ("fallback with a sender", {"FallbackFrom": SENDER}, 21664),
    ("fallback without a service", {"FallbackFrom": SENDER, "From": None}, 21603),
    (
        "fallback in a service without RCS",
        {"FallbackFrom": SENDER, "From": None, "MessagingServiceSid": SERVICE_SID},
        21667,
    ),
    ("unknown content retention", {"ContentRetention": "burn"}, 30029),
    ("unknown address retention", {"AddressRetention": "burn"}, 30030),
]


@pytest.mark.parametrize(("form", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_refuses_with_the_code_of_twilio_and_makes_nothing(
    make_simulator: Callable[..., Simulator],
    connect: Callable[..., httpx.AsyncClient],
    form: dict[str, Any],
    code: int,
) -> None:
    services = (*DEFAULT_ACCOUNTS[0].services, Service(EMPTY_SERVICE), Service(SMS_ONLY_SERVICE, (SENDER,)))
    default = DEFAULT_ACCOUNTS[0]
    account = Account(
        default.sid,
        default.auth_token,
        senders=default.senders,
        services=services,
        templates=default.templates,
    )
    simulator = make_simulator(accounts=[account, Account(f"AC{9:032d}", "token", senders=(FOREIGN_SENDER,))])
    whole = {"To": "+12025550142", "From": SENDER, "Body": "Hello"} | form
    data = {key: value for key, value in whole.items() if value is not None}

    async with connect(simulator) as client:
        answer = await client.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", data=data)

    body = answer.json()
    assert (body["code"], body["status"]) == (code, answer.status_code)
    assert answer.status_code == (404 if code == 21701 else 400)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert set(body) == {"code", "message", "more_info", "status"}
    assert simulator.messages == []
    assert [refusal.error.code for refusal in simulator.refusals] == [code]


@pytest.mark.parametrize(
    "form",
    [
        {"Body": "a" * 1600},
        {"Body": "\U0001f600" * 1600},
        {"MediaUrl": [f"https://a.example/{n}.jpg" for n in range(10)]},
        {"StatusCallback": "https://example.com/" + "a" * 3980},
        {"StatusCallback": "http://127.0.0.1:8080/status?delivery=1#rc=2"},
        {"ValidityPeriod": "1"},
        {"ValidityPeriod": "36000"},
        {"ContentRetention": "discard", "AddressRetention": "obfuscate"},
    ],
    ids=lambda form: next(iter(form)),
)
async def test_accepts_what_is_just_within_the_limits(twilio: Any, form: dict[str, Any]) -> None:
    answer = await twilio.send(**form)

    assert answer.status_code == 201


async def test_a_body_that_is_not_a_form_holds_no_parameters(twilio: Any, simulator: Simulator) -> None:
    answer = await twilio.http.post(
        f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", json={"To": "+12025550142"}
    )

    assert answer.json()["code"] == 21604
    assert simulator.messages == []


@pytest.mark.parametrize(
    "content", [b"Body=" + b"a" * 200_000, b"&".join([b"a=b"] * 1_001)], ids=["bytes", "parameters"]
)
async def test_a_form_that_is_too_large_is_not_read(
    twilio: Any, simulator: Simulator, content: bytes
) -> None:
    answer = await twilio.http.post(
        f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        content=content,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 413
    assert simulator.messages == []
    assert simulator.refusals == []


async def test_keeps_the_pairs_as_they_came(twilio: Any, simulator: Simulator) -> None:
    await twilio.http.post(
        f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        content=b"Body=a%2Bb+c&From=%2B12025550100&To=%2B12025550142&Body=again&Extra=",
        headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
    )

    (message,) = simulator.messages
    assert message.received.pairs == (
        ("Body", "a+b c"),
        ("From", "+12025550100"),
        ("To", "+12025550142"),
        ("Body", "again"),
        ("Extra", ""),
    )
    assert message.body == "a+b c"


async def test_what_no_resource_answers_is_20404_and_a_wrong_method_20004(twilio: Any) -> None:
    nowhere = await twilio.http.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json")
    wrong = await twilio.http.put(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json")

    assert (nowhere.status_code, nowhere.json()["code"]) == (404, 20404)
    assert (wrong.status_code, wrong.json()["code"]) == (405, 20004)


async def test_keeps_only_the_newest_messages(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient]
) -> None:
    simulator = make_simulator(keep=2)

    async with connect(simulator) as client:
        for body in ("one", "two", "three"):
            await client.post(
                f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
                data={"To": "+12025550142", "From": SENDER, "Body": body},
            )

    assert [message.body for message in simulator.messages] == ["two", "three"]
