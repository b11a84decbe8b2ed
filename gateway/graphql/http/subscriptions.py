"""Runs subscriptions: one answer for each thing that happens, made once for all who asked the same."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final, NamedTuple

import msgspec
import strawberry
from graphql import (
    ExecutionResult,
    Executor,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    create_source_event_stream,
    execute_subscription_event,
)

from gateway import logging
from gateway.auth import Viewer
from gateway.graphql.http.requests import Asked
from gateway.graphql.http.seats import Seats
from gateway.graphql.tails.feeds import Feeds, WatchContext
from gateway.graphql.terms.errors import Refused, formatted, of_request
from gateway.services import Services

AT_ONCE: Final = 4
"""How many answers are made between two turns of everything else that this process does."""

MOST_AT_HAND: Final = 128
AT_HAND_SECONDS: Final = 5.0
"""How many answers are kept for others who asked the same, and for how long."""

_log = logging.get("graphql")


class _Question(NamedTuple):
    """Whoever asks the same, with the same rights, gets the same answers."""

    viewer: Viewer
    query: str
    operation_name: str | None
    variables: bytes


class _Answer(NamedTuple):
    question: _Question
    sequence: str
    dropped: int


class Subscriptions:
    """Those of this process."""

    def __init__(self, schema: strawberry.Schema, services: Services, seconds: float) -> None:
        self._hide_suggestions = not services.settings.graphql_introspection
        self._schema = schema._schema  # noqa: SLF001  Strawberry has no public way to graphql-core's
        self._seconds = seconds
        self.seats = Seats(services.authenticator)
        self.feeds = Feeds(services)
        self._answers: OrderedDict[_Answer, asyncio.Task[bytes]] = OrderedDict()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def answers(self, context: WatchContext, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The GraphQL response to each thing that happens, as JSON. Raises NotSubscribed where there can be none."""
        executor = Executor.build(
            self._schema,
            context.document,
            context_value=context,
            raw_variable_values=dict(asked.variables),
            operation_name=asked.operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(executor, list):
            raise NotSubscribed(executor)
        stream: Any = create_source_event_stream(executor)
        if executor.is_awaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            raise NotSubscribed(stream.errors or [])
        variables = msgspec.json.encode(asked.variables, order="deterministic")
        question = _Question(context.viewer, asked.query, asked.operation_name, variables)
        async with aclosing(stream) as items:
            try:
                async for item in items:
                    yield await self._answer(question, executor, context, item)
            except Refused as refusal:
                raise NotSubscribed([_at_its_field(refusal, executor.operation)]) from refusal

    async def _answer(
        self, question: _Question, executor: Executor[Any], context: WatchContext, item: Any
    ) -> bytes:
        key = _Answer(question, item.sequence, item.dropped_before)
        making = self._answers.get(key)
        if making is None:
            making = self._answers[key] = asyncio.create_task(self._made(executor, context.request_id, item))
            asyncio.get_running_loop().call_later(AT_HAND_SECONDS, self._answers.pop, key, None)
            while len(self._answers) > MOST_AT_HAND:
                self._answers.popitem(last=False)
        return making.result() if making.done() else await asyncio.shield(making)

    async def _made(self, executor: Executor[Any], request_id: str, item: Any) -> bytes:
        async with self._turns:
            await asyncio.sleep(0)
            try:
                async with asyncio.timeout(self._seconds):
                    result: Any = execute_subscription_event(executor.build_per_event_executor(item))
                    if executor.is_awaitable(result):
                        result = await result
            except TimeoutError:
                said = f"This item took over {self._seconds:g} s and was left out. Ask for less of each."
                return msgspec.json.encode({"errors": [of_request("TIMEOUT", said, request_id)]})
        body: Mapping[str, Any] = {"data": result.data}
        if result.errors:
            body = {"errors": formatted(result.errors, request_id), **body}
        return msgspec.json.encode(body)


class NotSubscribed(Exception):  # noqa: N818  it says what became of the request
    """Raised where nothing will be shown: what was asked makes no sense, or this viewer may not see it."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


def _at_its_field(refusal: Refused, operation: OperationDefinitionNode) -> GraphQLError:
    fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    path = [node.alias.value if node.alias else node.name.value for node in fields[:1]]
    return GraphQLError(str(refusal), fields, path=path or None, original_error=refusal)
