"""What is wrong with the templates that a value of a mapping may become, found without an event."""

from collections.abc import Iterator
from typing import Any

from mappings.check import below, directive_in
from mappings.directives import template as template_directive
from mappings.errors import Problem, TemplateError
from mappings.written import Written, check, joined

_VALUE = "some value"
_PASSED_ON = {
    "@if": ("then", "else"),
    "@case": ("value",),
    "@merge": ("objects",),
    "@transform": ("mapping",),
}


def template_problems(value: object, path: str = "/") -> Iterator[Problem]:
    """The texts of a value that the mapping wrote and that are no template, at any depth, each with its place.

    In a `@template` with values of the event these stand for themselves: inside of a tag they are refused.
    """
    if isinstance(value, str):
        yield from _of_text(Written(value), path)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from template_problems(item, below(path, str(place)))
    elif isinstance(value, dict):
        directive = directive_in(value)
        if directive is None:
            for name, inner in value.items():
                yield from template_problems(inner, below(path, str(name)))
        else:
            yield from _of_directive(directive, value[directive], below(path, directive))


def _of_directive(directive: str, value: Any, path: str) -> Iterator[Problem]:
    if directive == "@template" and isinstance(value, str):
        yield from _of_text(joined(template_directive.pieces(value, _VALUE)), path)
    elif directive in {"@literal", "@excludeWhenNull", "@template"}:
        yield from template_problems(value, path)
    elif isinstance(value, dict):
        for part in _PASSED_ON.get(directive, ()):
            if part in value:
                yield from template_problems(value[part], below(path, part))


def _of_text(text: str, path: str) -> Iterator[Problem]:
    try:
        check(text)
    except TemplateError as error:
        yield Problem(path, str(error))
