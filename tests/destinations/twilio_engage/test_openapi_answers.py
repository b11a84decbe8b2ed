"""What holds every answer of the stand-in against Twilio's specification."""

import json
from typing import Any

import pytest

from tests.destinations.twilio_engage.openapi_answers import complaints_of_answer

ACCOUNT = "AC" + "0" * 32
ONE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/SM{'0' * 32}.json"
MESSAGE = {
    "account_sid": ACCOUNT,
    "date_created": "Sat, 21 Nov 2026 09:30:00 +0000",
    "error_code": None,
    "price_unit": "USD",
    "sid": "SM" + "0" * 32,
    "status": "queued",
    "subresource_uris": {"media": "/Media.json"},
}
ERROR = {"code": 20404, "message": "", "more_info": "https://www.twilio.com/docs/errors/20404", "status": 404}


def complaints(said: Any, status: int = 200, url: str = ONE) -> list[str]:
    return complaints_of_answer("GET", url, status, json.dumps(said).encode())


def test_an_answer_that_is_right_is_right() -> None:
    assert complaints(MESSAGE) == []
    assert complaints(ERROR, 404) == []
    assert complaints_of_answer("DELETE", ONE, 204, b"") == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sid": "SM1"}, "answer.sid is 'SM1': not of its pattern"),
        ({"sid": 7}, "answer.sid is 7, and no string"),
        ({"status": "flying"}, "answer.status is 'flying': not of its choices"),
        ({"status": None}, "answer.status is null"),
        ({"error_code": "30003"}, "answer.error_code is '30003', and no integer"),
        ({"error_code": True}, "answer.error_code is True, and no integer"),
        ({"date_created": "yesterday"}, "answer.date_created is 'yesterday': no time of RFC 2822"),
        ({"price_unit": "dollars"}, "answer.price_unit is 'dollars': no currency"),
        ({"colour": "red"}, "answer.colour is not in the specification"),
    ],
    ids=str,
)
def test_what_twilio_would_not_answer_is_complained_of(change: dict[str, Any], complaint: str) -> None:
    assert complaint in complaints(MESSAGE | change)


def test_an_item_of_a_list_is_looked_at() -> None:
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    assert complaints({"messages": [MESSAGE, MESSAGE | {"status": "flying"}]}, url=url) == [
        "answer.messages[1].status is 'flying': not of its choices"
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"code": "20404"}, "code is '20404'"),
        ({"status": 400}, "status is 400, and it is answered 404"),
        ({"more_info": "https://example.com"}, "more_info is https://example.com"),
    ],
    ids=str,
)
def test_an_error_that_is_not_twilios_is_complained_of(change: dict[str, Any], complaint: str) -> None:
    assert complaint in complaints(ERROR | change, 404)


def test_a_status_or_a_path_that_is_not_there_is_complained_of() -> None:
    assert complaints(MESSAGE, 201) == ["201 is none of ['200']"]
    assert complaints({}, url="https://api.twilio.com/2010-04-01/Nowhere.json") == [
        "GET /2010-04-01/Nowhere.json is not in the specification"
    ]
