"""From the fields of a mapping to one callable."""

from collections.abc import Callable
from typing import Any

from mappings.check import METADATA, Checker, directive_in
from mappings.directives.registry import DIRECTIVES
from mappings.errors import MappingError, Problem
from mappings.values import UNDEFINED, kind_of
from mappings.writer import Writer

ROOT_DIRECTIVE = "__segment_internal_directive"
"""The key by which the original's editor applies one directive to all other fields of a mapping."""


def compile_fields(fields: object) -> Callable[[Any], Any]:
    """Compile the fields of a mapping: `compile_fields(fields)(payload)` is the value they give for a payload.

    The payload is an object of JSON values. The value is a new object (or what a directive at the top gives,
    `UNDEFINED` included) whose parts may be parts of the payload: treat both as read-only. Raises MappingError,
    with everything that is wrong in its `problems`, for fields that do not compile. The callable raises
    MappingError, and nothing else, for a payload it cannot be applied to.
    """
    return _compiled(fields, checked=True)


def compile_batch(fields: object) -> Callable[[Any], list[Any]]:
    """Like `compile_fields`, for a list of payloads, which may be of any type; one that gives nothing at all
    leaves None, so that the results keep the places of the payloads. Raises MappingError as `compile_fields` does, and
    the callable for what is no list.
    """
    resolve = _compiled(fields, checked=False)

    def resolve_all(payloads: object) -> list[Any]:
        if not isinstance(payloads, list):
            raise MappingError(f"data must be an array, got {kind_of(payloads)}")
        return [None if value is UNDEFINED else value for value in map(resolve, payloads)]

    return resolve_all


def validate_fields(fields: object) -> list[Problem]:
    """What is wrong with the fields of a mapping, in reading order; nothing when all is well.

    Messages, and what is looked at, are those of the original's validator, which does not look inside lists and
    leaves some mistakes to the day an event comes (a `@merge` without a direction). `compile_fields` finds these too.
    """
    return _problems(fields, strict=False)


def doubtful_fields(fields: object) -> list[Problem]:
    """What is allowed in the fields of a mapping and hardly meant, such as a part of a directive that means nothing
    because its name is misspelt, or a path that leads nowhere in any event.
    """
    return _checked(fields).doubts


def misspelt_words(fields: object) -> list[Problem]:
    """The words of directives, such as the operator of `@case`, that are not written as the language has them. A mapping in
    use keeps what it has, and goes on as it did; one that is saved is refused.
    """
    return _checked(fields).misspelt


def failing_field(fields: object, payload: object) -> str | None:
    """The name of the first field that by itself cannot be worked out for a payload, for people who ask where the
    MappingError of the whole came from; None when there is none, or one directive holds all fields.
    """
    if not isinstance(fields, dict) or ROOT_DIRECTIVE in fields or directive_in(fields) is not None:
        return None
    for name, value in fields.items():
        try:
            compile_fields({name: value})(payload)
        except MappingError:
            return str(name)
    return None


def _checked(fields: object) -> Checker:
    checker = Checker(
        DIRECTIVES, strict=True, of_event=isinstance(fields, dict) and ROOT_DIRECTIVE not in fields
    )
    if isinstance(fields, dict):
        checker.value(fields, "/")
    return checker


def _compiled(fields: object, *, checked: bool) -> Callable[[Any], Any]:
    problems = _problems(fields, strict=True)
    if problems:
        raise MappingError.of(problems)
    writer = Writer(DIRECTIVES)
    writer.finish("fields", rooted(fields), checked=checked)
    return writer.source.build("fields")


def _problems(fields: object, *, strict: bool) -> list[Problem]:
    checker = Checker(DIRECTIVES, strict=strict)
    try:
        unfolded = rooted(fields)
    except MappingError as error:
        return [Problem("/", error.message)]
    if isinstance(unfolded, dict):
        checker.value(unfolded, "/")
    else:
        checker.is_object(unfolded, "/")
    return checker.problems


def rooted(fields: object) -> object:
    """The fields with the directive of ROOT_DIRECTIVE, where there is one, put around the others."""
    if not isinstance(fields, dict) or ROOT_DIRECTIVE not in fields:
        return fields
    root = fields[ROOT_DIRECTIVE]
    names = [name for name in root if name != METADATA] if isinstance(root, dict) else []
    if len(names) > 1:
        raise MappingError("The root mapping must only have a single directive object")
    if not names or not isinstance(root[names[0]], dict):
        raise MappingError("The root directive must be an object")
    others = {name: value for name, value in fields.items() if name != ROOT_DIRECTIVE}
    return {names[0]: {**root[names[0]], "mapping": others}}
