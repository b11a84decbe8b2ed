"""The GETs that plans ask for."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from pydantic import SecretStr

from destinations.kit import BasicAuth, HttpRequest, RetryableError
from gateway.sending.reading import MOST_BYTES, Reader
from gateway.shared.memory import MemoryCache

URL = "https://paper.example/template"


class Site:
    """Answers with `status` and `body`, and counts."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.status = 200
        self.body = b"hello"
        self.seconds = 0.0
        self.reader = Reader(MemoryCache(lambda: self.seconds), httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, content=self.body, headers={"x-a": "b"})


@pytest.fixture
async def site(anyio_backend: str) -> AsyncIterator[Site]:
    made = Site()
    yield made
    await made.reader.close()


def get(url: str = URL, user: str | None = None) -> HttpRequest:
    return HttpRequest("GET", url, (("x-q", "1"),), auth=BasicAuth(user, SecretStr("pw")) if user else None)


async def test_an_answer_comes_whole_whatever_its_status(site: Site) -> None:
    site.status = 404

    answer = await site.reader.fresh(get(user="me"))

    assert (answer.status, answer.body, answer.headers["x-a"]) == (404, b"hello", "b")
    assert site.asked[0].headers["authorization"] == "Basic bWU6cHc="
    assert site.asked[0].headers["x-q"] == "1"


async def test_a_good_answer_is_used_again_for_a_minute(site: Site) -> None:
    first = await site.reader.cached(get())
    site.seconds = 59.9
    assert await site.reader.cached(get()) == first
    site.seconds = 60.0
    assert await site.reader.cached(get()) == first

    assert len(site.asked) == 2


async def test_another_key_another_answer(site: Site) -> None:
    await site.reader.cached(get(user="me"))
    await site.reader.cached(get(user="you"))
    await site.reader.cached(get())

    assert len(site.asked) == 3


async def test_a_bad_answer_is_not_kept(site: Site) -> None:
    site.status = 500
    await site.reader.cached(get())
    site.status = 200

    assert (await site.reader.cached(get())).status == 200


async def test_an_answer_without_an_end_is_cut_off(site: Site) -> None:
    site.body = b"x" * (MOST_BYTES + 1)

    with pytest.raises(RetryableError, match=r"^paper.example answered with more than 2000000 bytes$"):
        await site.reader.fresh(get())


@pytest.mark.parametrize("raised", [httpx.ConnectError, httpx.ReadTimeout])
async def test_no_answer_is_passing_trouble(site: Site, raised: Callable[[str], Exception]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise raised("no")

    reader = Reader(MemoryCache(), httpx.MockTransport(fail))
    with pytest.raises(RetryableError, match=r"^Reading from paper.example failed"):
        await reader.fresh(get())
    await reader.close()


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("POST", URL),
        get("http://paper.example/x"),
        get("ftp://127.0.0.1/x"),
        get("file:///etc/passwd"),
    ],
)
async def test_a_plan_may_only_read_and_only_over_https(site: Site, request_: HttpRequest) -> None:
    with pytest.raises(ValueError, match=r"^A plan may only read"):
        await site.reader.fresh(request_)

    assert site.asked == []


async def test_plain_http_is_for_loopback(site: Site) -> None:
    assert (await site.reader.fresh(get("http://127.0.0.1:9/x"))).status == 200
