"""From the text of a query to a document that may run: parsed, limited, validated, and kept for the next time."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    value_from_ast_untyped,
)
from graphql.validation import specified_rules, validate
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.graphql.http.cost import Cost
from gateway.graphql.http.limits import Limits, asks_for_schema, excess

KEPT = 64
"""Enough for all that a console and a few programs ask; the trees of the longest texts take megabytes."""

_NO_INTROSPECTION = (
    "This server tells nobody its schema (HELIOGRAPH_GRAPHQL_INTROSPECTION is off). Everything else can be asked for as "
    "ever; `heliograph schema`, run on the server, prints the schema."
)

_RULES = (*specified_rules, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Weight:
    """How many values an operation leads to where every page is as long as can be. `varies`: its variables say how long."""

    values: int
    varies: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document, or why it can't run: `code` is what its errors are called. `weights` has its operations by name."""

    document: DocumentNode
    code: str = ""
    errors: tuple[GraphQLError, ...] = ()
    weights: Mapping[str | None, Weight] = field(default_factory=dict)


class Documents:
    """Prepares each text once. Without `introspection` nothing tells what the schema has."""

    def __init__(self, schema: strawberry.Schema, limits: Limits, *, introspection: bool = True) -> None:
        self._schema: GraphQLSchema = schema._schema  # noqa: SLF001  Strawberry has no public way to graphql-core's
        self._limits = limits
        self._introspection = introspection
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def knows(self, query: str) -> bool:
        """Whether that text was prepared of late, so that it costs nothing to read."""
        return query in self._kept

    def prepare(self, query: str) -> Prepared:
        """The document of that text."""
        prepared = self._kept.get(query)
        if prepared is None:
            prepared = self._kept[query] = self._prepare(query)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(query)
        return prepared

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
        if not self._introspection and asks_for_schema(document):
            return Prepared(document, "INTROSPECTION_DISABLED", (GraphQLError(_NO_INTROSPECTION),))
        problems = validate(
            self._schema,
            document,
            _RULES,
            max_errors=limits.problems,
            hide_suggestions=not self._introspection,
        )
        if problems:
            return Prepared(document, "GRAPHQL_VALIDATION_FAILED", tuple(problems))
        operations = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        return Prepared(
            document,
            weights={_name(operation): self._weight(document, operation) for operation in operations},
        )

    def _weight(self, document: DocumentNode, operation: OperationDefinitionNode) -> Weight:
        cost = Cost(self._schema, document)
        return Weight(cost.of(operation), cost.varies)

    def cost(
        self, prepared: Prepared, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> int:
        """How many values a valid operation may lead to with those variables."""
        weight = prepared.weights[_name(operation)]
        if not weight.varies:
            return weight.values
        defaults = {
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        return Cost(self._schema, prepared.document, {**defaults, **variables}).of(operation)


def too_costly(cost: int, limits: Limits) -> str | None:
    """Why a valid operation is refused all the same: it asks for too much at once."""
    if cost <= limits.values:
        return None
    return (
        f"This operation may lead to {cost} values; {limits.values} are allowed. "
        "Take smaller pages (`first`), above all inside of other lists, or ask for it in parts."
    )


def _name(operation: OperationDefinitionNode) -> str | None:
    return None if operation.name is None else operation.name.value
