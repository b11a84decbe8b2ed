"""One constant of a mapping in the place of another, wherever the mapping says it, and where a value comes from the event instead."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mappings.check import below, directive_in, steps
from mappings.errors import TemplateError
from mappings.liquid.regions import Region, regions
from mappings.literals import literals

_PASSED_ON = {"@if": ("then", "else"), "@case": ("value",)}
_AS_IT_IS = ("@literal", "@excludeWhenNull")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A value with the new constant in the place of the old one, at these `places`. `computed` are the places of what the event says,
    `left` those of texts that name the old one as part of something else. All are paths as in a Problem.
    """

    value: Any
    places: tuple[str, ...]
    computed: tuple[str, ...]
    left: tuple[str, ...]


def exchanged(value: object, path: str, is_old: Callable[[str], bool], old: str, new: str) -> Exchanged:
    """The value, which stands at that path, with `new` for each constant that it can become and of which `is_old` holds: in branches and
    templates of directives too, and in the text of a `@liquid`. Nothing in the code of a template or in a condition is touched.
    """
    places: list[str] = []
    now: Any = value
    for one in literals(value, path):
        if one.whole and isinstance(one.value, str) and is_old(str(one.value)):
            wanted = _put(now, steps(one.path)[len(steps(path)) :], new)
            # What is made of it on the way, such as another case, may make something else of the new one.
            if any(each.path == one.path and each.value == new for each in literals(wanted, path)):
                now = wanted
                places.append(one.path)
    for place, text in _liquids(now, path):
        changed = _in_text(text, is_old, new)
        if changed != text:
            now = _put(now, steps(place)[len(steps(path)) :], changed)
            places.append(place)
    left = [place for place, text in _texts(now, path) if old in text or is_old(text)]
    return Exchanged(now, tuple(places), tuple(_computed(now, path)), tuple(left))


def _put(value: Any, keys: tuple[str, ...], new: Any) -> Any:
    if not keys:
        return new
    key, rest = keys[0], keys[1:]
    if isinstance(value, list):
        place = int(key)
        return [*value[:place], _put(value[place], rest, new), *value[place + 1 :]]
    return {**value, key: _put(value[key], rest, new)}


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text in it, with its place."""
    match value:
        case str():
            yield path, value
        case list():
            for place, item in enumerate(value):
                yield from _texts(item, below(path, str(place)))
        case dict():
            for key, item in value.items():
                yield from _texts(item, below(path, str(key)))


def _liquids(value: object, path: str) -> Iterator[tuple[str, str]]:
    """The `@liquid` templates that the value can become, with their places."""
    directive = directive_in(value)
    if directive is None or not isinstance(value, dict):
        return
    inner, place = value[directive], below(path, directive)
    if directive == "@liquid" and isinstance(inner, str):
        yield place, inner
    for part, there in _passed_on(directive, inner, place):
        yield from _liquids(part, there)


def _passed_on(directive: str, inner: object, place: str) -> Iterator[tuple[object, str]]:
    """The values of which a directive gives one as it is."""
    if directive in _AS_IT_IS:
        yield inner, place
    elif isinstance(inner, dict):
        for name in _PASSED_ON.get(directive, ()):
            if name in inner:
                yield inner[name], below(place, name)


def _in_text(template: str, is_old: Callable[[str], bool], new: str) -> str:
    """The template with `new` for each stretch of plain text that is the old one."""
    try:
        found = list(regions(template))
    except TemplateError:
        return template
    pieces = []
    for kind, start, end in found:
        piece = template[start:end]
        bare = piece.strip()
        plain = kind in (Region.TEXT, Region.RAW)
        pieces.append(piece.replace(bare, new) if plain and bare and is_old(bare) else piece)
    return "".join(pieces)


def _computed(value: object, path: str) -> Iterator[str]:
    """Where the value is what the event says, or is made of that."""
    directive = directive_in(value)
    if directive is None or not isinstance(value, dict):
        return
    inner, place = value[directive], below(path, directive)
    if directive in _AS_IT_IS or directive in _PASSED_ON:
        for part, there in _passed_on(directive, inner, place):
            yield from _computed(part, there)
    elif directive == "@liquid" and isinstance(inner, str):
        if "{{" in inner:
            yield place
    elif (
        directive != "@template"
        or not all(one.whole for one in literals(value, path))
        or not isinstance(inner, str)
    ):
        yield place
