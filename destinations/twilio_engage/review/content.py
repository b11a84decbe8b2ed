"""What is said: a mapping without any content, and constants that Twilio takes in no message."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from destinations import kit
from destinations.twilio_engage import overrides
from destinations.twilio_engage.content import LONGEST_BODY
from destinations.twilio_engage.review.constants import is_liquid, literals_of, texts_of
from destinations.twilio_engage.visible import shows_something, without_controls
from mappings import Literal, literals, template_problems
from mappings.check import steps
from mappings.sources import is_constant, sources_of
from mappings.text import text_of
from mappings.written_json import read_object

MOST_MEDIA = 10
"""Of one message (Twilio error 21623)."""

_OUTPUT = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_SCHEMES = ("http://", "https://")

_Problems = Iterator[kit.FieldProblem]


def of_something(fields: Mapping[str, Any]) -> _Problems:
    """A mapping that has neither a text nor a template whatever comes: media alone are none."""
    has_media = fields.get("media") not in (None, "", [])
    if _shows_nothing(fields, "body", blanks=not has_media) and _shows_nothing(
        fields, "contentSid", blanks=False
    ):
        said = (
            "The mapping has neither a `body` that shows something nor a `contentSid`, so that it has nothing to say. Give it a "
            'body, such as "Hello {{ profile.traits.first_name }}", or the SID of a content template.'
        )
        yield kit.FieldProblem(("body",), said)


def of_body(fields: Mapping[str, Any]) -> _Problems:
    """Texts that are too long whatever the event has."""
    for one in literals_of(fields, "body"):
        length = _least_length(one.own) if isinstance(one.value, str) else 0
        if length > LONGEST_BODY:
            said = f"The body has {length} characters; {LONGEST_BODY} are the most (Twilio error 21617)."
            yield kit.FieldProblem(steps(one.path), said)


def of_media(fields: Mapping[str, Any]) -> _Problems:
    """What is no address of a picture, and more of them than a message takes."""
    for one in literals_of(fields, "media"):
        items = one.value if isinstance(one.value, list) else None
        for inner in _items(one, items):
            yield from _of_address(inner)
        if items is not None and len(items) > MOST_MEDIA:
            sure = [item for item in items if is_constant(item) and item not in (None, "")]
            sure = [item for item in sure if not is_liquid(text_of(item))]
            said = f"There are {len(items)} media; {MOST_MEDIA} are the most of one message (Twilio error 21623)."
            yield kit.FieldProblem(steps(one.path), said, certain=len(sure) > MOST_MEDIA)
    for problem in template_problems(fields.get("media"), "/media"):
        yield kit.FieldProblem(steps(problem.path), problem.message)


def of_variables(fields: Mapping[str, Any], *, are_liquid: bool) -> _Problems:
    """Variables that are Liquid and do not parse."""
    if not are_liquid:
        return
    for one in literals_of(fields, "contentVariables"):
        given = read_object(one.value) if isinstance(one.value, str) else one.value
        for name, value in given.items() if isinstance(given, dict) else ():
            inside = () if isinstance(one.value, str) else (name,)
            for problem in template_problems(value):
                below = () if problem.path == "/" else steps(problem.path)
                yield kit.FieldProblem((*steps(one.path), *inside, *below), problem.message)


def of_overrides(fields: Mapping[str, Any]) -> _Problems:
    """How Twilio calls back: fragments that it does not know."""
    for path, text in texts_of(fields, "connectionOverrides"):
        for said in () if is_liquid(text) else overrides.problems(text):
            yield kit.FieldProblem(path, said)


def _shows_nothing(fields: Mapping[str, Any], key: str, *, blanks: bool) -> bool:
    """Whether a field is empty whatever the event has; with `blanks` a text that nobody sees is empty, too."""
    given = fields.get(key)
    found = list(literals(given, f"/{key}"))
    return bool(found) and not sources_of(given) and all(_is_empty(one, blanks=blanks) for one in found)


def _is_empty(one: Literal, *, blanks: bool) -> bool:
    if isinstance(one.value, str) and blanks:
        return one.whole and not shows_something(one.value)
    return one.whole and one.value in (None, "")


def _least_length(text: str) -> int:
    """The characters that go out at least; of a text with tags, which may leave any of it out, none."""
    return (
        0 if "{%" in text or "{{-" in text or "-}}" in text else len(without_controls(_OUTPUT.sub("", text)))
    )


def _items(one: Literal, items: list[Any] | None) -> Iterator[Literal]:
    if items is None:
        yield one
        return
    for index, item in enumerate(items):
        yield from literals(item, f"{one.path}/{index}")


def _of_address(one: Literal) -> _Problems:
    if not one.whole or not isinstance(one.value, str | int | float) or one.value == "":
        return
    text = text_of(one.value).strip()
    if not (_may_become_address(text) if is_liquid(text) else _is_address(text)):
        said = f'"{text[:60]}" is no address of a picture: write one that begins with https://, or Liquid that gives one.'
        yield kit.FieldProblem(steps(one.path), said)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def _may_become_address(text: str) -> bool:
    """Whether a template can give an address, by what stands before its first tag or output."""
    lead = re.split(r"\{[{%]", text, maxsplit=1)[0].lower()
    return any(lead.startswith(scheme) or scheme.startswith(lead) for scheme in _SCHEMES)
