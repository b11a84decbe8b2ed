"""GraphQL over HTTP: who asks, what they ask, and the answer with the status that the specification gives it."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType, get_operation_ast
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import ids, logging
from gateway.auth import Viewer
from gateway.graphql.context import Context, Loaders
from gateway.graphql.http import negotiation, requests, sse
from gateway.graphql.http.answers import Answer
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.documents import Documents, Prepared, too_costly
from gateway.graphql.http.execution import run
from gateway.graphql.http.limits import Limits
from gateway.graphql.http.origins import Origins
from gateway.graphql.http.requests import Asked, RequestRefused
from gateway.graphql.http.seats import Seats
from gateway.graphql.http.socket import Socket
from gateway.graphql.http.subscriptions import Subscriptions
from gateway.graphql.schema import build_schema
from gateway.graphql.tails.feeds import WatchContext
from gateway.services import Services

_log = logging.get("graphql")


class GraphQLEndpoint:
    """An ASGI app for `/graphql`. `page` answers a browser that opens the address."""

    def __init__(
        self,
        services: Services,
        page: Callable[[Request], Response],
        schema: strawberry.Schema | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
    ) -> None:
        settings = services.settings
        self._services = services
        self._page = page
        self._schema = schema or build_schema(services.workspace.definitions)
        self._limits = limits or Limits()
        self._budget = budget or Budget()
        self._origins = Origins(settings.cors_origins, settings.public_url)
        self._documents = Documents(self._schema, self._limits, introspection=settings.graphql_introspection)
        self.subscriptions = Subscriptions(self._schema, services, self._limits.seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            headers = Headers(scope=scope)
            allowed = self._origins.allows(headers.get("origin"), headers.get("host"))
            await Socket(scope, receive, send, self).serve(allowed=allowed)
            return
        request = Request(scope, receive)
        accept, origin = request.headers.get("accept"), request.headers.get("origin")
        answer = Answer(
            ids.new("req"),
            negotiation.choose(accept),
            self._origins.headers(origin),
            streams=negotiation.takes_events(accept),
        )
        try:
            if (
                request.method == "GET"
                and "query" not in request.query_params
                and negotiation.takes_html(accept)
            ):
                response = self._page(request)
            else:
                response = await self._respond(request, answer, origin)
        except ClientDisconnect:
            return
        except RequestRefused as refusal:
            response = answer.refused(refusal)
        except Exception as fault:  # noqa: BLE001  whatever failed, the caller hears of it in the shape they can read
            response = answer.failed(fault)
        await response(scope, receive, send)

    @property
    def seats(self) -> Seats:
        """Of those who watch."""
        return self.subscriptions.seats

    async def authenticate(self, header: str) -> Viewer | None:
        """Whose Authorization header that is."""
        return await self._services.authenticator.authenticate(header)

    async def ask(self, request_id: str, viewer: Viewer, header: str, asked: Asked) -> Response:
        """What that viewer asks over a WebSocket. Raises RequestRefused."""
        answer = Answer(request_id, negotiation.RESPONSE, {}, streams=True)
        return await self._answer(answer, viewer, header, asked, reading_only=False)

    async def _respond(self, request: Request, answer: Answer, origin: str | None) -> Response:
        if not self._origins.allows(origin, request.headers.get("host")):
            raise requests.wrong_origin()
        if request.method == "OPTIONS" and (preflight := self._origins.preflight(origin)):
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Vary": "Origin", **preflight})
        if request.method not in {"GET", "POST"}:
            raise requests.wrong_method()
        header = request.headers.get("authorization")
        viewer = await self._services.authenticator.authenticate(header)
        if viewer is None:
            return answer.unauthenticated(given=header is not None)
        if answer.kind is None and not answer.streams:
            raise requests.wrong_accept()
        reading_only = request.method == "GET"
        asked = (
            requests.from_query_string(request)
            if reading_only
            else await requests.from_body(request, self._limits.body_bytes, self._limits.body_seconds)
        )
        response = await self._answer(answer, viewer, header or "", asked, reading_only=reading_only)
        return sse.whole(response) if answer.kind is None else response

    async def _answer(
        self, answer: Answer, viewer: Viewer, header: str, asked: Asked, *, reading_only: bool
    ) -> Response:
        token = _token_of(header)
        # A text that is new takes time for each of its characters, before it is known what it asks for.
        reading = 0 if self._documents.knows(asked.query) else len(asked.query)
        self._charge(answer, token, reading)
        prepared = self._documents.prepare(asked.query)
        if prepared.errors:
            return answer.not_executed(prepared.code, *prepared.errors)
        operation = get_operation_ast(prepared.document, asked.operation_name)
        if operation is None:
            known = "Say which operation to run with `operationName`: the document must have exactly one of that name."
            return answer.not_executed("BAD_USER_INPUT", GraphQLError(known))
        if reading_only and operation.operation is not OperationType.QUERY:
            raise requests.only_reads()
        cost = self._documents.cost(prepared, operation, asked.variables)
        too_much = too_costly(cost, self._limits)
        if too_much is not None:
            return answer.not_executed("LIMIT_EXCEEDED", GraphQLError(too_much))
        self._charge(answer, token, cost, requested=cost)
        if operation.operation is OperationType.SUBSCRIPTION:
            return await self._watch(answer, viewer, asked, prepared.document)
        context = Context(
            services=self._services,
            viewer=viewer,
            request_id=answer.request_id,
            document=prepared.document,
            snapshot=await self._services.workspace.current(),
            loaders=Loaders(self._services.store, self._services.secrets),
        )
        return await self._execute(answer, context, prepared, operation, asked)

    async def _watch(self, answer: Answer, viewer: Viewer, asked: Asked, document: DocumentNode) -> Response:
        if not answer.streams:
            raise requests.only_streams()
        subscriptions = self.subscriptions
        context = WatchContext(
            services=self._services,
            viewer=viewer,
            request_id=answer.request_id,
            document=document,
            snapshot=await self._services.workspace.current(),
            loaders=Loaders(self._services.store, self._services.secrets),
            feeds=subscriptions.feeds,
        )
        seat = subscriptions.seats.take(viewer)
        return sse.EventStream(subscriptions.answers(context, asked), seat, answer.no_seat, answer.headers)

    def _charge(self, answer: Answer, token: str, cost: int, *, requested: int = 0) -> None:
        """Take the cost from the token's bucket, and have the answer say so. Raises RequestRefused where too little is left."""
        budget, now = self._budget, self._services.clock.now()
        left = budget.left(token, now)
        enough = left >= cost
        if enough and cost:
            left = budget.take(token, cost, now)
        answer.cost = {
            "requested": requested,
            "maximum": self._limits.values,
            "bucket": {
                "capacity": budget.capacity,
                "remaining": int(left),
                "restoreRate": budget.restore_rate,
            },
        }
        if not enough:
            raise requests.too_fast(cost, int(left), budget.wait(left, cost))

    async def _execute(
        self,
        answer: Answer,
        context: Context,
        prepared: Prepared,
        operation: OperationDefinitionNode,
        asked: Asked,
    ) -> Response:
        is_query = operation.operation is OperationType.QUERY
        seconds = self._limits.seconds if is_query else self._limits.mutation_seconds
        try:
            async with asyncio.timeout(seconds):
                result = await run(
                    self._schema,
                    prepared.document,
                    operation,
                    asked.variables,
                    context,
                    hide_suggestions=not self._services.settings.graphql_introspection,
                )
        except TimeoutError:
            _log.warning("A GraphQL operation was stopped: it took too long", request_id=answer.request_id)
            said = f"This took over {seconds:g} s and was stopped."
            if not is_query:
                said += " It may have been done all the same: look before you repeat it, or repeat it with its key."
            return answer.not_executed("TIMEOUT", GraphQLError(said), status=HTTPStatus.SERVICE_UNAVAILABLE)
        errors = result.errors or []
        if result.data is None and any(error.path is None for error in errors):
            return answer.not_executed("BAD_USER_INPUT", *errors)
        return answer.executed(result.data, errors)


def _token_of(header: str) -> str:
    """The name of a token's bucket, the same however its header is spelt. The token itself is kept nowhere."""
    return ids.digest(header.partition(" ")[2].strip())
