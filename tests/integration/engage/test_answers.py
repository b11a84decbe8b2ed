"""What an answer to a create means, row for row, from the wire to the Delivery: only a 2xx proves a message, and only a
refusal, or a connection that never stood, proves that there is none.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from destinations.kit import HttpResponse, Reason
from destinations.twilio_engage.error_codes import remedy_for
from destinations.twilio_engage.simulator import TEMPLATE_SID
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.pipeline.steps import LOOKED_UP
from gateway.sending import NoAnswer, NotSent, Phase, SendingError
from tests.integration.engage.wired import ACTIONS, Wired

S = DeliveryStatus
A = AttemptOutcome
UNREADABLE = "HTTP 201 with an answer that can't be read; a message may have been created."
SAFE = "Nothing was sent; it is safe to try again."
UNSAFE = "The request may have arrived; look before sending it again."
SEE = "See https://www.twilio.com/docs/errors/"
TOO_LONG = (
    f"The variable `1` of the content template {TEMPLATE_SID} has 1601 characters; 1600 are the most "
    "(Twilio error 21658)"
)
TEMPLATE = f"/v1/Content/{TEMPLATE_SID}"


def answer(status: int, body: Any = b"", **headers: str) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def error(code: int) -> dict[str, Any]:
    return {"code": code, "message": "No.", "more_info": f"{SEE}{code}", "status": 400}


@dataclass(frozen=True)
class Row:
    """An answer, and what is stored of it. `due` is in seconds, with the most that chance adds."""

    answer: HttpResponse | SendingError
    status: DeliveryStatus
    outcome: AttemptOutcome
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    sid: str | None = None
    due: tuple[float, float] | None = None


RETRIED, LOOKED_FOR = (0.0, 2.0), (1.0, 1.0)
ROWS: dict[str, Row] = {
    "2xx with a SID": Row(answer(201, {"sid": "SM1", "status": "queued"}), S.ACCEPTED, A.ACCEPTED, sid="SM1"),
    "2xx without a SID": Row(answer(201, {"status": "queued"}), S.ACCEPTED, A.ACCEPTED, due=LOOKED_FOR),
    "4xx with a final code": Row(
        answer(400, error(21614)),
        S.REJECTED,
        A.REJECTED,
        "21614",
        "No.",
        f"Mark the number as not textable. {SEE}21614",
    ),
    "4xx with a code of which the table says later": Row(
        answer(400, error(21611)), S.RETRYING, A.REJECTED, "21611", "No.", remedy_for("21611"), due=RETRIED
    ),
    "423": Row(answer(423), S.RETRYING, A.THROTTLED, None, "Locked", due=RETRIED),
    "429 without Retry-After": Row(
        answer(429, error(20429)), S.RETRYING, A.THROTTLED, "20429", "No.", due=RETRIED
    ),
    "429 with Retry-After": Row(
        answer(429, error(20429), retry_after="30"), S.RETRYING, A.THROTTLED, "20429", "No.", due=(30, 30)
    ),
    "connection refused": Row(
        NotSent("api.twilio.com", Phase.CONNECT, "it refused"),
        S.RETRYING,
        A.THROTTLED,
        None,
        f"api.twilio.com: it refused (connect). {SAFE}",
        due=RETRIED,
    ),
    "no such host": Row(
        NotSent("api.twilio.com", Phase.RESOLVE, "no such host"),
        S.RETRYING,
        A.THROTTLED,
        None,
        f"api.twilio.com: no such host (resolve). {SAFE}",
        due=RETRIED,
    ),
    "read timeout": Row(
        NoAnswer("api.twilio.com", Phase.ANSWER, "no answer in time"),
        S.UNCERTAIN,
        A.UNCERTAIN,
        None,
        f"api.twilio.com: no answer in time (answer). {UNSAFE}",
        LOOKED_UP,
        due=LOOKED_FOR,
    ),
    "reset after the request left": Row(
        NoAnswer("api.twilio.com", Phase.BODY, "it was reset"),
        S.UNCERTAIN,
        A.UNCERTAIN,
        None,
        f"api.twilio.com: it was reset (body). {UNSAFE}",
        LOOKED_UP,
        due=LOOKED_FOR,
    ),
    **{
        f"{status}": Row(
            answer(status, b"<html>"), S.UNCERTAIN, A.UNCERTAIN, None, phrase, LOOKED_UP, due=LOOKED_FOR
        )
        for status, phrase in (
            (408, "Request Timeout"),
            (500, "Internal Server Error"),
            (502, "Bad Gateway"),
            (503, "Service Unavailable"),
            (504, "Gateway Timeout"),
        )
    },
    **{
        f"an unreadable 2xx, {what}": Row(
            answer(201, body), S.UNCERTAIN, A.UNCERTAIN, None, UNREADABLE, LOOKED_UP, due=LOOKED_FOR
        )
        for what, body in (("empty", b""), ("cut", b'{"sid": "SM'), ("HTML", b"<html>"), ("a list", b"[]"))
    },
    "4xx without a code": Row(
        answer(403, b"<html>Forbidden</html>"),
        S.REJECTED,
        A.REJECTED,
        "HTTP_403",
        "HTTP 403 Forbidden without a Twilio error code: nothing was created, and it was probably not Twilio that "
        "answered.",
        "Look for a proxy or firewall between this system and the Twilio host, and at twilioHostname. "
        "Then send the event again, under a new messageId.",
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", ROWS)
async def test_an_answer_to_a_create_becomes(wired: Wired, name: str, action: str) -> None:
    row, number = ROWS[name], await wired.person()
    await wired.settle_everything()
    wired.line.answers.append(row.answer)

    one = await wired.happen(number, action)

    assert (one.status, one.message_sid) == (row.status, row.sid)
    assert (one.error_code, one.error_message, one.remedy) == (row.code, row.message, row.remedy)
    assert [attempt.outcome for attempt in await wired.attempts()] == [row.outcome]
    due = await wired.due()
    if row.due is None:
        assert due is None
    else:
        assert due is not None
        assert row.due[0] <= due <= row.due[1]
    assert len(wired.requests_to(number)) == 1


TEMPLATED = ("sendSms with a template", "sendWhatsApp")


@pytest.mark.parametrize("event", TEMPLATED)
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(500), "Internal Server Error"),
        (httpx.Response(408), "Request Timeout"),
        (httpx.Response(429), "Too Many Requests"),
        (
            httpx.ConnectError("refused"),
            "Reading from 127.0.0.1 failed: the connection was refused, or could not be made; nothing was created or changed there.",
        ),
        (
            httpx.ReadTimeout("slow"),
            "Reading from 127.0.0.1 failed: no answer in time; nothing was created or changed there.",
        ),
    ],
    ids=["500", "408", "429", "refused", "no answer"],
)
async def test_a_read_that_fails_is_tried_again_before_anything_is_sent(
    wired: Wired, answer: httpx.Response | httpx.TransportError, message: str, event: str
) -> None:
    number = await wired.person()
    await wired.settle_everything()
    wired.line.read_answers.append(answer)

    one = await wired.happen(number, event)

    assert (one.status, one.error_message, one.attempt_count) == (S.RETRYING, message, 0)
    assert (wired.line.reads[-1], wired.requests_to(number)) == (TEMPLATE, [])
    assert (await wired.settle()).status is S.ACCEPTED
    assert len(wired.requests_to(number)) == 1


@pytest.mark.parametrize("event", TEMPLATED)
async def test_a_template_that_is_not_there_is_final(wired: Wired, event: str) -> None:
    number = await wired.person()
    await wired.settle_everything()
    wired.line.read_answers.append(httpx.Response(404, json={"code": 20404, "message": "Gone."}))

    one = await wired.happen(number, event)

    assert (one.status, one.error_code, one.error_message) == (S.REJECTED, "20404", "Gone.")
    assert (one.remedy or "").startswith(f"The content template {TEMPLATE_SID} answered 404. ")
    assert (one.remedy or "").endswith(f"{SEE}20404")
    assert (wired.requests_to(number), await wired.due()) == ([], None)


@pytest.mark.parametrize(
    ("event", "code", "message"),
    [
        ("sendSms", "21617", "The body has 1607 characters once its values are filled in; 1600 are the most"),
        (
            "sendSms with a template",
            "TEMPLATE_VARIABLES",
            TOO_LONG,
        ),
        (
            "sendWhatsApp",
            "TEMPLATE_VARIABLES",
            TOO_LONG,
        ),
    ],
)
async def test_wrong_content_is_rejected_and_nothing_is_sent(
    wired: Wired, event: str, code: str, message: str
) -> None:
    number = await wired.person(first_name="x" * 1601)

    one = await wired.happen(number, event)

    assert (one.status, one.error_code, one.error_message) == (S.REJECTED, code, message)
    assert one.remedy
    assert wired.requests_to(number) == []


@pytest.mark.parametrize("event", ["sendSms to nobody", "sendWhatsApp to nobody"])
async def test_a_wrong_number_is_suppressed_and_nothing_is_sent(wired: Wired, event: str) -> None:
    number = await wired.person()

    one = await wired.happen(number, event)

    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.INVALID_PHONE)
    assert wired.requests_to(number) == []


@pytest.mark.parametrize("event", ["sendSms with wrong fields", "sendWhatsApp with wrong fields"])
async def test_wrong_fields_are_rejected_and_nothing_is_sent(wired: Wired, event: str) -> None:
    number = await wired.person()

    one = await wired.happen(number, event)

    assert (one.status, one.error_code) == (S.REJECTED, "PAYLOAD_VALIDATION_FAILED")
    assert one.remedy
    assert wired.requests_to(number) == []
