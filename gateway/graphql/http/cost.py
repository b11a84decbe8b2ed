"""How many values an operation may lead to: every field counts as often as the lists around it are long.

Worked out for a valid document before it runs, so that nested pages of pages are refused instead of read.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from gateway.graphql.terms.pagination import MOST
from gateway.stats import MOST_POINTS, Bucket, points

LIST = 10
"""How long a list without `first` is taken to be."""


class Cost:
    """Of the operations of one document. `variables` are None where each page is taken to be as long as it can be;
    `varies` says afterwards whether they matter.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None = None
    ) -> None:
        self._schema = schema
        self._variables = variables
        self.varies = False
        self._known: dict[str, int] = {}
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def of(self, operation: OperationDefinitionNode) -> int:
        """How many values the operation leads to at most."""
        return self._selections(operation.selection_set, self._schema.get_root_type(operation.operation))

    def _selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> int:
        total = 0
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    total += self._field(selection, parent)
                case FragmentSpreadNode():
                    total += self._fragment(selection.name.value)
                case InlineFragmentNode():
                    total += self._selections(
                        selection.selection_set, self._type(selection.type_condition, parent)
                    )
        return total

    def _type(self, named: NamedTypeNode | None, parent: GraphQLNamedType | None) -> GraphQLNamedType | None:
        return parent if named is None else self._schema.get_type(named.name.value)

    def _fragment(self, name: str) -> int:
        if name not in self._known:
            fragment = self._fragments[name]
            kind = self._type(fragment.type_condition, None)
            self._known[name] = self._selections(fragment.selection_set, kind)
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        if node.selection_set is None:
            return 1
        field = self._schema.get_field(parent, node.name.value) if is_composite_type(parent) else None
        if field is None:
            return 1
        inner = self._selections(node.selection_set, get_named_type(field.type))
        return 1 + self._length(node, field, parent) * (1 + inner)

    def _length(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> int:
        if "first" in field.args:
            return self._page(node, field)
        if "bucket" in field.args:
            return self._points(node, field)
        for argument in node.arguments or ():
            if argument.name.value == "ids":
                if isinstance(argument.value, ListValueNode):
                    return len(argument.value.values)
                ids = self._given(argument.value) if isinstance(argument.value, VariableNode) else None
                return len(ids) if isinstance(ids, list) else MOST
        kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        # Counted where `first` was given, or `bucket`.
        paged = parent is not None and parent.name.endswith(("Connection", "Series"))
        return LIST if is_list_type(kind) and not paged else 1

    def _page(self, node: FieldNode, field: GraphQLField) -> int:
        given = next((one.value for one in node.arguments or () if one.name.value == "first"), None)
        size: Any = field.args["first"].default_value
        if isinstance(given, IntValueNode):
            size = int(given.value)
        elif isinstance(given, VariableNode):
            size = self._given(given)
        # What is out of bounds is refused by its own field, with better words.
        return min(max(size, 1), MOST) if isinstance(size, int) else MOST

    def _points(self, node: FieldNode, field: GraphQLField) -> int:
        """How many buckets a range has; what can't be read, or is not known yet, has the most. What has more is refused by its own
        field, with better words.
        """
        self.varies = True
        if self._variables is None:
            return MOST_POINTS
        given = {
            one.name.value: value_from_ast_untyped(one.value, dict(self._variables))
            for one in node.arguments or ()
        }
        try:
            begin, end = (datetime.fromisoformat(given["range"][name]) for name in ("from", "to"))
            number = points(begin, end, Bucket(given.get("bucket", field.args["bucket"].default_value)))
        except (KeyError, TypeError, ValueError):
            return MOST_POINTS
        return min(max(number, 1), MOST_POINTS)

    def _given(self, variable: VariableNode) -> Any:
        """What a variable is; where it is left out, or not known yet, the most that a page may be."""
        self.varies = True
        return MOST if self._variables is None else self._variables.get(variable.name.value, MOST)
