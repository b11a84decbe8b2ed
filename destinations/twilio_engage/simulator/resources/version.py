"""The root of the API. It needs no credentials; those it gets are checked, so that a key can be tried on it."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from destinations.twilio_engage.simulator.message import API_VERSION
from destinations.twilio_engage.simulator.world import World


def routes(world: World) -> list[Route]:
    async def fetch(request: Request) -> JSONResponse:
        if "authorization" in request.headers:
            world.caller(request)
        root = f"/{API_VERSION}"
        return JSONResponse(
            {"name": API_VERSION, "uri": root, "subresource_uris": {"accounts": f"{root}/Accounts"}}
        )

    return [Route(path, fetch, methods=["GET"]) for path in (f"/{API_VERSION}", f"/{API_VERSION}.json")]
