"""What stands between braces: a condition or value, and the filters it goes through.

As in LiquidJS conditions may stand wherever a value may, `not` binds tighter than `and` and `or`, and these are
worked out from the right: `a and b or c` is `a and (b or c)`.
"""

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from liquid import Environment, RenderContext, Token
from liquid.builtin.expressions import FilteredExpression, parse_primitive
from liquid.builtin.expressions.arguments import KeywordArgument, PositionalArgument
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidSyntaxError
from liquid.expression import Expression
from liquid.stream import TokenStream
from liquid.token import (
    TOKEN_AND,
    TOKEN_COLON,
    TOKEN_COMMA,
    TOKEN_CONTAINS,
    TOKEN_EOF,
    TOKEN_EQ,
    TOKEN_GE,
    TOKEN_GT,
    TOKEN_LE,
    TOKEN_LG,
    TOKEN_LT,
    TOKEN_NE,
    TOKEN_NOT,
    TOKEN_OR,
    TOKEN_PIPE,
    TOKEN_WORD,
)

from mappings.liquid import values
from mappings.liquid.arity import LEAST
from mappings.liquid.bounds import Work, bounded
from mappings.liquid.context import work_of
from mappings.liquid.lexer import place

_NO_ARGUMENT = frozenset({TOKEN_PIPE, TOKEN_EOF, TOKEN_COMMA, TOKEN_COLON})


class DisabledError(LiquidSyntaxError):
    """Raised for a tag or filter that is known and may not be used."""

    @classmethod
    def of(cls, kind: str, name: str, token: Token) -> "DisabledError":
        return cls(f'{kind} "{name}" is disabled, {place(token)}', token=token)


def disabled(work: Work, value: object) -> object:
    """Stands among the filters for one that may not be used: a template that names it is refused."""
    raise NotImplementedError  # never called: its name is looked for when a template is read


class Comparison(Expression):
    """Two values and what has to hold between them."""

    __slots__ = ("holds", "left", "right")

    def __init__(self, token: Token, left: Expression, right: Expression) -> None:
        super().__init__(token)
        self.left = left
        self.right = right
        self.holds = _HOLDS[token.kind]

    def evaluate(self, context: RenderContext) -> object:
        return self.holds(work_of(context), self.left.evaluate(context), self.right.evaluate(context))

    def children(self) -> Iterable[Expression]:
        return [self.left, self.right]


class Not(Expression):
    """The opposite."""

    __slots__ = ("right",)

    def __init__(self, token: Token, right: Expression) -> None:
        super().__init__(token)
        self.right = right

    def evaluate(self, context: RenderContext) -> object:
        return not values.is_true(self.right.evaluate(context))

    def children(self) -> Iterable[Expression]:
        return [self.right]


class Logic(Expression):
    """Terms with `and` or `or` between them."""

    __slots__ = ("last", "terms")

    def __init__(self, token: Token, terms: list[tuple[Expression, str]], last: Expression) -> None:
        super().__init__(token)
        self.terms = terms
        self.last = last

    def evaluate(self, context: RenderContext) -> object:
        for term, joined_by in self.terms:
            holds = values.is_true(term.evaluate(context))
            if holds is (joined_by == TOKEN_OR):
                return holds
        return values.is_true(self.last.evaluate(context))

    def children(self) -> Iterable[Expression]:
        return [*(term for term, _ in self.terms), self.last]


class Range(RangeLiteral):
    """The whole numbers from one to another; none at all unless both are numbers."""

    def _make_range(self, start: object, stop: object) -> range:
        if not (values.is_number(start) and values.is_number(stop)):
            return range(0)
        return bounded(range(values.whole(start), values.whole(stop) + 1))  # type: ignore[return-value]  # or raises


def parse_operand(env: Environment, tokens: TokenStream) -> Expression:
    """A literal, a path or a range. Raises LiquidSyntaxError."""
    return ranged(parse_primitive(env, tokens))


def parse_value(env: Environment, tokens: TokenStream, statement: Token) -> Expression:
    """The value that the rest of a statement stands for. Raises LiquidSyntaxError."""
    value = _condition(env, tokens)
    filters = list(_filters(env, tokens))
    tokens.eat(TOKEN_EOF)
    for each in filters:
        if env.filters.get(each.name) is disabled:
            raise DisabledError.of("filter", each.name, statement)
        for argument in each.args:
            argument.value = ranged(argument.value)
    return FilteredExpression(value.token, value, filters) if filters else value


def _filters(env: Environment, tokens: TokenStream) -> Iterator[Filter]:
    while tokens.current.kind == TOKEN_PIPE:
        next(tokens)
        name = tokens.eat(TOKEN_WORD)
        arguments = list(_arguments(env, tokens, name))
        given = sum(isinstance(each, PositionalArgument) for each in arguments)
        # What may not be used is told as such, however it is written.
        if given < LEAST.get(name.value, 0) and env.filters.get(name.value) is not disabled:
            raise _lacking(name, name)
        yield Filter(name, name.value, arguments)


def _arguments(
    env: Environment, tokens: TokenStream, name: Token
) -> Iterator[KeywordArgument | PositionalArgument]:
    """What follows a filter's colon. Raises LiquidSyntaxError where nothing follows it, or a comma."""
    before = TOKEN_COLON
    while tokens.current.kind == before:
        next(tokens)
        word = tokens.current
        if word.kind in _NO_ARGUMENT:
            raise _lacking(name, word)
        if word.kind == TOKEN_WORD and tokens.peek.kind == TOKEN_COLON:
            next(tokens)
            next(tokens)
            yield KeywordArgument(word, word.value, parse_primitive(env, tokens))
        else:
            yield PositionalArgument(parse_primitive(env, tokens))
        before = TOKEN_COMMA


def _lacking(name: Token, at: Token) -> LiquidSyntaxError:
    return LiquidSyntaxError(f"the filter {name.value!r} lacks an argument", token=at)


def _condition(env: Environment, tokens: TokenStream) -> Expression:
    terms: list[tuple[Expression, str]] = []
    last = _comparison(env, tokens)
    while tokens.current.kind in {TOKEN_AND, TOKEN_OR}:
        terms.append((last, next(tokens).kind))
        last = _comparison(env, tokens)
    return Logic(last.token, terms, last) if terms else last


def _comparison(env: Environment, tokens: TokenStream) -> Expression:
    negations = []
    while tokens.current.kind == TOKEN_NOT:
        negations.append(next(tokens))
    value = parse_operand(env, tokens)
    if tokens.current.kind in _HOLDS:
        value = Comparison(next(tokens), value, parse_operand(env, tokens))
    for token in negations[: 2 - len(negations) % 2]:  # two say whether it is true, as any even number does
        value = Not(token, value)
    return value


def ranged(value: Expression) -> Expression:
    """The expression, in which a range is one of this module."""
    return Range(value.token, value.start, value.stop) if type(value) is RangeLiteral else value


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Work, object, object], bool]:
    return lambda work, left, right: values.in_order(work, holds, left, right)


def _differ(work: Work, left: object, right: object) -> bool:
    return not values.equal(work, left, right)


_HOLDS: dict[str, Callable[[Work, object, object], bool]] = {
    TOKEN_EQ: values.equal,
    TOKEN_NE: _differ,
    TOKEN_LG: _differ,
    TOKEN_LT: _ordered(operator.lt),
    TOKEN_LE: _ordered(operator.le),
    TOKEN_GT: _ordered(operator.gt),
    TOKEN_GE: _ordered(operator.ge),
    TOKEN_CONTAINS: values.contains,
}
