"""The tags that show values, keep them and choose between blocks."""

from collections.abc import Container, Sequence
from typing import NamedTuple, TextIO

from liquid import Environment, RenderContext, Token
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import PositionalArgument, parse_identifier
from liquid.builtin.expressions.primitive import parse_name
from liquid.builtin.tags.assign_tag import AssignNode, AssignTag
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.exceptions import LiquidSyntaxError
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import (
    TOKEN_ASSIGN,
    TOKEN_COLON,
    TOKEN_COMMA,
    TOKEN_CONTENT,
    TOKEN_EOF,
    TOKEN_EXPRESSION,
    TOKEN_OR,
    TOKEN_OUTPUT,
)

from mappings.liquid import lexer, values
from mappings.liquid.context import work_of
from mappings.liquid.expressions import DisabledError, parse_operand, parse_value


class Shown(Node):
    """A value, printed."""

    __slots__ = ("value",)

    def __init__(self, token: Token, value: Expression) -> None:
        super().__init__(token)
        self.value = value

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(values.text(work_of(context), self.value.evaluate(context)))


class Output(Tag):
    """`{{ value }}`"""

    name = TOKEN_OUTPUT
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = next(stream)
        return Shown(token, parse_value(self.env, stream.into_inner(tag=token, eat=False), token))


class Echo(Output):
    """`{% echo value %}`"""

    name = "echo"


class Assign(AssignTag):
    """`{% assign name = value %}`"""

    def parse(self, stream: TokenStream) -> AssignNode:
        token = next(stream)
        tokens = stream.into_inner(tag=token, eat=False)
        name = parse_identifier(self.env, tokens, allow_trailing_question_mark=False)
        tokens.eat(TOKEN_ASSIGN)
        return AssignNode(token, name=name, expression=parse_value(self.env, tokens, token))


class Capture(CaptureTag):
    """`{% capture name %}block{% endcapture %}`"""

    def parse(self, stream: TokenStream) -> CaptureNode:
        token = next(stream)
        tokens = stream.into_inner(tag=token)
        name = parse_name(self.env, tokens)
        tokens.expect_eos()
        block = block_until({self.end}, self.env, stream)
        close(token, self.end, stream)
        return CaptureNode(token, name, block)


class Branch(NamedTuple):
    """A block, and when to take it."""

    condition: Expression
    block: BlockNode


class Choice(Node):
    """The first block whose condition holds, or the one for none."""

    __slots__ = ("branches", "otherwise", "unless")

    def __init__(self, token: Token, branches: Sequence[Branch], otherwise: BlockNode | None) -> None:
        super().__init__(token)
        self.branches = branches
        self.otherwise = otherwise
        self.unless = token.value == "unless"

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        negated = self.unless
        for condition, block in self.branches:
            if values.is_true(condition.evaluate(context)) is not negated:
                return block.render(context, buffer)
            negated = False
        return self.otherwise.render(context, buffer) if self.otherwise else 0


class If(Tag):
    """`{% if value %}block{% elsif value %}block{% else %}block{% endif %}`"""

    name = "if"
    end = "endif"

    def parse(self, stream: TokenStream) -> Node:
        opening = token = next(stream)
        branches: list[Branch] = []
        otherwise = None
        while not branches or token.is_tag("elsif"):
            condition = parse_value(self.env, stream.into_inner(tag=token), token)
            branches.append(Branch(condition, block_until({"elsif", "else", self.end}, self.env, stream)))
            token = stream.current
            if token.is_tag("elsif"):
                next(stream)
        if token.is_tag("else"):
            next(stream)
            otherwise = block_until({self.end}, self.env, stream)
        close(opening, self.end, stream)
        return Choice(opening, branches, otherwise)


class Unless(If):
    """`{% unless value %}block{% endunless %}`"""

    name = "unless"
    end = "endunless"


