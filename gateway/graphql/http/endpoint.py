"""GraphQL over HTTP: who asks, what they ask, and the answer with the status that the specification gives it."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
import strawberry
from graphql import GraphQLError, OperationDefinitionNode, OperationType, get_operation_ast
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import ids, logging
from gateway.auth import Viewer
from gateway.graphql.context import Context, Loaders
from gateway.graphql.http import negotiation, requests
from gateway.graphql.http.documents import Documents
from gateway.graphql.http.limits import Limits
from gateway.graphql.http.requests import Asked, RequestRefused
from gateway.graphql.schema import build_schema
from gateway.graphql.terms.errors import UNAVAILABLE, formatted, meaning_of, of_request
from gateway.services import Services

_log = logging.get("graphql")

_UNAUTHENTICATED = (
    "This API takes a token: send Authorization: Bearer <token>. The server wrote an admin token when it first "
    "started, to the terminal or to the file that its log names; `heliograph token create` makes others."
)
_UNRECOGNISED = (
    "This token is unknown here: mistyped, or of another installation. `heliograph token create`, run on the server, "
    "makes a new one."
)


class GraphQLEndpoint:
    """An ASGI app for `/graphql`. `page` answers a browser that opens the address."""

    def __init__(
        self,
        services: Services,
        page: Callable[[Request], Response],
        schema: strawberry.Schema | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._services = services
        self._page = page
        self._schema = schema or build_schema(services.workspace.definitions)
        self._limits = limits or Limits()
        self._documents = Documents(self._schema, self._limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        accept = request.headers.get("accept")
        answer = _Answer(ids.new("req"), negotiation.choose(accept))
        try:
            if (
                request.method == "GET"
                and "query" not in request.query_params
                and negotiation.takes_html(accept)
            ):
                response = self._page(request)
            else:
                response = await self._respond(request, answer)
        except ClientDisconnect:
            return
        except Exception as fault:  # noqa: BLE001  whatever failed, the caller hears of it in the shape they can read
            response = answer.failed(fault)
        await response(scope, receive, send)

    async def _respond(self, request: Request, answer: "_Answer") -> Response:
        if request.method not in {"GET", "POST"}:
            refusal = RequestRefused(
                HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Ask by POST, or queries by GET."
            )
            return answer.refused(refusal, Allow="GET, POST")
        header = request.headers.get("authorization")
        viewer = await self._services.authenticator.authenticate(header)
        if viewer is None:
            return answer.unauthenticated(given=header is not None)
        if answer.kind is None:
            message = f"Accept {negotiation.JSON} or {negotiation.RESPONSE}: there is no other answer."
            return answer.refused(RequestRefused(HTTPStatus.NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message))
        try:
            asked = (
                requests.from_query_string(request)
                if request.method == "GET"
                else await requests.from_body(request, self._limits.body_bytes)
            )
        except RequestRefused as refusal:
            return answer.refused(refusal)
        return await self._answer(answer, viewer, asked, reading_only=request.method == "GET")

    async def _answer(
        self, answer: "_Answer", viewer: Viewer, asked: Asked, *, reading_only: bool
    ) -> Response:
        prepared = self._documents.prepare(asked.query)
        if prepared.errors:
            return answer.not_executed(prepared.code, *prepared.errors)
        operation = get_operation_ast(prepared.document, asked.operation_name)
        if operation is None:
            known = "Say which operation to run with `operationName`: the document must have exactly one of that name."
            return answer.not_executed("BAD_USER_INPUT", GraphQLError(known))
        if reading_only and operation.operation is not OperationType.QUERY:
            refusal = RequestRefused(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "A GET only reads. Send a mutation by POST.",
            )
            return answer.refused(refusal, Allow="POST")
        too_costly = self._documents.too_costly(prepared, operation, asked.variables)
        if too_costly is not None:
            return answer.not_executed("LIMIT_EXCEEDED", GraphQLError(too_costly))
        context = Context(
            services=self._services,
            viewer=viewer,
            request_id=answer.request_id,
            document=prepared.document,
            snapshot=await self._services.workspace.current(),
            loaders=Loaders(self._services.store),
        )
        return await self._execute(answer, context, asked, operation)

    async def _execute(
        self, answer: "_Answer", context: Context, asked: Asked, operation: OperationDefinitionNode
    ) -> Response:
        try:
            async with asyncio.timeout(self._limits.seconds):
                result = await self._schema.execute(
                    asked.query,
                    variable_values=dict(asked.variables),
                    context_value=context,
                    operation_name=operation.name.value if operation.name else None,
                )
        except TimeoutError:
            _log.warning("A GraphQL operation was stopped: it took too long", request_id=answer.request_id)
            said = f"This took over {self._limits.seconds:g} s and was stopped."
            if operation.operation is not OperationType.QUERY:
                said += " It may have been done all the same: look before you repeat it, or repeat it with its key."
            return answer.not_executed("TIMEOUT", GraphQLError(said), status=HTTPStatus.SERVICE_UNAVAILABLE)
        errors = result.errors or []
        if result.data is None and any(error.path is None for error in errors):
            return answer.not_executed("BAD_USER_INPUT", *errors)
        body: dict[str, Any] = {"data": result.data}
        if errors:
            body = {"errors": formatted(errors, answer.request_id), **body}
        return answer.of(HTTPStatus.OK, body)


class _Answer:
    """Answers one request: with its id, in the content type its caller takes."""

    def __init__(self, request_id: str, kind: str | None) -> None:
        self.request_id = request_id
        self.kind = kind

    def of(self, status: HTTPStatus, body: dict[str, Any], **headers: str) -> Response:
        """A GraphQL response. It may hold what only this caller may see, so nobody keeps it."""
        return Response(
            msgspec.json.encode(body),
            status_code=status,
            headers={
                "Cache-Control": "no-store",
                "Vary": "Accept, Authorization",
                "X-Content-Type-Options": "nosniff",
                "X-Request-Id": self.request_id,
                **headers,
            },
            media_type=f"{self.kind or negotiation.JSON}; charset=utf-8",
        )

    def refused(self, refusal: RequestRefused, **headers: str) -> Response:
        """It was no request that GraphQL could look at."""
        error = of_request(refusal.code, str(refusal), self.request_id)
        return self.of(refusal.status, {"errors": [error]}, **headers)

    def failed(self, fault: Exception) -> Response:
        """The server could not do it."""
        code, message = meaning_of(fault, self.request_id)
        status = HTTPStatus.SERVICE_UNAVAILABLE if code == UNAVAILABLE else HTTPStatus.INTERNAL_SERVER_ERROR
        return self.of(status, {"errors": [of_request(code, message, self.request_id)]})

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
