import pytest
from pydantic import SecretStr

from destinations.kit import BasicAuth, HttpRequest, HttpResponse, reason_phrase


def test_credentials_are_written_in_utf_8_and_never_printed() -> None:
    auth = BasicAuth("SK_ö:key", SecretStr("p@ss/word=é"))

    assert auth.header() == "Basic U0tfw7Y6a2V5OnBAc3Mvd29yZD3DqQ=="
    assert "SK_ö" not in repr(auth)
    assert "p@ss" not in repr(HttpRequest("GET", "https://example.com", auth=auth))


def test_a_request_without_a_form_has_no_body() -> None:
    assert HttpRequest("GET", "https://example.com").body == b""


def test_a_request_has_a_form_or_json_and_not_both() -> None:
    asked = HttpRequest("POST", "https://example.com", json={"url": "https://example.org", "on": True})

    assert (asked.body, asked.media_type) == (b'{"url":"https://example.org","on":true}', "application/json")
    with pytest.raises(ValueError, match="a request has a form or JSON, and not both"):
        HttpRequest("POST", "https://example.com", form=(("To", "+1"),), json={})


def test_an_answer_that_is_no_json_reads_as_none() -> None:
    assert HttpResponse(502, body=b"<html>").json() is None
    assert HttpResponse(200, body=b"[" * 100_000).json() is None
    assert HttpResponse(200, body=b'{"a": 1}').json() == {"a": 1}


def test_names_a_status_in_the_standards_words() -> None:
    assert [reason_phrase(status) for status in (404, 429, 599)] == [
        "Not Found",
        "Too Many Requests",
        "HTTP 599",
    ]
