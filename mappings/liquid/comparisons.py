"""Comparisons in `if` and `unless` that hold or do not, whatever the types, where python-liquid would fail."""

import operator
from collections.abc import Callable
from typing import Any

from liquid import RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import BooleanExpression
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalNotExpression,
    LogicalOrExpression,
    LtExpression,
)
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.exceptions import LiquidTypeError
from liquid.expression import Expression
from liquid.stream import TokenStream

from mappings.text import number_in

_ORDERS: dict[type[Expression], Callable[[Any, Any], bool]] = {
    LtExpression: operator.lt,
    LeExpression: operator.le,
    GtExpression: operator.gt,
    GeExpression: operator.ge,
}


class Order(Expression):
    """`<`, `<=`, `>` or `>=`. A text beside a number is read as a number; what cannot be compared is not in order."""

    __slots__ = ("holds", "left", "right")

    def __init__(self, comparison: Any, holds: Callable[[Any, Any], bool]) -> None:
        super().__init__(comparison.token)
        self.left: Expression = comparison.left
        self.right: Expression = comparison.right
        self.holds = holds

    def evaluate(self, context: RenderContext) -> object:
        left, right = self.left.evaluate(context), self.right.evaluate(context)
        if not (isinstance(left, str) and isinstance(right, str)):
            left, right = _number(left), _number(right)
        return left is not None and right is not None and self.holds(left, right)

    def children(self) -> list[Expression]:
        return [self.left, self.right]


class Contains(Expression):
    """`contains`, which does not hold for what can contain nothing."""

    __slots__ = ("test",)

    def __init__(self, test: ContainsExpression) -> None:
        super().__init__(test.token)
        self.test = test

    def evaluate(self, context: RenderContext) -> object:
        try:
            return self.test.evaluate(context)
        except LiquidTypeError:
            return False

    def children(self) -> list[Expression]:
        return self.test.children()


class If(IfTag):
    """The `if` tag."""

    def parse(self, stream: TokenStream) -> Node:
        return _lenient_node(super().parse(stream))


class Unless(UnlessTag):
    """The `unless` tag."""

    def parse(self, stream: TokenStream) -> Node:
        return _lenient_node(super().parse(stream))


def _lenient_node(node: Node) -> Node:
    if isinstance(node, IfNode | UnlessNode):
        for condition in (node.condition, *(alternative.expression for alternative in node.alternatives)):
            if isinstance(condition, BooleanExpression):
                condition.expression = _lenient(condition.expression)
    return node


def _lenient(expression: Expression) -> Expression:
    match expression:
        case LogicalAndExpression() | LogicalOrExpression():
            expression.left, expression.right = _lenient(expression.left), _lenient(expression.right)
        case LogicalNotExpression():
            expression.right = _lenient(expression.right)
        case ContainsExpression():
            return Contains(expression)
    holds = _ORDERS.get(type(expression))
    return expression if holds is None else Order(expression, holds)


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return number_in(value)
    return value if isinstance(value, int | float) else None
