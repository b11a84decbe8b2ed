"""python-liquid set up to do as LiquidJS does, within bounds: no files, no endless loops, no huge outputs."""

import re
from collections.abc import Mapping
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import LiquidError, LiquidSyntaxError, LoopIterationLimitError

from mappings.liquid.bounds import LONGEST_OUTPUT, MOST_ITERATIONS
from mappings.liquid.comparisons import If, Unless
from mappings.liquid.filters import REPLACED, guarded, liquid_text

_FOREIGN_TAGS = ("include", "render", "ifchanged", "doc")
_MOST_UNCLOSED = 20
_LONGEST_BLANK = 200
_LONG_BLANK = re.compile(rf"\s{{{_LONGEST_BLANK + 1}}}")
_LARGEST_NAMESPACE = 10 * LONGEST_OUTPUT


class _OutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(liquid_text(self.expression.evaluate(context)))


class _EchoNode(EchoNode):
    render_to_output = _OutputNode.render_to_output


class _Output(Output):
    node_class = _OutputNode


class _Echo(EchoTag):
    node_class = _EchoNode


class _Context(RenderContext):
    """Counts the turns of all loops of one rendering, where python-liquid looks at each nest of loops alone; and
    reads `a[1]` of an object as its key "1", as JavaScript does.
    """

    turns = 0

    def get_item(self, obj: Any, key: Any) -> Any:
        return super().get_item(obj, str(key) if type(key) is int and isinstance(obj, dict) else key)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.turns += length
        if self.turns > MOST_ITERATIONS:
            raise LoopIterationLimitError(f"loops take more than {MOST_ITERATIONS} turns", token=None)


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template
    output_stream_limit = LONGEST_OUTPUT
    local_namespace_limit = _LARGEST_NAMESPACE
    suppress_blank_control_flow_blocks = False
    shorthand_indexes = True
    logical_not_operator = True

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in (_Output, _Echo, If, Unless):
            self.add_tag(tag)
        for name in _FOREIGN_TAGS:
            del self.tags[name]
        self.filters.update(REPLACED)
        for name, apply in self.filters.items():
            self.filters[name] = guarded(name, apply)


# In LiquidJS `now` and `today` are ordinary names.
_ENVIRONMENT = _Environment(strict_filters=False, globals={"now": None, "today": None})


def parse(text: str) -> BoundTemplate:
    """The template. Raises python-liquid's LiquidError."""
    # For an output that does not end the engine goes through the rest of the text, and through every run of blanks
    # in it again and again.
    if text.count("{{", text.rfind("}}") + 1) > _MOST_UNCLOSED:
        raise LiquidSyntaxError("expected '}}', found end of file", token=None)
    if _LONG_BLANK.search(text):
        raise LiquidSyntaxError(f"more than {_LONGEST_BLANK} blanks in a row", token=None)
    return _ENVIRONMENT.from_string(text)


def render(template: BoundTemplate, scope: Mapping[str, Any]) -> str:
    """The text a template renders. Raises python-liquid's LiquidError and, for unheard-of data, anything."""
    return template.render(scope)


def line_of(error: LiquidError, text: str) -> int | None:
    """The line of `text`, from 1, that an error is about; None when the engine does not say."""
    if error.token is not None and error.token.start_index >= 0:
        return text.count("\n", 0, error.token.start_index) + 1
    return None if "\n" in text else 1
