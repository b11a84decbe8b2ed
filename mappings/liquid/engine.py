"""python-liquid set up to do as LiquidJS does, within bounds: no files, no endless loops, no huge outputs."""

from collections.abc import Mapping
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.ast import Node
from liquid.builtin.content import Literal
from liquid.builtin.illegal import Illegal
from liquid.builtin.tags.decrement_tag import DecrementTag
from liquid.builtin.tags.for_tag import BreakTag, ContinueTag
from liquid.builtin.tags.increment_tag import IncrementTag
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.parser import get_parser

from mappings.liquid import lexer, loops, tags
from mappings.liquid.bounds import Work
from mappings.liquid.context import Buffer, Context
from mappings.liquid.expressions import disabled
from mappings.liquid.filters import FILTERS

_TAGS = (
    Literal, Illegal, tags.Output, tags.Echo, tags.Assign, tags.Capture, tags.If, tags.Unless, tags.CaseTag,
    tags.CycleTag, tags.Liquid, loops.ForTag, loops.TableRowTag, BreakTag, ContinueTag, IncrementTag, DecrementTag,
)  # fmt: skip

_DISABLED_TAGS = ("block", "case", "for", "include", "layout", "render", "tablerow")
_DISABLED_FILTERS = (
    "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp", "group_by",
    "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp", "reverse", "sort",
    "sort_natural", "type", "uniq", "where_exp",
)  # fmt: skip


class _Environment(Environment):
    suppress_blank_control_flow_blocks = False
    __hash__ = object.__hash__  # it is part of the key under which a template is kept

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002 - there are no others
        for tag in _TAGS:
            self.add_tag(tag)
        self.filters.update(FILTERS)

    def _parse(self, source: str) -> list[Node]:
        return get_parser(self).parse(lexer.Stream(lexer.tokens(source)))


def _directive() -> Environment:
    environment = _Environment()
    environment.tags.update(dict.fromkeys(_DISABLED_TAGS, tags.Disabled(environment)))
    environment.filters.update(dict.fromkeys(_DISABLED_FILTERS, disabled))
    return environment


TEMPLATE: Environment = _Environment()
"""For the text of a message."""

DIRECTIVE: Environment = _directive()
"""For `@liquid` in a mapping, where the original refuses what may take long."""


def parse(text: str, environment: Environment = TEMPLATE) -> BoundTemplate:
    """The template. Raises python-liquid's LiquidError."""
    return environment.from_string(text)


def render(template: BoundTemplate, scope: Mapping[str, Any], work: Work) -> str:
    """The text a template renders with the work it may take. Raises python-liquid's LiquidError and, for unheard-of data, anything."""
    context, buffer = Context(template, scope, work), Buffer()
    for node in template.nodes:
        try:
            node.render(context, buffer)  # type: ignore[arg-type]  # nodes do nothing but write
        except LiquidInterrupt:  # a `break` outside a loop
            break
        except LiquidError as error:
            error.token = error.token or node.token
            raise
    return buffer.getvalue()
