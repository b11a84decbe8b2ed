"""Runs a document that was prepared, with graphql-core over the resolvers that strawberry made."""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, execute

from gateway.graphql.context import Context


async def run(
    schema: strawberry.Schema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    context: Context,
    *,
    hide_suggestions: bool = False,
) -> ExecutionResult:
    """The data of one operation, and what went wrong."""
    result = execute(
        schema._schema,  # noqa: SLF001  Strawberry has no public way to graphql-core's
        document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation.name.value if operation.name else None,
        hide_suggestions=hide_suggestions,
    )
    return await result if isawaitable(result) else result
