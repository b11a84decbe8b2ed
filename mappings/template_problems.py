"""The templates that a value of a mapping may become, and what is wrong with them, found without an event."""

from collections.abc import Iterator

from mappings.check import below
from mappings.errors import Problem, TemplateError
from mappings.literals import Literal, literals
from mappings.written import check


def template_problems(value: object, path: str = "/") -> Iterator[Problem]:
    """The texts of a value that the mapping wrote and that are no template, at any depth, each with its place.

    In a `@template` with values of the event these stand for themselves: inside of a tag they are refused.
    """
    for literal in _texts(value, path):
        try:
            check(literal.value)
        except TemplateError as error:
            yield Problem(literal.path, str(error))


def written_templates(value: object, path: str = "/") -> Iterator[tuple[str, str]]:
    """The texts of a value that the mapping wrote, at any depth, each with its place; without what an event puts into it."""
    for literal in _texts(value, path):
        yield literal.path, literal.own


def _texts(value: object, path: str) -> Iterator[Literal]:
    for literal in literals(value, path):
        match literal.value:
            case str():
                yield literal
            case list() as items:
                for place, item in enumerate(items):
                    yield from _texts(item, below(literal.path, str(place)))
            case dict() as members:
                for name, inner in members.items():
                    yield from _texts(inner, below(literal.path, str(name)))
