"""What an error says, and what it must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from destinations.kit.http import HttpRequest
from gateway.sending import NoAnswer, NotSent, Phase, SendingError

if TYPE_CHECKING:
    from tests.gateway.sending.conftest import Connection, FailureOf, OpenClient, Serve

pytestmark = pytest.mark.network


async def close_after_the_request(connection: Connection) -> None:
    await connection.receive()
    connection.close()


async def test_an_error_tells_nothing_that_a_log_must_not_hold(
    client_of: OpenClient, failure_of: FailureOf, serve: Serve
) -> None:
    server = await serve(close_after_the_request)
    client = client_of()

    error = await failure_of(client, server.post("/Accounts/AC123/Messages.json?To=%2B15005550006"))

    assert str(error) == (
        f"127.0.0.1:{server.port}: the connection was lost (answer). "
        "The request may have arrived; look before sending it again."
    )
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(HttpRequest("POST", "ftp://127.0.0.1/"), id="another scheme"),
        pytest.param(HttpRequest("POST", "/relative"), id="no host"),
        pytest.param(HttpRequest("POST", "http://user:secret@127.0.0.1/"), id="credentials in the URL"),
        pytest.param(HttpRequest("POST", "http://127.0.0.1/a b"), id="a space"),
        pytest.param(HttpRequest("POST", "http://127.0.0.1/\r\nX: y"), id="a line break in the URL"),
        pytest.param(HttpRequest("POST", "http://127.0.0.1:70000/"), id="a port that is none"),
        pytest.param(HttpRequest("POST", "http://[1:2]/"), id="an address that is none"),
        pytest.param(HttpRequest("post", "http://127.0.0.1/"), id="a method in lower case"),
        pytest.param(HttpRequest("GET /x", "http://127.0.0.1/"), id="a method with a space"),
        pytest.param(HttpRequest("POST", "http://127.0.0.1/", (("X", "a\r\nY: b"),)), id="a line break"),
        pytest.param(
            HttpRequest("POST", "http://127.0.0.1/", (("X Y", "a"),)), id="a header name with a space"
        ),
        pytest.param(HttpRequest("POST", "http://127.0.0.1/", (("X", "é"),)), id="a header beyond ASCII"),
    ],
)
async def test_what_can_not_be_written_as_it_is_was_not_sent(
    client_of: OpenClient, failure_of: FailureOf, request_: HttpRequest
) -> None:
    error = await failure_of(client_of(), request_)

    assert (type(error), error.phase) == (NotSent, Phase.PREPARE)
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            NotSent("api.example", Phase.RESOLVE, "no such host"),
            "api.example: no such host (resolve). Nothing was sent; it is safe to try again.",
        ),
        (
            NoAnswer("api.example", Phase.BODY, "it is too large"),
            "api.example: it is too large (body). The request may have arrived; look before sending it again.",
        ),
    ],
)
def test_an_error_says_what_happened_and_what_to_do(error: SendingError, text: str) -> None:
    assert str(error) == text
