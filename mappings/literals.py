"""The values that a mapping itself can give a field, found without an event."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mappings.check import below, directive_in
from mappings.directives import template as template_directive
from mappings.written import Written, joined, outside_of_code

_ANY = "some value"
_AS_IT_IS = frozenset({"@literal", "@excludeWhenNull", "@template"})
_PASSED_ON = {"@if": ("then", "else"), "@case": ("value",), "@transform": ("mapping",)}
_CHANGES = {"lower": str.lower, "upper": str.upper}


@dataclass(frozen=True, slots=True)
class Literal:
    """One value that a field can have, with the place where the mapping has it.

    `value` is a constant, or a list or object in which directives may stand. `whole`: it is all that the field then has.
    Where it is not, values of the event stand in a text as `some value`, and an object has further keys. `own` are the
    characters of a text that the mapping wrote, without those of the event.
    """

    path: str
    value: Any
    own: str = ""
    whole: bool = True


def literals(value: object, path: str = "/") -> Iterator[Literal]:
    """What a value of a mapping can become where the mapping says it: the value itself, and what stands in the branches
    of `@if`, in `@case`, `@literal`, `@excludeWhenNull`, `@template`, `@merge` and `@transform`, at any depth.

    What a path or another directive gives is known with the event alone, and left out. Lists and objects are not entered:
    ask for the literals of their items.
    """
    directive = directive_in(value)
    if directive is None or not isinstance(value, dict):
        yield _literal(path, value)
    else:
        yield from _of_directive(directive, value[directive], below(path, directive))


def _literal(path: str, value: Any) -> Literal:
    if isinstance(value, str):
        return Literal(path, Written(value), own=value)
    return Literal(path, value)


def _of_directive(directive: str, value: Any, path: str) -> Iterator[Literal]:
    if directive == "@template" and isinstance(value, str):
        yield _of_template(value, path)
    elif directive in _AS_IT_IS:
        yield from literals(value, path)
    elif isinstance(value, dict):
        yield from _of_parts(directive, value, path)


def _of_parts(directive: str, parts: dict[str, Any], path: str) -> Iterator[Literal]:
    for name in _PASSED_ON.get(directive, ()):
        for one in literals(parts[name], below(path, name)) if name in parts else ():
            yield _cased(one, parts.get("operator")) if directive == "@case" else one
    objects = parts.get("objects")
    for place, inner in enumerate(objects if directive == "@merge" and isinstance(objects, list) else ()):
        for one in literals(inner, below(below(path, "objects"), str(place))):
            yield replace(one, whole=False)


def _of_template(text: str, path: str) -> Literal:
    pieces = template_directive.pieces(text, _ANY)
    own = [piece for piece in pieces if isinstance(piece, Written)]
    return Literal(path, joined(pieces), "".join(own), whole=len(own) == len(pieces))


def _cased(literal: Literal, operator: object) -> Literal:
    change = _CHANGES.get(operator.lower()) if isinstance(operator, str) else None
    if change is None or not isinstance(literal.value, str):
        return literal
    changed = outside_of_code(literal.value, change)
    own = str(outside_of_code(Written(literal.own), change))
    return replace(literal, value=changed, own=own)
