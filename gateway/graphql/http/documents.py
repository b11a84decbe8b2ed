"""From the text of a query to a document that may run: parsed, limited, validated, and kept for the next time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
)
from graphql.validation import specified_rules, validate
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.graphql.http.cost import Cost
from gateway.graphql.http.limits import Limits, excess

KEPT = 64
"""Enough for all that a console and a few programs ask; the trees of the longest texts take megabytes."""

_RULES = (*specified_rules, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document, or why it can't run: `code` is what its errors are called.

    `costs` has for each operation, by name, how many values it leads to where every page is as long as can be.
    """

    document: DocumentNode
    code: str = ""
    errors: tuple[GraphQLError, ...] = ()
    costs: Mapping[str | None, int] = field(default_factory=dict)


class Documents:
    """Prepares each text once."""

    def __init__(self, schema: strawberry.Schema, limits: Limits) -> None:
        self._schema: GraphQLSchema = schema._schema  # noqa: SLF001  Strawberry has no public way to graphql-core's
        self._limits = limits
        self.prepare = lru_cache(KEPT)(self._prepare)

    def _prepare(self, query: str) -> Prepared:
        limits = self._limits
        try:
            document = parse(
                query,
                max_lexical_tokens=limits.tokens,
                max_comments=limits.tokens,
                max_source_length=limits.query_characters,
            )
        except GraphQLSyntaxError as error:
            return Prepared(DocumentNode(definitions=()), "GRAPHQL_PARSE_FAILED", (error,))
        too_much = excess(document, limits)
        if too_much is not None:
            return Prepared(document, "LIMIT_EXCEEDED", (GraphQLError(too_much),))
        problems = validate(self._schema, document, _RULES, max_errors=limits.problems)
        if problems:
            return Prepared(document, "GRAPHQL_VALIDATION_FAILED", tuple(problems))
        cost = Cost(self._schema, document)
        operations = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        return Prepared(document, costs={_name(operation): cost.of(operation) for operation in operations})

    def too_costly(
        self, prepared: Prepared, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> str | None:
        """Why a valid operation is refused all the same: it asks for too much at once."""
        most = self._limits.values
        if prepared.costs[_name(operation)] <= most:
            return None
        count = Cost(self._schema, prepared.document, variables).of(operation)
        if count <= most:
            return None
        return (
            f"This operation may lead to {count} values; {most} are allowed. "
            "Take smaller pages (`first`), above all inside of other lists, or ask for it in parts."
        )


def _name(operation: OperationDefinitionNode) -> str | None:
    return None if operation.name is None else operation.name.value
