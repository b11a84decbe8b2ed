"""Templates of text and plain outputs, such as `Hi {{ profile.traits.first_name | default: "there" }}!`, compiled.

Most message templates are of this kind, and rendering one costs a few dictionary lookups.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mappings import paths
from mappings.liquid.values import member, printed
from mappings.source import Source
from mappings.values import UNDEFINED

MOST_OUTPUTS = 20
"""With more of them, each a large text, the work would need counting."""

MOST_KEYS = 20
"""Keys of a path."""

Render = Callable[[dict[str, Any], datetime | None, list[int] | None], str]
"""The text for a scope, for the moment that `now` means there; the work it took is added to the list, if there is one."""

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_OUTPUT = re.compile(
    rf"""
    \{{\{{ [ \t\r\n]*
    (?P<path> {_NAME} (?: \.{_NAME} | \["[^"\\\]]*"\] | \['[^'\\\]]*'\] )* )
    [ \t\r\n]*
    (?: \| [ \t\r\n]* default [ \t\r\n]* : [ \t\r\n]* (?: "(?P<double>[^"{{}}\\]*)" | '(?P<single>[^'{{}}\\]*)' ) [ \t\r\n]* )?
    \}}\}}
    """,
    re.VERBOSE,
)
_MEANT_OTHERWISE = frozenset(
    {
        "true",
        "false",
        "nil",
        "null",
        "empty",
        "blank",
        "not",
        "and",
        "or",
        "contains",
        "size",
        "first",
        "last",
    }
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An output: the keys of its path, and what to show for nothing."""

    keys: paths.Keys
    default: str | None


def compile_plain(text: str, otherwise: Render) -> Render | None:
    """A function from the scope to the text, or None for a template that takes more than this module knows.

    A scope in which an output is a list is left to `otherwise`: there may be much to print.
    """
    parts = list(_parse(text))
    outputs = [part for part in parts if isinstance(part, _Shown)]
    if len(outputs) > MOST_OUTPUTS or any(len(output.keys) > MOST_KEYS for output in outputs):
        return None
    if any(_MEANT_OTHERWISE.intersection(output.keys) for output in outputs):
        return None
    if any(isinstance(part, str) and ("{{" in part or "{%" in part or part.endswith("{")) for part in parts):
        return None
    function = _Function(otherwise)
    pieces = [function.text(part) if isinstance(part, str) else function.shown(part) for part in parts]
    return function.build(" ".join(pieces) or "''")


class _Function:
    """The function under construction; `payload` is its argument, the scope."""

    def __init__(self, otherwise: Render) -> None:
        self._source = Source(UNDEFINED=UNDEFINED, member=member, printed=printed, otherwise=otherwise)
        self._lines = ["def render(payload, now, spent):"]
        self._read: dict[paths.Keys, str] = {(): "payload"}

    def text(self, text: str) -> str:
        """A literal of `text`: literals may stand side by side."""
        literal = self._source.literal(text)
        return f'f"{{{literal}}}"' if literal.isidentifier() else literal

    def shown(self, output: _Shown) -> str:
        """Write the lines that work out an output; a literal of what it shows."""
        value = self._value(output.keys)
        shown = f"shown{len(self._lines)}"
        self._lines.append(f" if {value}.__class__ is str:")
        if output.default is None:
            self._lines.append(f"  {shown} = {value}")
        else:
            instead = self.text(output.default)
            self._lines.append(f"  {shown} = {value} or {instead}")
            self._lines.append(f" elif {value} is None or {value} is UNDEFINED or {value} is False:")
            self._lines.append(f"  {shown} = {instead}")
        self._lines.append(f" elif {value}.__class__ is list:")
        self._lines.append("  return otherwise(payload, now, spent)")
        self._lines.append(" else:")
        self._lines.append(f"  {shown} = printed({value})")
        return f'f"{{{shown}}}"'

    def build(self, code: str) -> Render:
        """The function, which returns what the expression `code` gives."""
        self._source.add("\n".join([*self._lines, f" return {code}"]))
        built: Render = self._source.build("render")  # type: ignore[assignment]  # of two arguments, unlike others
        return built

    def _value(self, keys: paths.Keys) -> str:
        """Write the lines that follow `keys`; the name of the variable with what they lead to."""
        for length in range(1, len(keys) + 1):
            if keys[:length] not in self._read:
                above, key = self._read[keys[: length - 1]], self._source.literal(keys[length - 1])
                step = f"({above}[{key}] if {key} in {above} else UNDEFINED)"
                if length > 1:
                    step += f" if {above}.__class__ is dict else member({above}, {key})"
                self._read[keys[:length]] = variable = f"value{len(self._lines)}"
                self._lines.append(f" {variable} = {step}")
        return self._read[keys]


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
