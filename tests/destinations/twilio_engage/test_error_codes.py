import pytest

from destinations.kit import HttpResponse, Rejected, Throttled, Uncertain
from destinations.twilio_engage import error_codes
from destinations.twilio_engage.client import interpret_sms

CODES = sorted(error_codes._TABLE)


def test_the_table_is_whole() -> None:
    assert len(CODES) == 180


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
