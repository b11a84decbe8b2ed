"""Not answering: a request whose connection ends, or whose client waits in vain."""

import httpx
from starlette.requests import Request
from starlette.responses import Response


async def hang_up(request: Request, in_process: httpx.TransportError) -> Response:
    """Close the connection of `request` without a byte of an answer; what is returned is never sent.

    ASGI has no word for this, so it takes the transport that uvicorn keeps on the object behind `receive`.
    Where there is none, as below httpx.ASGITransport, it raises `in_process`, which is what a client would
    have seen over a socket.
    """
    connection = getattr(getattr(request.receive, "__self__", None), "transport", None)
    if connection is None:
        raise in_process
    connection.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()
