"""What a page of another origin may send, and which answers it may read."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.ingest.endpoints import IngestApp
from gateway.ingest.pace import Pace
from gateway.settings import Settings
from tests.factories import WRITE_KEY, track

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

ORIGIN = "https://shop.example.com"
PAGE = "Basic " + base64.b64encode(b"wk_of_the_page:").decode()
READABLE = {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "retry-after, x-ratelimit-reset",
}


def cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


async def preflight(client: httpx.AsyncClient, path: str, origin: str = ORIGIN) -> httpx.Response:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-retry-count",
    }
    return await client.options(f"http://heliograph{path}", headers=headers)


@pytest.fixture
async def shop_alone(api: "Api") -> AsyncIterator[httpx.AsyncClient]:
    """A gateway where only the pages of one origin may send."""
    settings = Settings(cors_origins=frozenset({ORIGIN}))
    app = IngestApp(replace(api.world.services, settings=settings))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://heliograph"
    ) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/v1/t", "/v1/batch", "//v1/b/", "/v1/m", "/v1/projects/wk_nobodys/settings", "/v1/nothing"]
)
async def test_a_preflight_is_answered_on_every_path_since_it_names_no_key(api: "Api", path: str) -> None:
    answer = await preflight(api.client, path)

    assert (answer.status_code, answer.content, answer.headers["vary"]) == (204, b"", "Origin")
    assert cors(answer) == READABLE | {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization, content-type, content-encoding, x-retry-count, x-strict-mode",
        "access-control-max-age": "7200",
    }


@pytest.mark.parametrize("origin", [ORIGIN, "null", "http://localhost:3000"])
async def test_the_answer_of_a_browser_source_can_be_read_by_its_page(api: "Api", origin: str) -> None:
    answer = await api.post("/v1/t", track(), authorization=PAGE, origin=origin, content_type="text/plain")

    assert (answer.status_code, answer.headers["vary"]) == (200, "Origin")
    assert cors(answer) == READABLE | {"access-control-allow-origin": origin}


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        ("/v1/t", track(), "Basic d2tfbm9ib2R5czo=", 401),
        ("/v1/t", track(), None, 401),
        ("/v1/t", b"{", None, 400),
        ("/v1/t", b"{", PAGE, 400),
        ("/v1/t", track(userId=None), PAGE, 400),
        ("/v1/t", b" " * 600_000, PAGE, 400),
        ("/v1/nothing", track(), PAGE, 404),
    ],
)
async def test_a_refusal_can_be_read_too_or_analytics_js_would_try_again_for_ever(
    api: "Api", path: str, body: object, key: str | None, status: int
) -> None:
    answer = await api.post(path, body, authorization=key, origin=ORIGIN)

    assert (answer.status_code, cors(answer)) == (status, READABLE)


async def test_a_page_that_sends_too_much_can_read_when_to_come_back(api: "Api") -> None:
    pace = Pace(api.world.clock, at_once=1, per_second=1)
    app = IngestApp(api.world.services, pace=pace)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://heliograph"
    ) as client:
        headers = {"authorization": PAGE, "origin": ORIGIN}
        first, second = [await client.post("/v1/t", json=track(), headers=headers) for _ in range(2)]

    assert (first.status_code, second.status_code, cors(second)) == (200, 429, READABLE)
    assert second.headers["retry-after"] == "1"


async def test_a_disabled_browser_source_says_so_to_its_page(api: "Api") -> None:
    await api.world.store.write(
        lambda c: c.exec_driver_sql("UPDATE sources SET enabled = 0 WHERE id = 'src_browser'")
    )
    api.world.services.workspace.invalidate()

    answer = await api.post("/v1/t", track(), authorization=PAGE, origin=ORIGIN)

    assert (answer.status_code, cors(answer)) == (403, READABLE)


@pytest.mark.parametrize("body", [track(), b"{", track(userId=None)])
async def test_the_answer_of_a_server_source_is_never_for_a_page(api: "Api", body: object) -> None:
    in_header = await api.post("/v1/t", body, origin=ORIGIN)

    assert cors(in_header) == {}


async def test_a_server_key_in_the_body_opens_nothing_to_a_page_either(api: "Api") -> None:
    answer = await api.post("/v1/t", track(writeKey=WRITE_KEY), authorization=None, origin=ORIGIN)

    assert (answer.status_code, cors(answer)) == (200, {})


async def test_without_an_origin_nothing_is_said_of_pages(api: "Api") -> None:
    answer = await api.post("/v1/t", track(), authorization=PAGE)

    assert (answer.status_code, cors(answer)) == (200, {})
    assert "vary" not in answer.headers


async def test_where_origins_are_named_a_page_of_another_reads_nothing(
    shop_alone: httpx.AsyncClient,
) -> None:
    async def post(origin: str) -> httpx.Response:
        headers = {"authorization": PAGE, "origin": origin}
        return await shop_alone.post("/v1/t", json=track(), headers=headers)

    named, other = await preflight(shop_alone, "/v1/t"), await preflight(shop_alone, "/v1/t", "https://x.org")

    assert named.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in other.headers
    assert (named.headers["vary"], other.headers["vary"]) == ("Origin", "Origin")
    assert (cors(await post(ORIGIN)), cors(await post("https://x.org"))) == (READABLE, {})
