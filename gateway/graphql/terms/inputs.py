"""What is asked of names, spaces and numbers wherever they come in."""

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from gateway import logging
from gateway.auth import Viewer
from gateway.events import shown
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, Refused, bad_input, input_error
from gateway.graphql.terms.scalars import from_time
from gateway.phones import sought
from gateway.workspace import LONGEST_NAME, LONGEST_NOTE, SPACE

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")

INPUT: Any = strawberry.argument(name="input", description="What to do.")


def check_name(name: str, *path: str) -> list[InputError]:
    """What is wrong with a name that a person gives."""
    if not name.strip():
        return [input_error(ErrorCode.REQUIRED, "It is blank: fill it in.", *path)]
    if len(name) > LONGEST_NAME:
        message = f"It has {len(name)} characters; at most {LONGEST_NAME} are kept. Shorten it."
        return [input_error(ErrorCode.INVALID, message, *path)]
    if _UNPRINTABLE.search(name):
        return [input_error(ErrorCode.INVALID, "It has characters that can't be shown. Type it anew.", *path)]
    return []


def check_space(space: str, *path: str) -> list[InputError]:
    """What is wrong with the name of a space."""
    if SPACE.fullmatch(space):
        return []
    message = "A space is named by 1 to 64 letters, digits, _ and -, the first a letter or a digit."
    return [input_error(ErrorCode.INVALID, message, *path)]


def check_note(note: str | None, *path: str) -> list[InputError]:
    """What is wrong with a note that a person gives; none is needed."""
    if not note or len(note) <= LONGEST_NOTE:
        return []
    message = f"It has {len(note)} characters; at most {LONGEST_NOTE} are kept. Shorten it."
    return [input_error(ErrorCode.INVALID, message, *path)]


def no_number(field: str, came: str) -> str:
    """What is wrong with what came where a number was wanted, and how to write one."""
    return f"`{field}` came as {shown(came)}, which is no phone number: write it with a + and its country's code."


def refuse_probing(
    viewer: Viewer, what: str, texts: Iterable[str | None], country: str | None = None
) -> None:
    """Raises Refused where a text that something is looked for by reads as a number, which this viewer must not ask about."""
    if viewer.masked and any(
        text and (logging.mask(text) != text or sought(text, country) is not None) for text in texts
    ):
        raise Refused("FORBIDDEN", f"A VIEWER sees no numbers, so {what} looked for by one.")


def refuse_empty(given: Any) -> None:
    """Raises Refused where a text of that input is blank or a list of it has nothing: whoever left it so, such as by a variable that
    was never filled in, did not ask for everything.
    """
    for one in fields(given):
        value, name = getattr(given, one.name), to_camel_case(one.name)
        if isinstance(value, str) and not value.strip():
            raise bad_input(f"`{name}` is blank, which could be anything: fill it in, or leave it out.")
        if isinstance(value, list) and not value:
            raise bad_input(
                f"`{name}` is an empty list, which nothing passes: name one, or leave it out for any."
            )


def span_to_add(name: str, now: datetime) -> str:
    """The last day, as what is to be added to a filter."""
    begin, end = from_time(now - timedelta(days=1)), from_time(now)
    return f'"{name}": {{"from": "{begin}", "to": "{end}"}}'


@strawberry.input(description="Which object is meant.")
class IdInput:
    """Of mutations that need no more."""

    id: strawberry.ID = strawberry.field(description="The id of what it is about.")
