import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.graphql.http.elsewhere import elsewhere


async def here(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("here")


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allow"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND", None),
        ("POST", "/graphql/v2", 404, "NOT_FOUND", None),
        ("PUT", "/here", 405, "METHOD_NOT_ALLOWED", {"POST"}),
    ],
)
async def test_a_wrong_address_or_method_is_answered_as_the_api_answers(
    method: str, path: str, status: int, code: str, allow: set[str] | None
) -> None:
    app = Starlette(
        routes=[Route("/here", here, methods=["POST"])], exception_handlers={HTTPException: elsewhere}
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x.test") as client:
        response = await client.request(method, path)

    [error] = response.json()["errors"]
    assert response.status_code == status
    assert error["extensions"] == {"code": code, "requestId": response.headers["x-request-id"]}
    assert "GraphQL is at /graphql, events go to /v1." in error["message"]
    assert (set(response.headers["allow"].split(", ")) if allow else None) == allow
