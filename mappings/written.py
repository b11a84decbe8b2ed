"""Where the characters of a text come from: those that a mapping wrote are a template, all others are data.

A mapped text is `Written` where the mapping wrote it, `Mixed` where it wrote some of it, and plain text where it came
from an event. Whatever Python makes of a text is plain, so that a step which says nothing of this makes data of it. Only
texts with a brace are marked: of all others a template shows the text itself.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from mappings.errors import TemplateError
from mappings.liquid.regions import Region, regions
from mappings.template import Template, sendable

_KEPT = 1024


class Written(str):
    """A text that the mapping wrote: a template."""

    __slots__ = ()


class Mixed(Written):
    """A text of several `parts`, some of which are Written, with data between them."""

    __slots__ = ("parts",)
    parts: tuple[str, ...]


def written(text: str) -> str:
    """A text of the mapping, marked as such where that makes a difference."""
    return Written(text) if "{" in text else text


def all_written(value: object) -> object:
    """A constant value whose texts the mapping wrote."""
    match value:
        case str():
            return written(value)
        case list():
            return [all_written(item) for item in value]
        case dict():
            return {key: all_written(item) for key, item in value.items()}
    return value


def plain(value: object) -> object:
    """A mapped value as JSON has it, for whoever only shows it."""
    match value:
        case Written():
            return str(value)
        case list():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
    return value


def joined(parts: Sequence[str]) -> str:
    """The parts as one text, of which each character is still what it was."""
    text = "".join(parts)
    flat = [
        piece for part in parts for piece in (part.parts if isinstance(part, Mixed) else (part,)) if piece
    ]
    if not any(isinstance(piece, Written) and "{" in piece for piece in flat):
        return text
    if all(isinstance(piece, Written) for piece in flat):
        return Written(text)
    mixed = Mixed(text)
    mixed.parts = tuple(flat)
    return mixed


def changed(text: str, change: Callable[[str], str]) -> str:
    """The text after a change, of each part by itself where it has several."""
    if isinstance(text, Mixed):
        return joined([changed(part, change) for part in text.parts])
    return written(change(text)) if isinstance(text, Written) else change(text)


def outside_of_code(text: str, change: Callable[[str], str]) -> str:
    """The text after a change of what a reader sees: what is between the braces of a template stays."""
    if isinstance(text, Mixed):
        return joined([outside_of_code(part, change) for part in text.parts])
    if not isinstance(text, Written):
        return change(text)
    try:
        found = list(regions(text))
    except TemplateError:
        return Written(text)
    pieces = (
        text[start:end] if kind is Region.CODE else change(text[start:end]) for kind, start, end in found
    )
    return Written("".join(pieces))


def rendered(text: str, scope: Mapping[str, Any], now: datetime | None = None) -> str:
    """What a mapped text says: of what the mapping wrote the values are filled in, data is as it is.

    Raises TemplateError as `Template` does, and for data inside of an output or a tag, which would be read.
    """
    if isinstance(text, Mixed):
        template, places = _template_of(_own_parts(text))
        data = [one for one in text.parts if not isinstance(one, Written)]
        values = {
            _name(place): lead + one for place, (lead, one) in enumerate(zip(places, data, strict=True))
        }
        return Template(template).render({**scope, **values}, now)
    return Template(str(text)).render(scope, now) if isinstance(text, Written) else sendable(text)


def check(text: str) -> None:
    """Raise TemplateError for a mapped text that could not be rendered, whatever the values are."""
    if isinstance(text, Mixed):
        text = Written(_template_of(_own_parts(text))[0])
    if isinstance(text, Written):
        Template(str(text))


def _own_parts(text: Mixed) -> tuple[str | None, ...]:
    """The parts that the mapping wrote, None for the others."""
    return tuple(str(part) if isinstance(part, Written) else None for part in text.parts)


@lru_cache(maxsize=_KEPT)
def _template_of(parts: tuple[str | None, ...]) -> tuple[str, tuple[str, ...]]:
    """A template in which outputs stand for the data, the places of None; and a text to put before each of the data."""
    whole = "".join(part or "" for part in parts)
    mark = next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in whole)
    marked = "".join(mark if part is None else part for part in parts)
    leads: list[str] = []
    pieces = [_piece(kind, marked[start:end], mark, leads) for kind, start, end in regions(marked)]
    return "".join(pieces), tuple(leads)


def _piece(kind: Region, text: str, mark: str, leads: list[str]) -> str:
    if kind is Region.CODE and mark in text:
        raise TemplateError(
            "a value of the event stands inside of {{ }} or {% %}, where it would be read as part of the template. "
            "Put it beside them, or use a trait there"
        )
    pieces = []
    first, *others = text.split(mark)
    for other in others:
        lead = "{" if kind is Region.TEXT and first.endswith("{") else ""
        output = f"{{{{ {_name(len(leads))} }}}}"
        leads.append(lead)
        pieces.append(first.removesuffix("{") if lead else first)
        pieces.append({Region.RAW: f"{{% endraw %}}{output}{{% raw %}}", Region.HIDDEN: ""}.get(kind, output))
        first = other
    return "".join([*pieces, first])


def _name(place: int) -> str:
    return f"_mapped_{place}"
