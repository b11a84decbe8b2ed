"""The answers of the API: JSON in the content type that was asked for, with an id, and what it cost."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from graphql import GraphQLError
from starlette.responses import Response

from gateway.graphql.http import negotiation
from gateway.graphql.http.requests import RequestRefused
from gateway.graphql.terms.errors import UNAVAILABLE, Refused, formatted, meaning_of, of_request

_UNAUTHENTICATED = (
    "This API takes a token: send Authorization: Bearer <token>. The server wrote an admin token when it first "
    "started, to the terminal or to the file that its log names; `heliograph token create` makes others."
)
_UNRECOGNISED = (
    "This token is unknown here: mistyped, revoked, or of another installation. `heliograph token create`, run on the server, "
    "makes a new one."
)


class Answer:
    """Answers one request. `cost` is what `extensions.cost` says, once somebody is known who pays for it. `streams`: its caller reads
    a stream of events.
    """

    def __init__(
        self, request_id: str, kind: str | None, headers: Mapping[str, str], *, streams: bool = False
    ) -> None:
        self.request_id = request_id
        self.kind = kind
        self.streams = streams
        self.cost: Mapping[str, Any] | None = None
        self._headers = headers

    @property
    def headers(self) -> Mapping[str, str]:
        """Of every answer. It may hold what only this caller may see, so nobody keeps it."""
        return {
            "Cache-Control": "no-store",
            "Vary": "Accept, Authorization, Origin",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": self.request_id,
            **self._headers,
        }

    def of(self, status: HTTPStatus, body: dict[str, Any], **headers: str) -> Response:
        """A GraphQL response."""
        if self.cost is not None:
            body = {**body, "extensions": {"cost": self.cost}}
        return Response(
            msgspec.json.encode(body),
            status_code=status,
            headers={**self.headers, **headers},
            media_type=f"{self.kind or negotiation.JSON}; charset=utf-8",
        )

    def executed(self, data: Any, errors: Sequence[GraphQLError]) -> Response:
        """GraphQL ran it. What failed within is null in `data`, and told beside it."""
        if not errors:
            return self.of(HTTPStatus.OK, {"data": data})
        return self.of(HTTPStatus.OK, {"errors": formatted(errors, self.request_id), "data": data})

    def refused(self, refusal: RequestRefused) -> Response:
        """It was no request that GraphQL could look at, or none that is answered now."""
        error = of_request(refusal.code, str(refusal), self.request_id)
        return self.of(refusal.status, {"errors": [error]}, **refusal.headers)

    def failed(self, fault: Exception) -> Response:
        """The server could not do it."""
        code, message = meaning_of(fault, self.request_id)
        status = HTTPStatus.SERVICE_UNAVAILABLE if code == UNAVAILABLE else HTTPStatus.INTERNAL_SERVER_ERROR
        return self.of(status, {"errors": [of_request(code, message, self.request_id)]})

    def no_seat(self, refusal: Refused) -> Response:
        """Too many watch already."""
        error = of_request(refusal.code, str(refusal), self.request_id)
        return self.of(HTTPStatus.TOO_MANY_REQUESTS, {"errors": [error]})

    def unauthenticated(self, *, given: bool) -> Response:
        """Nobody we know asked."""
        message = _UNRECOGNISED if given else _UNAUTHENTICATED
        challenge = 'Bearer realm="heliograph"' + (', error="invalid_token"' if given else "")
        error = of_request("UNAUTHENTICATED", message, self.request_id)
        return self.of(HTTPStatus.UNAUTHORIZED, {"errors": [error]}, **{"WWW-Authenticate": challenge})

    def not_executed(
        self, code: str, *errors: GraphQLError, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> Response:
        """GraphQL would not run it. Callers of plain JSON are told by the body alone, as the specification has it."""
        shown = formatted(errors, self.request_id, code)
        return self.of(status if self.kind == negotiation.RESPONSE else HTTPStatus.OK, {"errors": shown})
