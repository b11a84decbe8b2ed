from typing import Any

import pytest

from gateway.graphql.http.origins import Origins
from gateway.settings import Settings

SHOP = "https://shop.example.com"
PUBLIC = "https://texts.example.com"
MADE = 'mutation { sourceCreate(input: {name: "S"}) { source { name } } }'


@pytest.fixture
def gateway_settings() -> Settings:
    return Settings(cors_origins=frozenset({SHOP}), public_url=PUBLIC)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "https://heliograph.test.evil.example",
        "https://heliograph.test:8443",
        "https://shop.example.com:8443",
        "file://",
        "http://[",
        "nonsense",
    ],
)
async def test_a_page_of_another_origin_is_refused_before_its_token_is_looked_at(
    api: Any, origin: str
) -> None:
    for token in ("wrong", None):
        response = await api.post({"query": MADE}, token, Origin=origin)

        [error] = response.json()["errors"]
        assert response.status_code == 403
        assert error["extensions"]["code"] == "ORIGIN_NOT_ALLOWED"
        assert "access-control-allow-origin" not in response.headers


async def test_nothing_is_done_for_it(api: Any) -> None:
    await api.post({"query": MADE}, Origin="https://evil.example")

    assert await api.data("{ sources { totalCount } }") == {"sources": {"totalCount": 0}}


@pytest.mark.parametrize(
    "origin", ["http://heliograph.test", "https://heliograph.test", "http://HELIOGRAPH.test:80", PUBLIC]
)
async def test_the_servers_own_pages_may_ask(api: Any, origin: str) -> None:
    response = await api.post({"query": MADE}, Origin=origin)

    assert response.json()["data"] == {"sourceCreate": {"source": {"name": "S"}}}
    assert "access-control-allow-origin" not in response.headers


async def test_pages_that_the_operator_named_may_ask_and_read_the_answer(api: Any) -> None:
    preflight = await api.client.options(
        "/graphql", headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    )
    response = await api.post({"query": MADE}, Origin=SHOP)
    refused = await api.post({"query": MADE}, None, Origin=SHOP)

    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["access-control-allow-origin"] == SHOP
    assert preflight.headers["access-control-allow-methods"] == "POST"
    assert preflight.headers["access-control-allow-headers"] == "accept, authorization, content-type"
    assert response.json()["data"] == {"sourceCreate": {"source": {"name": "S"}}}
    assert refused.status_code == 401
    for answer in (response, refused):
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "Origin" in answer.headers["vary"]


async def test_other_pages_are_told_nothing_before_they_ask(api: Any) -> None:
    for origin, status in (("https://evil.example", 403), ("http://heliograph.test", 405)):
        response = await api.client.options("/graphql", headers={"Origin": origin})

        assert response.status_code == status
        assert "access-control-allow-methods" not in response.headers


def test_where_no_page_is_named_only_the_servers_own_are_let_in() -> None:
    origins = Origins((), None)

    assert origins.allows(None, "a.example")
    assert origins.allows("http://a.example:8080", "a.example:8080")
    assert not origins.allows("http://a.example:8080", "a.example")
    assert not origins.allows("http://a.example", None)
    assert not origins.allows("http://b.example", "a.example")
