import pytest

from destinations.kit import AccountTrouble, HttpResponse, Rejected, Resend, Throttled, Uncertain
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.client import interpret_sms, interpret_whatsapp

CODES = sorted(error_codes._TABLE)


def test_the_table_is_whole() -> None:
    assert len(CODES) == 186


@pytest.mark.parametrize("code", CODES)
def test_every_code_says_what_helps(code: str) -> None:
    known = error_codes.lookup(code)

    assert known is not None
    assert known.name
    assert error_codes.remedy_for(code) == f"{known.remedy} See https://www.twilio.com/docs/errors/{code}"


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_a_refused_create_is_read_as_its_kind(code: str) -> None:
    known = error_codes.lookup(code)
    assert known is not None

    outcome = interpret_sms(HttpResponse(400, body=f'{{"code": {code}, "message": "No."}}'.encode()))

    if known.account:
        assert outcome == AccountTrouble("No.", 400, code, error_codes.remedy_for(code))
        return
    match known.retry:
        case "backoff":
            assert isinstance(outcome, Throttled)
        case "ambiguous":
            assert isinstance(outcome, Uncertain)
        case _:
            assert isinstance(outcome, Rejected)
            assert outcome.retryable is (known.retry == "later" and code != "20409")
            assert (outcome.code, outcome.provider_code) == (code, code)
            assert outcome.remedy == error_codes.remedy_for(code)


def test_the_codes_about_the_account_are_these() -> None:
    assert [code for code in CODES if error_codes.is_of_account(code)] == [
        *("10001", "20003", "20005", "20006", "20008", "20403", "30002", "70051")
    ]


def test_a_code_that_nobody_knows_shows_twilios_own_words_and_its_page() -> None:
    outcome = interpret_sms(HttpResponse(400, body=b'{"code": 29999, "message": "Something new."}'))

    assert isinstance(outcome, Rejected)
    assert (outcome.message, outcome.provider_code) == ("Something new.", "29999")
    assert outcome.remedy == "See https://www.twilio.com/docs/errors/29999"


def test_a_message_that_failed_is_sent_once_more_for_these_alone() -> None:
    found = {how: [code for code in CODES if error_codes.resend_of(code) is how] for how in Resend}

    assert found == {
        Resend.NEVER_SENT: ["30001", "30020", "30036"],
        Resend.MAY_HAVE_ARRIVED: ["30003", "30008", "30500", "63010", "63012"],
        Resend.WITH_TEMPLATE: ["63016"],
    }
    assert error_codes.resend_of("29999") is None


@pytest.mark.parametrize(
    ("code", "resend"), [("63016", Resend.WITH_TEMPLATE), ("30008", None), ("21211", None)]
)
def test_a_refused_create_is_made_once_more_with_a_template_alone(code: str, resend: Resend | None) -> None:
    outcome = interpret_whatsapp(HttpResponse(400, body=f'{{"code": {code}, "message": "No."}}'.encode()))

    assert isinstance(outcome, Rejected)
    assert outcome.resend is resend
