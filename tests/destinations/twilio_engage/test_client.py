import json
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Accepted, HttpResponse, MessageStatus, Rejected, Throttled, Uncertain
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.client import credentials, interpret_sms
from destinations.twilio_engage.settings import TwilioEngageSettings


def answer(status: int, body: Any, **headers: str) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def error(code: int, status: int = 400) -> HttpResponse:
    return answer(status, {"code": code, "message": "No.", "status": status})


def test_reads_a_created_message() -> None:
    message = {"sid": "SM1", "status": "queued", "num_segments": "2", "price": "-0.0075"}

    assert interpret_sms(answer(201, message)) == Accepted("SM1", MessageStatus.QUEUED, 2, "-0.0075")


@pytest.mark.parametrize(("said", "shown"), [("Unreachable.", "Unreachable."), (None, "Handset unreachable")])
def test_a_message_that_failed_already_says_why(said: str | None, shown: str) -> None:
    message = {"sid": "SM1", "status": "failed", "error_code": 30003, "error_message": said}

    assert interpret_sms(answer(201, message)) == Accepted(
        "SM1",
        MessageStatus.FAILED,
        provider_code="30003",
        message=shown,
        remedy=error_codes.remedy_for("30003"),
    )


def test_a_service_says_nothing_of_segments_until_it_chose_a_sender() -> None:
    message = {"sid": "SM1", "status": "accepted", "num_segments": "0", "price": None}

    assert interpret_sms(answer(201, message)) == Accepted("SM1", MessageStatus.ACCEPTED, None, None)


@pytest.mark.parametrize("body", [{}, {"sid": None}, {"sid": ""}, {"sid": 5, "status": "unheard-of"}])
def test_a_created_message_without_a_sid_is_to_be_looked_up(body: Any) -> None:
    assert interpret_sms(answer(201, body)) == Accepted(message_sid=None)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"sid": "SM', b"[]", b"null"])
def test_an_unreadable_yes_is_uncertain(body: bytes) -> None:
    outcome = interpret_sms(answer(201, body))

    assert outcome == Uncertain(
        "HTTP 201 with an answer that can't be read; a message may have been created.", 201
    )


@pytest.mark.parametrize("status", [302, 408, 500, 501, 502, 503, 504])
def test_what_proves_nothing_is_uncertain(status: int) -> None:
    assert interpret_sms(answer(status, b"")) == Uncertain(kit.reason_phrase(status), status)


@pytest.mark.parametrize(("code", "status"), [(20500, 500), (20503, 503), (20504, 504), (20500, 400)])
def test_a_fault_inside_twilio_is_uncertain_whatever_its_status(code: int, status: int) -> None:
    assert interpret_sms(error(code, status)) == Uncertain("No.", status, str(code))


@pytest.mark.parametrize(
    "response", [error(20429, 429), error(63018, 429), answer(423, b""), error(20429, 503)]
)
def test_what_was_not_processed_is_throttled(response: HttpResponse) -> None:
    outcome = interpret_sms(response)

    assert isinstance(outcome, Throttled)
    assert (outcome.http_status, outcome.retry_after) == (response.status, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "Fri, 20 Nov 2026 12:00:30 GMT", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"retry_after": "Fri, 20 Nov 2026 11:00:00 GMT", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"retry_after": "Fri, 20 Nov 2026 12:00:30 GMT"}, None),
        (
            {"retry_after": "Fri, 20 Nov 99999999999 12:00:30 GMT", "date": "Fri, 20 Nov 2026 12:00:00 GMT"},
            None,
        ),
        ({"retry_after": "Fri, 20 Nov 2026 12:00:30 GMT", "date": "99999999999 Nov 2026 12:00:00 GMT"}, None),
        ({"retry_after": "Fri, 31 Dec 9999 23:59:59 -1200", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 1e9),
        ({"retry_after": "99999999999999999999"}, 1e9),
    ],
)
def test_reads_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert interpret_sms(answer(429, {"code": 20429, "message": "Slow"}, **headers)) == Throttled(
        "Slow", 429, "20429", seconds
    )


def test_a_refusal_carries_twilios_code_and_what_helps() -> None:
    assert interpret_sms(error(21211)) == Rejected(
        "No.",
        400,
        code="21211",
        provider_code="21211",
        remedy="Mark the address invalid; fix E.164 formatting at the source. That is + and the country code, then the number. "
        "See https://www.twilio.com/docs/errors/21211",
    )


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [(21611, 400, True), (21730, 400, True), (21606, 400, False), (20409, 409, False)],
)
def test_a_refusal_is_tried_again_only_where_that_can_help(code: int, status: int, retryable: bool) -> None:
    outcome = interpret_sms(error(code, status))

    assert isinstance(outcome, Rejected)
    assert outcome.retryable is retryable


def test_an_opted_out_recipient_teaches_the_ledger_their_stop() -> None:
    outcome = interpret_sms(error(21610))

    assert isinstance(outcome, Rejected)
    assert outcome.consent == kit.ConsentChanged(
        number=None,
        channel=kit.Channel.SMS,
        status=kit.ConsentStatus.UNSUBSCRIBED,
        stop=True,
        evidence="Twilio error 21610",
        reach=kit.StopReach.SENDER,
    )


def test_a_code_nobody_knows_is_a_final_refusal_with_a_page_to_read() -> None:
    outcome = interpret_sms(error(29999))

    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.retryable) == ("29999", False)
    assert outcome.remedy == "See https://www.twilio.com/docs/errors/29999"


def test_reads_problem_json_as_well() -> None:
    body = {"type": "about:blank", "title": "Bad", "detail": "Bad number.", "code": 21211, "status": 400}

    outcome = interpret_sms(answer(400, body))

    assert isinstance(outcome, Rejected)
    assert (outcome.message, outcome.provider_code) == ("Bad number.", "21211")


@pytest.mark.parametrize("body", [b"", b"<html>Forbidden</html>", b"{}", b'{"code": true}', b'{"code": "x"}'])
def test_a_refusal_without_a_code_is_final_and_says_that_it_was_not_twilio(body: bytes) -> None:
    outcome = interpret_sms(answer(403, body))

    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.provider_code, outcome.retryable) == ("HTTP_403", None, False)
    assert outcome.message.startswith("HTTP 403 Forbidden without a Twilio error code: nothing was created")


def test_the_first_active_key_is_used_else_the_auth_token() -> None:
    keys = [{"sid": "SK1", "secret": "a", "state": "FAILED"}, {"sid": "SK2", "secret": "b"}]
    with_keys = TwilioEngageSettings.model_validate({"accountSid": "AC1", "apiKeys": keys, "authToken": "t"})
    without = TwilioEngageSettings.model_validate(
        {"accountSid": "AC1", "apiKeys": keys[:1], "authToken": "t"}
    )
    nothing = TwilioEngageSettings.model_validate({"accountSid": "AC1"})

    users = [auth and auth.username for auth in map(credentials, (with_keys, without, nothing))]

    assert users == ["SK2", "AC1", None]
