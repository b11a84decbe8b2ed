"""Whether the public address leads to this very gateway, and not to whatever answers there."""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from gateway.doctor.address import Own, ask, findings
from gateway.secrets import Secrets
from gateway.storage import ledger
from gateway.webhooks import proof
from gateway.webhooks.endpoints import WebhookApp
from tests.gateway.doctor.lines import Line, lines
from tests.gateway.world import World

URL = "https://texts.example.com"
KEYS = Secrets(["a key of the doctor's own"])
OWN = Own(KEYS, "ldg_1")

Answering = Callable[[httpx.Request], httpx.Response]


def gateway(keys: Secrets, name: str) -> Answering:
    """What a gateway with these keys and that ledger answers."""

    def answer(request: httpx.Request) -> httpx.Response:
        nonce = proof.asked(request.headers.get(proof.ASK, ""), keys)
        if nonce is None:
            return httpx.Response(404, text="Providers call.")
        return httpx.Response(204, headers={proof.ANSWER: proof.answer(nonce, name, keys)})

    return answer


async def told(answering: Any, url: str = URL, own: Own | None = OWN) -> list[Line]:
    return lines(findings(url, await ask(url, own, transport=httpx.MockTransport(answering))))


async def test_this_gateway_is_known_by_its_answer() -> None:
    assert await told(gateway(KEYS, "ldg_1")) == [("public url", "ok", f"{URL} reaches this gateway")]


@pytest.mark.parametrize(
    "answering",
    [
        gateway(Secrets(["a key of somebody else's"]), "ldg_1"),
        gateway(Secrets(["a newer key in front", "a key of the doctor's own"]), "ldg_1"),
        gateway(KEYS, "ldg_2"),
        lambda _request: httpx.Response(200, text="ok\n"),
        lambda _request: httpx.Response(200, headers={proof.ANSWER: "0" * 64}),
    ],
    ids=[
        "other keys",
        "other first key",
        "another ledger of the same keys",
        "a page that says ok",
        "a made-up proof",
    ],
)
async def test_whatever_else_answers_there_is_to_be_mended(answering: Answering) -> None:
    [(name, level, words)] = await told(answering)

    assert (name, level) == ("public url", "mend")
    assert "not as this gateway would: another one is there" in words
    assert "in the proxy pass /webhooks/ on to where `heliograph serve` listens" in words


async def test_it_goes_the_way_of_callbacks_below_the_prefix_of_a_proxy() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(502)

    [(_name, level, words)] = await told(answer, f"{URL}/texts")

    assert asked == [f"{URL}/texts/webhooks/this-gateway"]
    assert level == "mend"
    assert "answers 502" in words
    assert "in the proxy pass /texts/webhooks/ on" in words


async def test_a_redirect_is_not_followed_and_its_query_not_told() -> None:
    there = {"location": "https://www.example.com/webhooks/this-gateway?token=s3cret"}

    [(_name, level, words)] = await told(lambda _request: httpx.Response(301, headers=there))

    assert level == "mend"
    assert "answers 301, and sends whoever calls to https://www.example.com/webhooks/this-gateway:" in words
    assert "s3cret" not in words


def raising(error: Exception, cause: Exception) -> Answering:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error from cause

    return answer


UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")


@pytest.mark.parametrize(
    ("answering", "words"),
    [
        (
            raising(httpx.ConnectError("x"), socket.gaierror(-2, "Name or service not known")),
            (
                "the name texts.example.com of HELIOGRAPH_PUBLIC_URL leads to no address. Make its record where texts.example.com is kept, or mend "
                "HELIOGRAPH_PUBLIC_URL. Look with: getent hosts texts.example.com"
            ),
        ),
        (
            raising(httpx.ConnectError("x"), UNTRUSTED),
            f"{URL} has no TLS that a provider would trust (no TLS). Renew the certificate of the proxy in front. Look with: curl -v {URL}/healthz",
        ),
        (
            raising(httpx.ConnectTimeout("x"), TimeoutError()),
            f"{URL} does not answer within 5 s. See that a firewall lets it through, and that the proxy in front passes it on to `heliograph serve`.",
        ),
        (
            raising(httpx.ConnectError("x"), ConnectionRefusedError()),
            f"{URL} can't be reached (ConnectError). Start `heliograph serve` behind it, or mend HELIOGRAPH_PUBLIC_URL or the proxy in front.",
        ),
    ],
    ids=["no such name", "TLS", "time", "refused"],
)
async def test_what_does_not_answer_says_why(answering: Answering, words: str) -> None:
    assert await told(answering) == [("public url", "mend", words)]


async def test_without_keys_it_is_only_noted() -> None:
    [(_name, level, words)] = await told(gateway(KEYS, "ldg_1"), own=None)

    assert level == "note"
    assert "can't be told without its keys" in words


@pytest.mark.parametrize(("seconds", "level"), [(20, "ok"), (-20, "ok"), (90, "mend"), (-90, "mend")])
async def test_clocks_are_compared(seconds: int, level: str) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)

    [_public, clock] = await told(lambda _request: httpx.Response(200, headers={"date": at}))

    assert clock[:2] == ("clock", level)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 00:00:00 GMT"])
async def test_a_date_that_is_none_says_nothing(date: str) -> None:
    assert len(await told(lambda _request: httpx.Response(200, headers={"date": date}))) == 1


def test_no_address_is_noted_and_loopback_is_nobodys() -> None:
    [(_name, level, words)] = lines(findings(None, None))

    assert level == "note"
    assert words.endswith("HELIOGRAPH_PUBLIC_URL=https://texts.example.com")


async def test_a_real_gateway_proves_itself_to_its_own_and_is_silent_to_strangers(world: World) -> None:
    keys = world.services.secrets
    await world.store.write(lambda c: ledger.introduce(c, keys))
    name = await world.store.read(ledger.name)
    assert name is not None
    transport = httpx.ASGITransport(WebhookApp(world.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        nothing = await client.get("/webhooks/nobody-is-here")
        strange = [
            await client.get("/webhooks/this-gateway", headers=headers)
            for headers in (
                {},
                {proof.ASK: "n"},
                {proof.ASK: "n." + "0" * 64},
                {proof.ASK: proof.question("n", KEYS)},
            )
        ]
        long = await client.get("/webhooks/this-gateway", headers={proof.ASK: proof.question("n" * 65, keys)})

    found = await ask("http://127.0.0.1", Own(keys, name), transport=transport)

    assert lines(findings("http://127.0.0.1", found))[0] == (
        "public url",
        "ok",
        "http://127.0.0.1 reaches this gateway",
    )
    assert {(one.status_code, one.text) for one in [*strange, long]} == {(404, nothing.text)}
    assert all(proof.ANSWER not in one.headers for one in [*strange, long])
