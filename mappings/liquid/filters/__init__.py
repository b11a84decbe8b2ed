"""The filters of LiquidJS. Each is called with the work that is left (or with the whole context), the value and its
arguments as they come; what it makes of them it reads by `mappings.liquid.values`, which counts the work.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from liquid import RenderContext

from mappings.liquid.bounds import ITEM, bounded
from mappings.liquid.context import work_of
from mappings.liquid.filters import arithmetic, by_expression, dates, lists, text

Filter = Callable[..., Any]

_A_STEP = 4 * ITEM


def _guarded(apply: Filter) -> Filter:
    """The filter with its result kept in bounds. As in JavaScript, arguments too many are ignored."""
    parameters = list(inspect.signature(apply).parameters.values())
    most = sum(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters) - 2
    known = {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}
    of_context = parameters[0].name == "context"

    @wraps(apply)
    def guarded(context: RenderContext, value: object, *arguments: object, **options: object) -> object:
        work = work_of(context)
        work.spend(_A_STEP)
        named = {name: option for name, option in options.items() if name in known}
        result = bounded(apply(context if of_context else work, value, *arguments[:most], **named))
        if isinstance(result, str):
            work.spend(len(result))
        elif isinstance(result, list):
            work.spend(ITEM * len(result))
        return result

    return guarded


FILTERS: dict[str, Filter] = {
    name: _guarded(apply)
    for module in (text, arithmetic, lists, by_expression, dates)
    for name, apply in module.FILTERS.items()
}
"""Every filter by its name in a template."""
