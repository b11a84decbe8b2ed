"""Whatever comes over a connection, and however: it is refused with a reason, or taken whole, or the connection ends.

An honest client goes on being served beside each of these; the fixture `abuser` sees to it.
"""

import json
import shutil
import subprocess
from contextlib import ExitStack

import pytest

from tests.integration.abuser import GOOD, Abuser, assert_refused
from tests.integration.raw import Reply, connected, exchange, reply, request as written, send


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_refused_and_named(method: str, abuser: Abuser) -> None:
    answer = abuser.post(json.dumps(GOOD).encode(), method=method, path="/v1/track")

    assert_refused(answer, 405, "method_not_allowed")
    assert answer is not None
    assert "POST" in answer.headers["allow"]
    assert abuser.kept() == []


NO_HTTP = {
    "noise": bytes(range(256)) * 100,
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "a method of its own": b"DROP /v1/batch HTTP/1.1\r\nhost: x\r\n\r\n",
    "no version": b"POST /v1/batch\r\n\r\n",
    "a length that is none": b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\nhello",
    "two lengths": b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "a chunk that is none": b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello",
    "a path that is none": b"POST \xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
    "a path of no letters": b"POST /v1/\xff HTTP/1.1\r\nhost: x\r\n\r\n",
    "a path of 1 MB": b"POST /v1/" + b"x" * 1_000_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    "a null byte in a header": b"POST /v1/batch HTTP/1.1\r\nhost: x\r\na: b\0c\r\ncontent-length: 0\r\n\r\n",
}
"""By what it is: bytes that are no HTTP."""
NO_HTTP_CODES = {"no version": "invalid_json"}  # it is HTTP/0.9, and has no body


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_http_hears_so_in_json(what: str, abuser: Abuser) -> None:
    answer = exchange(abuser.port, NO_HTTP[what])

    if answer is None:  # it was still sending, and a connection that is closed then takes the answer with it
        assert what == "a path of 1 MB"
    elif what == "a path of 1 MB":
        assert_refused(answer, 431, "headers_too_large")
    else:
        assert_refused(answer, 400, NO_HTTP_CODES.get(what, "bad_http"))


HEADERS = {
    "10,000 of them": [f"x-{number}: {number}\r\n" for number in range(10_000)],
    "one of 1 MB": ["x-large: " + "x" * 1_000_000 + "\r\n"],
    "a name of 1 MB": ["x" * 1_000_000 + ": x\r\n"],
}


@pytest.mark.parametrize("what", HEADERS)
def test_absurd_headers_are_refused_or_hung_up_on(what: str, abuser: Abuser) -> None:
    start, _, body = written(abuser.key, json.dumps(GOOD).encode(), path="/v1/track").partition(b"\r\n\r\n")
    absurd = "".join(HEADERS[what]).encode()

    answer = exchange(abuser.port, start + b"\r\n" + absurd + b"\r\n" + body)

    if answer is not None:
        assert_refused(answer, 431, "headers_too_large")
    assert abuser.kept() == []


def test_headers_that_never_end_are_not_collected(abuser: Abuser) -> None:
    line = b"x-more: " + b"x" * 65_000 + b"\r\n"
    start = b"POST /v1/track HTTP/1.1\r\nhost: gateway\r\n"

    with connected(abuser.port) as connection:
        sent = send(connection, (start, *[line] * 1_000))

    assert sent < 16_000_000


def test_slow_bodies_and_slow_headers_are_hung_up_on(abuser: Abuser) -> None:
    slow_body = written(abuser.key, b"{", content_length="1000")
    slow_header = slow_body[:40]

    with ExitStack() as stack:
        bodies = [stack.enter_context(connected(abuser.port)) for _ in range(60)]
        headers = [stack.enter_context(connected(abuser.port)) for _ in range(60)]
        for connection in bodies:
            connection.sendall(slow_body)
        for connection in headers:
            connection.sendall(slow_header)
        for connection in bodies:
            assert_refused(reply(connection), 408, "body_timeout")
        for connection in headers:
            assert_refused(reply(connection), 408, "request_timeout")

    assert abuser.kept() == []


