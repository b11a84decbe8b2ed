"""What a Liquid template asks for: the values it reads, and filters that there are none of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from liquid.ast import Node
from liquid.builtin.expressions import LoopExpression, Path
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.decrement_tag import DecrementNode
from liquid.builtin.tags.increment_tag import IncrementNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from mappings.liquid import engine
from mappings.liquid.bounds import LONGEST_TEMPLATE
from mappings.liquid.filters import FILTERS

_KEPT = 256
_OF_LOOPS = frozenset({"forloop", "tablerowloop"})
_INSTEAD: Final[Mapping[str, str]] = {
    "uppercase": "upcase", "upper": "upcase", "lowercase": "downcase", "lower": "downcase", "titlecase": "capitalize",
    "title": "capitalize", "trim": "strip", "length": "size", "count": "size", "substring": "slice", "multiply": "times",
    "add": "plus", "subtract": "minus", "divide": "divided_by", "date_format": "date", "format_date": "date",
    "strftime": "date", "fallback": "default", "url_escape": "url_encode",
}  # fmt: skip
"""Filters of other products, with the one that does it here."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a template asks for."""

    paths: tuple[tuple[str, ...], ...]
    """The values that it does not make itself, each by its keys as far as they are known without an event."""
    unknown_filters: tuple[str, ...]


@lru_cache(maxsize=_KEPT)
def template_reads(text: str) -> Reads:
    """What a template reads; nothing for a text that is no template."""
    try:
        nodes = engine.parse(text).nodes if "{" in text and len(text) <= LONGEST_TEMPLATE else []
    except LiquidError:
        nodes = []
    found = list(_parts(nodes))
    made = _OF_LOOPS | {name for part in found for name in _made(part)}
    read = [keys for part in found if isinstance(part, Path) for keys in [_keys(part)] if keys]
    filters = [part.name for part in found if isinstance(part, Filter) and part.name not in FILTERS]
    return Reads(
        tuple(dict.fromkeys(keys for keys in read if keys[0] not in made)), tuple(dict.fromkeys(filters))
    )


def filter_doubts(text: str) -> Iterator[str]:
    """What to say of each filter of a template that there is none of."""
    for name in template_reads(text).unknown_filters:
        close = get_close_matches(name.lower(), FILTERS, 1)
        nearest = _INSTEAD.get(name.lower()) or (close[0] if close else None)
        hint = f" Did you mean `{nearest}`?" if nearest else ""
        yield f"There is no filter `{name}`, so it does nothing.{hint}"


def _parts(value: Any) -> Iterator[Any]:
    """Everything that a template is made of, whatever tag it stands in."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, Node | Expression | Filter) or hasattr(value, "value"):
        yield value
        for name in _attributes(value):
            yield from _parts(getattr(value, name, None))


def _attributes(value: Any) -> Iterator[str]:
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots
    yield from getattr(value, "__dict__", {})


def _made(part: Any) -> Sequence[str]:
    """The names that a tag gives a value."""
    match part:
        case AssignNode() | CaptureNode() | IncrementNode() | DecrementNode():
            return (str(part.name),)
        case LoopExpression():
            return (str(part.identifier),)
    return ()


def _keys(path: Path) -> tuple[str, ...]:
    keys: list[str] = []
    for one in path.path:
        if isinstance(one, Path):
            break
        keys.append(str(one))
    return tuple(keys)
