"""Liquid templates: read once, rendered many times."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from mappings.errors import MappingError, TemplateError
from mappings.liquid import engine
from mappings.liquid.bounds import LONGEST_OUTPUT, LONGEST_TEMPLATE
from mappings.liquid.plain import compile_plain

_KEPT = 1024


class Template:
    """A Liquid template, as LiquidJS understands it.

    Raises TemplateError for text that is no template: an unknown tag, an output or block that does not end, a bad
    variable name. The last 1024 different texts are kept read, so making the same template again costs nothing.
    """

    __slots__ = ("_render", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._render = _reader(text)

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def render(self, scope: Mapping[str, Any]) -> str:
        """The text for the variables in `scope`, an object of JSON values; what is missing shows nothing.

        Raises TemplateError when that would take too much: more than 100,000 bytes, or 5,000 turns of its loops;
        and for a value that a filter cannot work with.
        """
        try:
            rendered = self._render(scope if isinstance(scope, dict) else dict(scope))
        except TemplateError:
            raise
        except MappingError as error:
            raise TemplateError(error.message) from error
        if len(rendered) > LONGEST_OUTPUT:
            raise TemplateError(f"the template renders more than {LONGEST_OUTPUT} characters")
        return rendered


@lru_cache(maxsize=_KEPT)
def _reader(text: str) -> Callable[[dict[str, Any]], str]:
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateError(f"the template has more than {LONGEST_TEMPLATE} characters")
    plain = compile_plain(text)
    if plain is not None:
        return plain
    try:
        template = engine.parse(text)
    except LiquidError as error:
        raise TemplateError(
            f"the template cannot be read: {error.message}", engine.line_of(error, text)
        ) from error
    return lambda scope: _render(template, text, scope)


def _render(template: BoundTemplate, text: str, scope: dict[str, Any]) -> str:
    try:
        return engine.render(template, scope)
    except LiquidError as error:
        raise TemplateError(
            f"the template cannot be rendered: {error.message}", engine.line_of(error, text)
        ) from error
    except MappingError:
        raise
    except Exception as error:  # the filters of the engine are not ours and meet data of any shape
        raise TemplateError(f"the template cannot be rendered: {type(error).__name__}: {error}") from error
