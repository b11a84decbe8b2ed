"""Runs a document that was prepared, with graphql-core over the resolvers that strawberry made.

Most of what is asked for lies ready as an attribute of an object that a resolver gave, or is what a method makes of it alone.
graphql-core still takes some ten microseconds for each such field; read directly it takes a tenth of one. What is out of the ordinary, a null that must not be
one above all, is left to graphql-core, which knows what to say and where.
"""

from collections.abc import Callable, Mapping
from inspect import isawaitable, isfunction
from operator import attrgetter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    execute,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import Executor
from graphql.pyutils import AwaitableOrValue, Path, Undefined
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from gateway.graphql.context import Context

Get = Callable[[Any], Any]
"""From an object to what its attribute holds, or its method gives."""

Complete = Callable[[Any], Any]
"""From that to what the answer shows. Raises anything where it is out of the ordinary."""

_READY: Mapping[GraphQLLeafType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Scalars whose values are JSON as they are, where they are of exactly that type."""

_LARGEST = 2**31 - 1

_LEAVES: WeakKeyDictionary[GraphQLSchema, dict[tuple[str, str], tuple[Get | None, Complete | None]]] = (
    WeakKeyDictionary()
)
"""How each field that holds no object is read, by its type and name: the same for whoever asks."""


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
        executor_class=AttributeExecutor,
    )
    return await result if isawaitable(result) else result


class Step(NamedTuple):
    """One field of an object. `get` and `complete` read it directly; they are None where a resolver is to be asked."""

    name: str
    details: FieldDetailsList
    get: Get | None
    complete: Complete | None


class AttributeExecutor(Executor[Any]):
    """Reads attributes and plain methods directly, and leaves to graphql-core what asks for more, is abstract or goes wrong."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # With what they are of, so that no id is used again meanwhile.
        self._plans: dict[int, tuple[GroupedFieldSet, list[Step]]] = {}
        self._leaves = _LEAVES.setdefault(self.schema, {})

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """See Executor. The fields keep the order in which they were asked for."""
        results: dict[str, Any] = {}
        left: GroupedFieldSet = {}
        for name, details, get, complete in self._plan(parent_type, grouped_field_set):
            results[name] = None  # its place
            if get is not None and complete is not None:
                try:
                    results[name] = complete(get(source_value))
                except Exception:  # noqa: BLE001  graphql-core runs into it again, and tells it where it belongs
                    left[name] = details
            else:
                left[name] = details
        if not left:
            return results
        rest = super().execute_fields(parent_type, source_value, path, left, position_context)
        if isawaitable(rest):
            return _joined(results, left, rest)
        return _merged(results, left, rest)

    def _plan(self, parent_type: GraphQLObjectType, fields: GroupedFieldSet) -> list[Step]:
        known = self._plans.get(id(fields))
        if known is None:
            known = fields, [self._step(parent_type, name, details) for name, details in fields.items()]
            self._plans[id(fields)] = known
        return known[1]

    def _step(self, parent_type: GraphQLObjectType, name: str, details: FieldDetailsList) -> Step:
        asked = details[0].node.name.value
        if asked == "__typename":
            return Step(name, details, _itself, lambda _: parent_type.name)
        place = parent_type.name, asked
        known = self._leaves.get(place)
        if known is not None:
            return Step(name, details, *known)
        field = self.schema.get_field(parent_type, asked)
        made = None if field is None else field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if field is None or not isinstance(made, StrawberryField) or made.extensions:
            return Step(name, details, None, None)
        get = attrgetter(made.python_name) if made.is_basic_field else self._method(parent_type, made)
        complete = None if get is None else self._completer(field.type, details)
        if is_leaf_type(get_named_type(field.type)):
            self._leaves[place] = get, complete
        return Step(name, details, get, complete)

    def _method(self, parent_type: GraphQLObjectType, made: StrawberryField) -> Get | None:
        """The function that answers a field, where it asks for nothing but the object. What a root field does is done once."""
        schema, resolver = self.schema, made.base_resolver
        if (
            resolver is None
            or resolver.is_async
            or resolver.arguments
            or len(resolver.signature.parameters) != 1
            or resolver.info_parameter is not None
            or parent_type in {schema.query_type, schema.mutation_type, schema.subscription_type}
        ):
            return None
        return resolver.wrapped_func if isfunction(resolver.wrapped_func) else None

    def _completer(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete | None:
        """How a value of that type is shown; None where that takes a resolver, or the type is abstract."""
        if isinstance(kind, GraphQLNonNull):
            return self._present(kind.of_type, details)
        if is_leaf_type(kind):
            return _leaf(kind, optional=True)
        present = self._present(kind, details)
        return None if present is None else lambda value: None if value is None else present(value)

    def _present(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete | None:
        if isinstance(kind, GraphQLObjectType):
            return self._object(kind, details)
        if isinstance(kind, GraphQLList):
            item = self._completer(kind.of_type, details)
            return None if item is None else _list_of(item)
        return _leaf(kind, optional=False) if is_leaf_type(kind) else None

    def _object(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Complete | None:
        plan = self._plan(kind, self.collect_subfields(kind, details)[0])
        steps = [
            (name, get, complete)
            for name, _, get, complete in plan
            if get is not None and complete is not None
        ]
        if len(steps) < len(plan):
            return None
        is_type_of = kind.is_type_of
        seen: set[type] = set()

        def complete_object(value: Any) -> dict[str, Any]:
            if is_type_of is not None and type(value) not in seen:
                # Strawberry judges by the class alone.
                if not is_type_of(value, None):  # type: ignore[arg-type]
                    raise TypeError
                seen.add(type(value))
            return {name: complete(get(value)) for name, get, complete in steps}

        return complete_object


def _itself(value: Any) -> Any:
    return value


def _list_of(item: Complete) -> Complete:
    def complete_list(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise TypeError
        return [item(one) for one in value]

    return complete_list


class _Names(dict[Any, Any]):
    """The name of each value of an enum, as soon as one was shown."""

    def __init__(self, kind: GraphQLEnumType) -> None:
        super().__init__()
        self._coerce = kind.coerce_output_value

    def __missing__(self, value: Any) -> str:
        name: str = _shown(self._coerce(value))
        self[value] = name
        return name


def _leaf(kind: GraphQLLeafType, *, optional: bool) -> Complete:
    if isinstance(kind, GraphQLEnumType):
        names = _Names(kind)
        if optional:
            names[None] = None
        return names.__getitem__
    coerce, ready = kind.coerce_output_value, _READY.get(kind)
    if kind is GraphQLInt:
        return lambda value: (
            value
            if (type(value) is int and -_LARGEST <= value <= _LARGEST) or (optional and value is None)
            else _shown(coerce(value))
        )
    return lambda value: (
        value if type(value) is ready or (optional and value is None) else _shown(coerce(value))
    )


def _shown(coerced: Any) -> Any:
    if coerced is None or coerced is Undefined:
        raise TypeError
    return coerced


def _merged(results: dict[str, Any], left: GroupedFieldSet, rest: Mapping[str, Any]) -> dict[str, Any]:
    for name in left:
        if name in rest:
            results[name] = rest[name]
        else:
            del results[name]
    return results


async def _joined(results: dict[str, Any], left: GroupedFieldSet, rest: Any) -> dict[str, Any]:
    return _merged(results, left, await rest)
