"""What is answered at an address, or to a method, that nothing here has."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway import ids
from gateway.graphql.http.answers import Answer
from gateway.graphql.http.requests import RequestRefused


async def elsewhere(_request: Request, error: Exception) -> Response:
    """The refusal in the shape of the API's own, since whoever calls a wrong address mostly looks for that."""
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    headers = dict(getattr(error, "headers", None) or {})
    message = f"There is nothing here that answers this request ({status.phrase}). GraphQL is at /graphql, events go to /v1."
    refusal = RequestRefused(status, status.name, message, **headers)
    return Answer(ids.new("req"), None, {}).refused(refusal)
