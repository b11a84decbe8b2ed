"""What one rendering knows: its variables, the moment it is for, and what is left of the work it may take."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from liquid import BoundTemplate, RenderContext, Token
from liquid.exceptions import OutputStreamLimitError
from liquid.utils import ReadOnlyChainMap

from mappings.liquid.bounds import ITEM, LONGEST_OUTPUT, Work
from mappings.liquid.values import member
from mappings.values import UNDEFINED


class Context(RenderContext):
    """python-liquid's context, in which paths are followed and filters found as LiquidJS does."""

    def __init__(self, template: BoundTemplate, scope: Mapping[str, object], work: Work) -> None:
        super().__init__(template, globals=scope)
        # Without the names that python-liquid adds, such as `now`.
        self.scope = ReadOnlyChainMap(self.locals, scope, self.counters)
        self.tag_namespace["work"] = work

    def get(
        self,
        path: list[object],
        *,
        token: Token | None,  # noqa: ARG002 - nothing that is missing is an error here
        default: object = UNDEFINED,
    ) -> object:
        work_of(self).spend(ITEM * len(path))
        root, *keys = path
        value = self.scope.get(root, default) if isinstance(root, str) else default
        for key in keys:
            value = member(value, key)
        return value

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:  # noqa: ARG002 - as above
        return partial(self.env.filters.get(name, _unknown), self)

    def get_buffer(self, buf: object = None) -> Any:  # noqa: ARG002 - each is bounded for itself
        return Buffer()


class Buffer:
    """Where text is written to. Raises python-liquid's OutputStreamLimitError when it is too long."""

    __slots__ = ("_size", "_texts")

    def __init__(self) -> None:
        self._size = 0
        self._texts: list[str] = []

    def write(self, text: str) -> int:
        self._size += len(text)
        if self._size > LONGEST_OUTPUT:
            raise OutputStreamLimitError(
                f"the template renders more than {LONGEST_OUTPUT} characters", token=None
            )
        self._texts.append(text)
        return len(text)

    def getvalue(self) -> str:
        return "".join(self._texts)


def work_of(context: RenderContext) -> Work:
    """What is left of the work that the rendering may take."""
    work: Work = context.tag_namespace["work"]
    return work


def _unknown(context: RenderContext, value: object, *_arguments: object, **_options: object) -> object:
    work_of(context).spend(ITEM)
    return value