class Case(Node):
    """Every block with a value that is the same as the subject; the first `else`, if there was none before it."""

    __slots__ = ("blocks", "subject")

    def __init__(
        self, token: Token, subject: Expression, blocks: Sequence[tuple[list[Expression] | None, BlockNode]]
    ) -> None:
        super().__init__(token)
        self.subject = subject
        self.blocks = blocks

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        subject, work = self.subject.evaluate(context), work_of(context)
        written, found, otherwise = 0, False, False
        for wanted, block in self.blocks:
            if wanted is None:
                taken = not found and not otherwise
                otherwise = True
            else:
                taken = any(values.equal(work, subject, value.evaluate(context)) for value in wanted)
                found = found or taken
            if taken:
                written += block.render(context, buffer)
        return written


class CaseTag(Tag):
    """`{% case value %}{% when value, value %}block{% else %}block{% endcase %}`"""

    name = "case"
    end = "endcase"

    def parse(self, stream: TokenStream) -> Node:
        opening = next(stream)
        subject = parse_value(self.env, stream.into_inner(tag=opening), opening)
        blocks: list[tuple[list[Expression] | None, BlockNode]] = []
        while stream.current.kind == TOKEN_CONTENT:  # it is never shown
            next(stream)
        while stream.current.is_tag("when") or stream.current.is_tag("else"):
            token = next(stream)
            wanted = self._wanted(stream.into_inner(tag=token)) if token.value == "when" else None
            blocks.append((wanted, block_until({"when", "else", self.end}, self.env, stream)))
        close(opening, self.end, stream)
        return Case(opening, subject, blocks)

    def _wanted(self, tokens: TokenStream) -> list[Expression]:
        wanted = [parse_operand(self.env, tokens)]
        while tokens.current.kind in {TOKEN_COMMA, TOKEN_OR}:
            next(tokens)
            wanted.append(parse_operand(self.env, tokens))
        tokens.eat(TOKEN_EOF)
        return wanted


class Cycle(Node):
    """One value after the other, turn by turn."""

    __slots__ = ("group", "key", "shown")

    def __init__(self, token: Token, group: Expression | None, shown: list[Expression]) -> None:
        super().__init__(token)
        self.group = group
        self.shown = shown
        self.key = ", ".join(map(str, shown))

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        work = work_of(context)
        group = values.text(work, self.group.evaluate(context)) if self.group else ""
        turn = context.cycle((group, self.key), len(self.shown))
        return buffer.write(values.text(work, self.shown[turn].evaluate(context)))


class CycleTag(Tag):
    """`{% cycle group: value, value %}`"""

    name = "cycle"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = next(stream)
        tokens = stream.into_inner(tag=token, eat=False)
        group = None
        if tokens.peek.kind == TOKEN_COLON:
            group = parse_operand(self.env, tokens)
            tokens.eat(TOKEN_COLON)
        shown = [argument.value for argument in PositionalArgument.parse(self.env, tokens)]
        if not shown:
            raise LiquidSyntaxError("expected at least one value", token=token)
        return Cycle(token, group, shown)


class Liquid(Tag):
    """`{% liquid ... %}`, a tag on every line"""

    name = "liquid"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = stream.current
        if stream.peek.kind != TOKEN_EXPRESSION:
            return BlockNode(token, [])
        next(stream)
        return block_until((), self.env, lexer.Stream(lexer.lines(stream.current), stream.block_depth))


class Disabled(Tag):
    """Any tag that may not be used."""

    block = False

    def parse(self, stream: TokenStream) -> Node:
        raise DisabledError.of("tag", stream.current.value, stream.current)


def block_until(ends: Container[str], env: Environment, stream: TokenStream) -> BlockNode:
    """What stands before one of the tags in `ends`, or before the end of the template."""
    return get_parser(env).parse_block(stream, ends)


def close(opening: Token, end: str, stream: TokenStream) -> None:
    """Raise LiquidSyntaxError unless the tag that closes `opening` comes next."""
    token = stream.current
    if token.kind == TOKEN_EOF:
        raise LiquidSyntaxError(f"{{% {opening.value} %}} is not closed", token=opening)
    if not token.is_tag(end):
        raise LiquidSyntaxError(f"expected tag {end!r}, found {token.value!r}", token=token)
