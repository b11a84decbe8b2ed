"""The filters that are given an expression to work out for every item: `where_exp: "item", "item.price > 5"`."""

from functools import lru_cache

from liquid import Environment, RenderContext
from liquid.exceptions import FilterArgumentError
from liquid.expression import Expression

from mappings.liquid import lexer
from mappings.liquid.bounds import ITEM
from mappings.liquid.context import work_of
from mappings.liquid.expressions import parse_value
from mappings.liquid.filters.lists import grouped
from mappings.liquid.values import is_true, items
from mappings.values import UNDEFINED

_LONGEST_EXPRESSION = 1000


def where_exp(
    context: RenderContext, value: object, name: object = UNDEFINED, expression: object = UNDEFINED
) -> list[object]:
    return [item for item, found in _worked_out(context, value, name, expression) if is_true(found)]


def reject_exp(
    context: RenderContext, value: object, name: object = UNDEFINED, expression: object = UNDEFINED
) -> list[object]:
    return [item for item, found in _worked_out(context, value, name, expression) if not is_true(found)]


def find_exp(
    context: RenderContext, value: object, name: object = UNDEFINED, expression: object = UNDEFINED
) -> object:
    return next(iter(where_exp(context, value, name, expression)), UNDEFINED)


def find_index_exp(
    context: RenderContext, value: object, name: object = UNDEFINED, expression: object = UNDEFINED
) -> object:
    found = [is_true(found) for _, found in _worked_out(context, value, name, expression)]
    return found.index(True) if True in found else UNDEFINED


def has_exp(
    context: RenderContext, value: object, name: object = UNDEFINED, expression: object = UNDEFINED
) -> bool:
    return bool(where_exp(context, value, name, expression))


def group_by_exp(
    context: RenderContext, value: object, name: object = UNDEFINED, expression: object = UNDEFINED
) -> list[object]:
    return grouped(work_of(context), _worked_out(context, value, name, expression))


def _worked_out(
    context: RenderContext, value: object, name: object, expression: object
) -> list[tuple[object, object]]:
    """Every item, and what the expression is with `name` standing for the item."""
    if not isinstance(name, str) or not isinstance(expression, str):
        raise FilterArgumentError("expected the name of the item and an expression", token=None)
    if len(expression) > _LONGEST_EXPRESSION:
        raise FilterArgumentError(
            f"the expression has more than {_LONGEST_EXPRESSION} characters", token=None
        )
    work = work_of(context)
    work.spend(len(expression) * ITEM * 4)  # reading it takes longer than anything else
    parsed = _parsed(expression, context.env)
    found = []
    for item in items(work, value):
        work.take_turn(len(expression))
        with context.extend({name: item}):
            found.append((item, parsed.evaluate(context)))
    return found


@lru_cache(maxsize=256)
def _parsed(expression: str, environment: Environment) -> Expression:
    statement = lexer.statement(expression)
    return parse_value(environment, lexer.Stream(iter([statement])).into_inner(), statement)


FILTERS = {
    "find_exp": find_exp,
    "find_index_exp": find_index_exp,
    "group_by_exp": group_by_exp,
    "has_exp": has_exp,
    "reject_exp": reject_exp,
    "where_exp": where_exp,
}
