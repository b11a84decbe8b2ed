"""The tags that go through a list."""

from collections.abc import Sequence
from typing import ClassVar, TextIO

from liquid import RenderContext, Token
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import LoopExpression, StringLiteral
from liquid.exceptions import BreakLoop, ContinueLoop
from liquid.expression import Expression
from liquid.stream import TokenStream
from liquid.tag import Tag

from mappings.liquid import values
from mappings.liquid.context import work_of
from mappings.liquid.expressions import ranged
from mappings.liquid.tags import block_until, close


class Loop(Node):
    """A block for every item. What a turn costs is the length of its text, however deep the tags in it."""

    __slots__ = ("block", "expression", "length", "name", "otherwise")
    variable: ClassVar[str]
    """What the block knows its turn by."""
    tail: ClassVar[str] = ""
    """What is written after the block."""
    end: ClassVar[str] = ""
    """What is written after all items."""

    def __init__(
        self,
        token: Token,
        expression: LoopExpression,
        block: BlockNode,
        otherwise: BlockNode | None,
        length: int,
    ) -> None:
        super().__init__(token)
        self.expression = expression
        self.block = block
        self.otherwise = otherwise
        self.length = length
        self.name = f"{expression.identifier}-{expression.iterable}"

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        everything = values.looped(work_of(context), self.expression.iterable.evaluate(context))
        if not everything:
            return self.otherwise.render(context, buffer) if self.otherwise else 0
        items = self._chosen(context, everything)
        columns = max(1, _whole(context, self.expression.cols) or len(items))
        work, variables, written = work_of(context), dict[str, object](), 0
        with context.extend(variables):
            for index, item in enumerate(items):
                work.take_turn(self.length)
                variables[self.expression.identifier] = item
                variables[self.variable] = self.state(index, len(items), columns)
                written += buffer.write(self.lead(index, columns))
                try:
                    written += self.block.render(context, buffer)
                except ContinueLoop:
                    continue
                except BreakLoop:
                    break
                finally:
                    written += buffer.write(self.tail)
        return written + buffer.write(self.end if items else "")

    def state(self, index: int, length: int, _columns: int) -> dict[str, object]:
        """What the block can know of its turn."""
        return {
            "name": self.name,
            "length": length,
            "index": index + 1,
            "index0": index,
            "rindex": length - index,
            "rindex0": length - index - 1,
            "first": index == 0,
            "last": index == length - 1,
        }

    def lead(self, _index: int, _columns: int) -> str:
        """What is written before the block."""
        return ""

    def _chosen(self, context: RenderContext, everything: Sequence[object]) -> Sequence[object]:
        """The items from `offset` on, at most `limit`; as in LiquidJS a negative number counts from the end."""
        offset, limit = self.expression.offset, self.expression.limit
        if isinstance(offset, StringLiteral) and offset.value == "continue":
            start: int | None = context.stopindex(self.name)
        else:
            start = _whole(context, offset)
        chosen = everything[start:][: _whole(context, limit)]
        context.stopindex(self.name, (start or 0) + len(chosen))
        return chosen[::-1] if self.expression.reversed else chosen


class For(Loop):
    """Item after item."""

    __slots__ = ()
    variable = "forloop"


class TableRow(Loop):
    """The cells and rows of an HTML table."""

    __slots__ = ()
    variable = "tablerowloop"
    tail = "</td>"
    end = "</tr>"

    def state(self, index: int, length: int, columns: int) -> dict[str, object]:
        row, column = divmod(index, columns)
        return {
            **super().state(index, length, columns),
            "row": row + 1,
            "col": column + 1,
            "col0": column,
            "col_first": column == 0,
            "col_last": column == columns - 1,
        }

    def lead(self, index: int, columns: int) -> str:
        row, column = divmod(index, columns)
        between = self.end if row else ""
        start = f'{between}<tr class="row{row + 1}">' if column == 0 else ""
        return f'{start}<td class="col{column + 1}">'


class ForTag(Tag):
    """`{% for name in list limit: 2 offset: 1 reversed %}block{% else %}block{% endfor %}`"""

    name = "for"
    end = "endfor"
    node: type[Loop] = For

    def parse(self, stream: TokenStream) -> Node:
        opening = next(stream)
        expression = LoopExpression.parse(self.env, stream.into_inner(tag=opening))
        expression.iterable = ranged(expression.iterable)
        block, otherwise = block_until({"else", self.end}, self.env, stream), None
        if stream.current.is_tag("else"):
            next(stream)
            otherwise = block_until({self.end}, self.env, stream)
        close(opening, self.end, stream)
        length = stream.current.start_index - opening.start_index
        return self.node(opening, expression, block, otherwise, length)


class TableRowTag(ForTag):
    """`{% tablerow name in list cols: 2 %}block{% endtablerow %}`"""

    name = "tablerow"
    end = "endtablerow"
    node = TableRow


def _whole(context: RenderContext, expression: Expression | None) -> int | None:
    """The number that an expression stands for; None for anything else."""
    value = expression.evaluate(context) if expression else None
    return values.whole(value) if value is not None and values.is_number(value) else None
