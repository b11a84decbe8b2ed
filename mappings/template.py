"""Liquid templates: read once, rendered many times."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from mappings.bounds import spend
from mappings.errors import MappingError, TemplateError
from mappings.liquid import engine
from mappings.liquid.bounds import LONGEST_OUTPUT, LONGEST_TEMPLATE, MOST_WORK, Work
from mappings.liquid.expressions import DisabledError
from mappings.liquid.plain import Render, compile_plain

_KEPT = 1024
_KEPT_LONG = 64
_LONGEST_SHORT = 2000
_LONGEST_IN_DIRECTIVE = 1000


class Template:
    """A Liquid template, as LiquidJS understands it.

    Raises TemplateError for text that is no template: an unknown tag, an output or block that does not end, a bad
    variable name. The last 1024 different texts are kept read (of those above 2000 characters the last 64), so making
    the same template again costs nothing.
    """

    __slots__ = ("_render", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._render = _template(text)

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def render(self, scope: Mapping[str, Any], now: datetime | None = None) -> str:
        """The text for the variables in `scope`, an object of JSON values; what is missing shows nothing.

        `now` is the moment that `"now" | date` means; without it the clock is read, once.

        Raises TemplateError when that would take too much: more than 100,000 bytes, 5,000 turns of its loops, or
        more work than a tenth of a second allows; and for a value that a filter cannot work with.
        """
        rendered = self._render(scope if scope.__class__ is dict else dict(scope), now, None)
        if rendered.isascii() and len(rendered) <= LONGEST_OUTPUT:
            return rendered
        return sendable(rendered)


def directive_template(text: str) -> Callable[[object, list[int]], str]:
    """What `@liquid` makes of a payload of any type; one that is no object has no variables. The work that it takes is
    taken from what is left to the mapping.

    Raises TemplateError for text that is no template, for one of more than 1000 characters, and for the tags and
    filters that the directive does not allow, wherever in the template they are.
    """
    if len(text) > _LONGEST_IN_DIRECTIVE:
        raise TemplateError(f"liquid template values are limited to {_LONGEST_IN_DIRECTIVE} characters")
    render = _directive(text)

    def rendered(payload: object, work: list[int]) -> str:
        spent = [0]
        shown = sendable(render(payload if isinstance(payload, dict) else {}, None, spent))
        spend(work, spent[0] + len(shown))
        return shown

    return rendered


def _read(text: str, environment: Environment) -> Render:
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateError(f"the template has more than {LONGEST_TEMPLATE} characters")
    by_engine = partial(_by_engine, text, environment)
    plain = compile_plain(text, by_engine)
    if plain is not None:
        return plain
    if len(text) > _LONGEST_SHORT:
        _engine_kept(text, environment)
        return by_engine
    return _engine(text, environment)


def _engine(text: str, environment: Environment) -> Render:
    try:
        template = engine.parse(text, environment)
    except DisabledError as error:
        raise TemplateError(str(error.message)) from error
    except LiquidError as error:
        raise TemplateError(f"the template cannot be read: {error.message}", _line_of(error, text)) from error
    return partial(_render, template, text)


def _by_engine(
    text: str, environment: Environment, scope: dict[str, Any], now: datetime | None, spent: list[int] | None
) -> str:
    return _engine_kept(text, environment)(scope, now, spent)


_template = lru_cache(maxsize=_KEPT)(partial(_read, environment=engine.TEMPLATE))
_directive = lru_cache(maxsize=_KEPT)(partial(_read, environment=engine.DIRECTIVE))
_engine_kept = lru_cache(maxsize=_KEPT_LONG)(
    _engine
)  # what is read of a long text takes a hundred times its memory


def _render(
    template: BoundTemplate,
    text: str,
    scope: dict[str, Any],
    now: datetime | None,
    spent: list[int] | None,
) -> str:
    work = Work(now or datetime.now(UTC))
    try:
        return engine.render(template, scope, work)
    except LiquidError as error:
        raise TemplateError(
            f"the template cannot be rendered: {error.message}", _line_of(error, text)
        ) from error
    except MappingError as error:
        raise TemplateError(error.message) from error
    except (
        Exception
    ) as error:  # the library below meets data of any shape, and whatever it raises is about that
        raise TemplateError(f"the template cannot be rendered: {error}") from error
    finally:
        if spent is not None:
            spent[0] += MOST_WORK - work.left


def _line_of(error: LiquidError, text: str) -> int | None:
    """The line of `text`, from 1, that an error is about; None when the engine does not say."""
    if error.token is not None and error.token.start_index >= 0:
        return text.count("\n", 0, error.token.start_index) + 1
    return None if "\n" in text else 1


def sendable(rendered: str) -> str:
    """The text with a mark for every half of a character, none of which can be sent. Raises TemplateError."""
    try:
        length = len(rendered.encode())
    except UnicodeEncodeError:
        rendered = rendered.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        length = len(rendered.encode())
    if length > LONGEST_OUTPUT:
        raise TemplateError(f"the template renders more than {LONGEST_OUTPUT} bytes")
    return rendered