def test_a_body_that_ends_early_is_not_kept(abuser: Abuser) -> None:
    whole = written(abuser.key, json.dumps({"batch": [GOOD]}).encode())

    for _ in range(100):
        assert_refused(exchange(abuser.port, whole[:-1], half_closed=True), 400, "cut_short")

    assert abuser.kept() == []


def test_whole_requests_on_half_closed_sockets_are_answered_and_kept(abuser: Abuser) -> None:
    ids = [f"good-{number}" for number in range(100)]
    whole = [written(abuser.key, json.dumps({"batch": [{**GOOD, "messageId": one}]}).encode()) for one in ids]

    answers = [exchange(abuser.port, one, half_closed=True) for one in whole]

    assert [answer and answer.status for answer in answers] == [200] * 100
    assert sorted(abuser.kept()) == sorted(ids)


def test_trailers_without_end_are_not_collected(abuser: Abuser) -> None:
    start = written(
        "", path="/v1/track", authorization=None, content_length=None, transfer_encoding="chunked"
    )

    with connected(abuser.port) as connection:
        sent = send(connection, (start + b"0\r\n", *[b"x-1: " + b"a" * 65_000 + b"\r\n"] * 1_000))

    assert sent < 16_000_000


@pytest.mark.parametrize("path", ["/v1", "//v1", "/v1/"])
def test_the_root_of_the_api_is_refused_in_json(path: str, abuser: Abuser) -> None:
    assert_refused(abuser.post(json.dumps(GOOD).encode(), path=path), 404, "not_found")


def test_curl_that_would_like_http_2_is_served(abuser: Abuser) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl here")
    url = f"http://127.0.0.1:{abuser.port}/v1/track"
    command = [
        curl,
        "--http2",
        "--silent",
        "--max-time",
        "20",
        "-u",
        f"{abuser.key}:",
        "-d",
        json.dumps(GOOD),
    ]

    said = subprocess.run([*command, url, url], check=True, capture_output=True).stdout

    assert said == b'{"success":true}' * 2
    assert abuser.kept() == ["good"]


def test_a_websocket_of_a_post_is_no_websocket(abuser: Abuser) -> None:
    wish = {"connection": "Upgrade", "upgrade": "websocket", "sec_websocket_version": "13"}

    answer = abuser.post(json.dumps(GOOD).encode(), path="/v1/track", sec_websocket_key="eA==", **wish)

    assert answer is not None
    assert answer.status == 200
    assert abuser.kept() == ["good"]


def test_500_concurrent_batches_are_each_taken_whole_or_told_when_to_come_back(abuser: Abuser) -> None:
    batches = [
        [{**GOOD, "messageId": f"good-{number}-{place}", "event": "x" * 200} for place in range(10)]
        for number in range(500)
    ]
    answers: dict[int, Reply | None] = {}

    with ExitStack() as stack:
        open_ones = [stack.enter_context(connected(abuser.port)) for _ in batches]
        for connection, batch in zip(open_ones, batches, strict=True):
            send(connection, [written(abuser.key, json.dumps({"batch": batch}).encode())])
        for number, connection in enumerate(open_ones):
            answers[number] = reply(connection)

    taken = []
    for number, answer in answers.items():
        assert answer is not None
        if answer.status == 200:
            assert answer.body == {"success": True}
            taken += [event["messageId"] for event in batches[number]]
        else:
            assert answer.status in {429, 503}
            assert answer.body["code"]
            assert answer.body["message"]
            assert int(answer.headers["retry-after"]) >= 1
    assert sorted(abuser.kept()) == sorted(taken)


def test_keys_that_are_none_are_refused_before_a_body_is_read(abuser: Abuser) -> None:
    strange = ("", "hwk_unknown", "x" * 5_000, "\0", "k:e:y", "'; DROP TABLE sources; --")

    for key in strange:
        answer = exchange(abuser.port, written(key, b"{", content_length="100000"))
        assert answer is not None
        assert answer.status == 401
        assert answer.body["code"] in {"no_write_key", "unknown_write_key"}
    for header in ("Basic", "Basic !", "Basic " + "A" * 10_000, "Bearer x", "\xff"):
        answer = abuser.post(json.dumps({"batch": [GOOD]}).encode(), authorization=header)
        assert answer is not None
        assert answer.status == 401

    assert abuser.kept() == []
