"""Templates of text and plain outputs, such as `Hi {{ profile.traits.first_name | default: "there" }}!`, compiled.

Most message templates are of this kind, and rendering one costs a few dictionary lookups.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mappings import paths
from mappings.liquid.filters import liquid_text
from mappings.writer import Writer

MOST_OUTPUTS = 100

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_OUTPUT = re.compile(
    rf"""
    \{{\{{ [ \t\r\n]*
    (?P<path> {_NAME} (?: \.{_NAME} | \[[0-9]{{1,4}}\] | \["[^"\]]*"\] | \['[^'\]]*'\] )* )
    [ \t\r\n]*
    (?: \| [ \t\r\n]* default [ \t\r\n]* : [ \t\r\n]* (?: "(?P<double>[^"{{}}%]*)" | '(?P<single>[^'{{}}%]*)' ) [ \t\r\n]* )?
    \}}\}}
    """,
    re.VERBOSE,
)
_MEANT_OTHERWISE = frozenset(
    {"true", "false", "nil", "null", "empty", "blank", "now", "today", "size", "first", "last"}
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An output: the keys of its path, and what to show for nothing."""

    keys: paths.Keys
    default: str | None


def compile_plain(text: str) -> Callable[[dict[str, Any]], str] | None:
    """A function from the scope to the text, or None for a template that takes more than this module knows."""
    parts = list(_parse(text))
    outputs = [part for part in parts if isinstance(part, _Shown)]
    if len(outputs) > MOST_OUTPUTS or any(_MEANT_OTHERWISE.intersection(output.keys) for output in outputs):
        return None
    if any(isinstance(part, str) and ("{{" in part or "{%" in part or part.endswith("{")) for part in parts):
        return None
    writer = Writer({})
    print_value = writer.source.bind(liquid_text)
    numbers = writer.source.bind(frozenset({int, float}))
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(writer.source.bind(part))
            continue
        value = writer.path(part.keys).code
        shown = writer.variable()
        if part.default is not None:
            instead = writer.source.bind(part.default)
            given = f"{value} or {value}.__class__ in {numbers} or {value}.__class__ is dict"
            writer.line(f"{shown} = {value} if {given} else {instead}")
            value = shown
        writer.line(f"{shown} = {value} if {value}.__class__ is str else {print_value}({value})")
        pieces.append(shown)
    writer.close("render", 'f"' + "".join(f"{{{piece}}}" for piece in pieces) + '"')
    return writer.source.build("render")


def _parse(text: str) -> Iterator[str | _Shown]:
    start = 0
    for match in _OUTPUT.finditer(text):
        if match.start() > start:
            yield text[start : match.start()]
        default = match["double"] if match["single"] is None else match["single"]
        yield _Shown(paths.parse_bare(match["path"]), default)
        start = match.end()
    if start < len(text):
        yield text[start:]
