"""What works, and hardly does what was meant: a mapping that sends nothing, and a word that is everybody's."""

from collections.abc import Iterator, Mapping
from typing import Any

from destinations import kit
from destinations.twilio_engage.review.constants import is_liquid

_STATUS = "subscriptionStatus"

_Problems = Iterator[kit.FieldProblem]


def of_send(fields: Mapping[str, Any]) -> _Problems:
    """A mapping that is not yet meant to send."""
    value = fields.get("send")
    if value in (None, "", "false", False):
        said = "Nothing will be sent until `send` is true: it is false by default, so that a mapping can be tried."
        yield kit.FieldProblem(("send",), said, certain=False)


def of_statuses(fields: Mapping[str, Any]) -> _Problems:
    """What is said of everybody, and would be kept as each person's own word."""
    for path in _constant_statuses(fields, ()):
        said = (
            f"`{_STATUS}` is the same for everyone here, so it counts as each person's own word, and is kept as such "
            'in their history of consent. Take it from the event: {"@path": "$.isSubscribed"}.'
        )
        yield kit.FieldProblem(path, said, certain=False)


def _constant_statuses(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    match value:
        case dict():
            for key, inner in value.items():
                if key == _STATUS and _is_constant(inner):
                    yield (*path, key)
                else:
                    yield from _constant_statuses(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _constant_statuses(inner, (*path, str(index)))


def _is_constant(value: Any) -> bool:
    match value:
        case dict():
            return "@literal" in value
        case str():
            return value != "" and not is_liquid(value)
    return isinstance(value, bool | int | float)
