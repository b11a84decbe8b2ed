"""`@template`: text with paths between braces. `{"@template": "Hello {{traits.first_name}}!"}`

Values are printed as JavaScript prints them; what is missing prints nothing. `{{ }}` is the whole payload and
`{{}}` is left alone. Triple braces mean the same as double ones. Inserted text is never read again, and stays data where
the text around it is a template of messages.
"""

import re
from collections.abc import Iterator
from typing import Any

from mappings import event_paths, paths
from mappings.bounds import ITEM, Work, spend
from mappings.check import Checker
from mappings.errors import MappingError
from mappings.text import text_of
from mappings.values import kind_of
from mappings.writer import Result, Writer
from mappings.written import Written, joined

name = "@template"

_RUN = re.compile(r"(?P<inside>[^}]+)(?P<closing>}+)")
_INLINE_PARTS = 50
_SHORT = 2_000
"""Characters that need no counting."""


def check(value: object, path: str, checker: Checker) -> None:
    """The value is a template, or a directive that gives one."""
    checker.text_or_directive(value, path)
    for inside in _insides(value) if isinstance(value, str) else ():
        said = event_paths.braces_doubt(inside, of_event=checker.of_event)
        if said is not None:
            checker.doubt(path, said)


def emit(value: Any, writer: Writer) -> Result:
    """A known template is parsed here; one that an event gives is parsed for that event."""
    if not isinstance(value, str):
        return writer.call(render_text, "payload", writer.value(value).code, "work")
    parts = list(_parse(Written(value)))
    keeps_apart = writer.payload_made or any(isinstance(part, str) and "{" in part for part in parts)
    if len(parts) > _INLINE_PARTS or writer.at_length:
        return writer.call(render, "payload", writer.source.bind(parts), "work")
    to_text = writer.source.bind(text_of)
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(writer.source.literal(part if keeps_apart else str(part)))
            continue
        found = writer.path(part).code
        text = writer.variable()
        writer.line(f"{text} = {found} if {found}.__class__ is str else {to_text}({found})")
        pieces.append(text)
    whole = Result(f"({' + '.join(pieces)})" if pieces else "''", optional=False)
    if len(pieces) == 1:
        return whole
    if keeps_apart:
        whole = writer.call(joined, f"({', '.join(pieces)})")
    held = writer.hold(whole)
    writer.line(f"if len({held}) > {_SHORT}: spend(work, len({held}))")
    return Result(held, optional=False)


def pieces(template: str, value: str) -> list[str]:
    """The pieces of a template that the mapping wrote, with `value` in place of whatever an event has."""
    return [part if isinstance(part, str) else value for part in _parse(Written(template))]


def render_text(payload: object, template: object, work: Work) -> str:
    """The text of a template that came with the payload; raises MappingError for one that is not text."""
    if not isinstance(template, str):
        raise MappingError(f"{name}: expected string, got {kind_of(template)}")
    spend(work, ITEM * len(template))
    return render(payload, list(_parse(template)), work)


def render(payload: object, parts: list[str | paths.Keys], work: Work) -> str:
    """The text of a parsed template."""
    texts = []
    for part in parts:
        texts.append(part if isinstance(part, str) else text_of(paths.get(payload, part)))
        spend(work, ITEM + len(texts[-1]))
    return joined(texts)


def _insides(template: str) -> Iterator[str]:
    """What stands between braces."""
    for literal, inside in _split(template, braces=3):
        for text in (*(path for _, path in _split(literal, braces=2)), inside):
            if text is not None:
                yield text


def _parse(template: str) -> Iterator[str | paths.Keys]:
    """Literal texts, and the keys of the paths between them. Those of a text that the mapping wrote are Written as well."""
    mark = Written if isinstance(template, Written) else str
    # Triple braces are looked for first, in the whole text, as the original does.
    for literal, inside in _split(template, braces=3):
        for text, path in _split(literal, braces=2):
            if text:
                yield mark(text)
            if path is not None:
                yield paths.parse_bare(path.strip())
        if inside is not None:
            yield paths.parse_bare(inside.strip())


def _split(text: str, *, braces: int) -> Iterator[tuple[str, str | None]]:
    """The pieces of `text`, each with what stands between the braces behind it, which is not empty and has no `}` in it;
    None behind the last. One pass over the text, however many braces do not end.
    """
    start = 0
    for run in _RUN.finditer(text, 0, text.rfind("}") + 1):  # so that every run of others ends in one
        end = run.end("inside")
        opening = text.find("{" * braces, max(start, run.start("inside")), end)
        if 0 <= opening < end - braces and len(run["closing"]) >= braces:
            yield text[start:opening], text[opening + braces : end]
            start = end + braces
    yield text[start:], None
