"""What is wrong with the templates that a value of a mapping may become, found without an event."""

from collections.abc import Iterator

from mappings.check import below
from mappings.errors import Problem, TemplateError
from mappings.literals import literals
from mappings.written import check


def template_problems(value: object, path: str = "/") -> Iterator[Problem]:
    """The texts of a value that the mapping wrote and that are no template, at any depth, each with its place.

    In a `@template` with values of the event these stand for themselves: inside of a tag they are refused.
    """
    for literal in literals(value, path):
        match literal.value:
            case str() as text:
                yield from _of_text(text, literal.path)
            case list() as items:
                for place, item in enumerate(items):
                    yield from template_problems(item, below(literal.path, str(place)))
            case dict() as members:
                for name, inner in members.items():
                    yield from template_problems(inner, below(literal.path, str(name)))


def _of_text(text: str, path: str) -> Iterator[Problem]:
    try:
        check(text)
    except TemplateError as error:
        yield Problem(path, str(error))
